-- Pairs of names that rules take for one organisation, without any doubt left to a model. name_a < name_b.
with parsed as (

    select
        n.*,
        u.place_key,
        u.n_places,
        u.first_printed
    from {{ ref('int_applicant_names_parsed') }} as n
    inner join {{ ref('int_applicant_uses') }} as u on n.applicant_name = u.applicant_name

),

-- every writing of a name hangs on its first one
spellings as (

    select
        min(p.applicant_name) over (partition by p.name_key) as first_name,
        p.applicant_name
    from parsed as p

),

-- one writing per key: keys are compared, not writings
keys as (

    select
        p.name_key,
        p.core_key,
        p.legal_form,
        min(p.applicant_name) as applicant_name,
        min(p.place_key) as place_key,
        count(distinct p.place_key) as n_places
    from parsed as p
    group by p.name_key, p.core_key, p.legal_form

),

-- 有限公司 and 有限责任公司 are one form: two such companies cannot be registered side by side
same_forms as (

    select
        k.core_key,
        k.legal_form,
        min(k.applicant_name) as first_name,
        count(*) as n_keys,
        count(distinct k.place_key) as n_places
    from keys as k
    where k.legal_form is not null
    group by k.core_key, k.legal_form
    having count(*) > 1

),

-- a department stands for its university; where no record names that one, all its departments together do
universities as (

    select
        p.folded_name,
        min(p.applicant_name) as applicant_name
    from parsed as p
    where p.applicant_type = 'university'
    group by p.folded_name

),

departments as (

    select
        p.applicant_name,
        coalesce(u.applicant_name, min(p.applicant_name) over (partition by p.parent_name)) as first_name
    from parsed as p
    left join universities as u on p.parent_name = u.folded_name
    where p.part_kind = 'department'

),

found as (

    select
        s.first_name,
        s.applicant_name as second_name,
        'spelling' as rule,
        0.99 as confidence,
        cast(null as date) as since_date,
        1 as n_evidence
    from spellings as s
    where s.first_name <> s.applicant_name

    union all

    select
        f.first_name,
        k.applicant_name as second_name,
        'same_legal_form' as rule,
        0.98 as confidence,
        null as since_date,
        1 as n_evidence
    from same_forms as f
    inner join keys as k on f.core_key = k.core_key and f.legal_form = k.legal_form
    where f.first_name <> k.applicant_name and f.n_places <= 1

    union all

    select
        d.first_name,
        d.applicant_name as second_name,
        'department' as rule,
        0.95 as confidence,
        null as since_date,
        1 as n_evidence
    from departments as d
    where d.first_name <> d.applicant_name

    union all

    select
        r.old_name as first_name,
        r.new_name as second_name,
        'rename_event' as rule,
        if(r.is_same_core, 0.99, 0.95) as confidence,
        r.change_date as since_date,
        r.n_events as n_evidence
    from {{ ref('int_applicant_renames') }} as r
    where r.doubt is null

    union all

    select
        p.first_name,
        p.second_name,
        'two_publications' as rule,
        0.97 as confidence,
        p.first_date as since_date,
        p.n_applications as n_evidence
    from {{ ref('int_applicant_names_republished') }} as p
    inner join parsed as a on p.first_name = a.applicant_name
    inner join parsed as b on p.second_name = b.applicant_name
    -- a group that gives way to its stock company is a transfer
    where
        a.core_key = b.core_key
        and a.form_ladder is not distinct from b.form_ladder
        and a.group_rank is not distinct from b.group_rank

)

select
    least(f.first_name, f.second_name) as name_a,
    greatest(f.first_name, f.second_name) as name_b,
    f.rule,
    cast(max(f.confidence) as decimal(4, 2)) as confidence,
    min(f.since_date) as since_date,
    cast(sum(f.n_evidence) as bigint) as n_evidence
from found as f
group by 1, 2, f.rule
