-- What people decided about two names, and whether the data at hand know both. A merge holds whatever the rules say; a
-- split keeps two names apart through every chain of links.
with decisions as (

    select
        trim(d.decision) as decision,
        {{ clean_text('d.name_a') }} as first_name,
        {{ clean_text('d.name_b') }} as second_name,
        d.who,
        d.why,
        try_cast(d.decided_on as date) as decided_on
    from {{ ref('manual_entity_decisions') }} as d

),

latest as (

    select
        d.*,
        least(d.first_name, d.second_name) as name_a,
        greatest(d.first_name, d.second_name) as name_b,
        -- of two decisions about the same names the later one stands; on one day the split, which does less harm
        row_number() over (
            partition by least(d.first_name, d.second_name), greatest(d.first_name, d.second_name)
            order by d.decided_on desc nulls last, d.decision desc, d.who asc, d.why asc
        ) as decision_rank
    from decisions as d

)

select
    l.name_a,
    l.name_b,
    l.decision,
    l.who,
    l.why,
    l.decided_on,
    case
        when l.decision not in ('merge', 'split') or l.decision is null then 'unknown_decision'
        when l.name_a = l.name_b or l.name_a is null or l.name_b is null then 'names_do_not_differ'
        when l.decided_on is null then 'no_date'
        when coalesce(l.who, '') = '' or coalesce(l.why, '') = '' then 'nobody_answers_for_it'
        when l.decision_rank > 1 then 'later_decision'
        when a.applicant_name is null or b.applicant_name is null then 'name_is_no_organisation_here'
    end as problem
from latest as l
left join {{ ref('int_applicant_names_parsed') }} as a on l.name_a = a.applicant_name
left join {{ ref('int_applicant_names_parsed') }} as b on l.name_b = b.applicant_name
