-- Since when, and until when, an organisation bore a name: from change events, from applications that were published
-- under both names, and from names that the model joined and that follow one another.
with uses as (

    select
        n.applicant_id,
        u.applicant_name,
        u.first_printed
    from {{ ref('int_applicant_uses') }} as u
    inner join {{ ref('int_applicant_names_parsed') }} as n on u.applicant_name = n.applicant_name

),

successions as (

    select
        r.old_name,
        r.new_name,
        -- the new name is printed before the last right was rewritten
        case
            when v.first_printed >= u.first_printed then least(r.change_date, v.first_printed)
            else r.change_date
        end as change_date,
        'rename_event' as rule
    from {{ ref('int_applicant_renames') }} as r
    inner join uses as u on r.old_name = u.applicant_name
    inner join uses as v on r.new_name = v.applicant_name
    where r.doubt is null

    union all

    select
        p.first_name as old_name,
        p.second_name as new_name,
        least(p.first_date, v.first_printed) as change_date,
        'two_publications' as rule
    from {{ ref('int_applicant_names_republished') }} as p
    inner join {{ ref('int_applicant_names_parsed') }} as a on p.first_name = a.applicant_name
    inner join {{ ref('int_applicant_names_parsed') }} as b on p.second_name = b.applicant_name
    inner join uses as u on p.first_name = u.applicant_name
    inner join uses as v on p.second_name = v.applicant_name
    where a.core_key = b.core_key and a.legal_form <> b.legal_form and v.first_printed >= u.first_printed

    union all

    select
        if(u.first_printed < v.first_printed, u.applicant_name, v.applicant_name) as old_name,
        if(u.first_printed < v.first_printed, v.applicant_name, u.applicant_name) as new_name,
        greatest(u.first_printed, v.first_printed) as change_date,
        'linked' as rule
    from {{ source('analysis', 'applicant_pairs') }} as p
    inner join uses as u on p.applicant_a = u.applicant_id
    inner join uses as v on p.applicant_b = v.applicant_id
    where p.decision = 'linked' and contains(p.evidence, 'time=succession') and u.first_printed <> v.first_printed

),

bounds as (

    select
        s.new_name as applicant_name,
        s.change_date as valid_from_date,
        cast(null as date) as valid_to_date,
        s.rule
    from successions as s

    union all

    select
        s.old_name as applicant_name,
        null as valid_from_date,
        s.change_date as valid_to_date,
        s.rule
    from successions as s

)

select
    b.applicant_name,
    min(b.valid_from_date) as valid_from_date,
    arg_min(b.rule, (b.valid_from_date, b.rule)) filter (where b.valid_from_date is not null) as valid_from_rule,
    max(b.valid_to_date) as valid_to_date,
    arg_max(b.rule, (b.valid_to_date, b.rule)) filter (where b.valid_to_date is not null) as valid_to_rule
from bounds as b
group by b.applicant_name
