-- What rules leave open: organisation names that share a core, or differ by one misread character, or stood in one
-- another's place on one application. A record per name, for the linkage model.
with names as (

    select
        n.*,
        case when n.legal_form is not null then n.core_key end as shared_key,
        u.first_printed,
        u.last_printed,
        u.n_printed,
        u.place_key
    from {{ ref('int_applicant_names_parsed') }} as n
    inner join {{ ref('int_applicant_uses') }} as u on n.applicant_name = u.applicant_name

),

cores as (

    select
        n.core_key,
        n.applicant_type
    from names as n
    where n.legal_form is not null
    group by n.core_key, n.applicant_type
    having min(n.name_key) <> max(n.name_key)

),

-- a pair that shares evidence has a key of its own
pairs as (

    select
        r.first_name as name_a,
        r.second_name as name_b,
        'application' as evidence
    from {{ ref('int_applicant_names_republished') }} as r

    union

    select
        m.name_a,
        m.name_b,
        'lookalike' as evidence
    from {{ ref('int_applicant_names_misread') }} as m

),

pair_keys as (

    select
        p.name_a as applicant_name,
        p.evidence,
        md5(least(p.name_a, p.name_b) || '|' || greatest(p.name_a, p.name_b)) as pair_key
    from pairs as p

    union

    select
        p.name_b as applicant_name,
        p.evidence,
        md5(least(p.name_a, p.name_b) || '|' || greatest(p.name_a, p.name_b)) as pair_key
    from pairs as p

),

keyed as (

    select
        n.name_key,
        n.applicant_type,
        list_sort(list(distinct k.pair_key) filter (where k.evidence = 'application')) as application_keys,
        list_sort(list(distinct k.pair_key) filter (where k.evidence = 'lookalike')) as lookalike_keys
    from pair_keys as k
    inner join names as n on k.applicant_name = n.applicant_name
    group by n.name_key, n.applicant_type

),

open_names as (

    select
        n.*,
        c.core_key is not null as has_core,
        k.application_keys,
        k.lookalike_keys
    from names as n
    -- plain equality: a condition on one side alone makes the engine compare every pair
    left join cores as c on n.shared_key = c.core_key and n.applicant_type = c.applicant_type
    left join keyed as k on n.name_key = k.name_key and n.applicant_type = k.applicant_type
    where c.core_key is not null or k.name_key is not null

)

-- writings of one name are one record, which bears the id of the first of them
select
    arg_min(o.applicant_id, o.applicant_name) as applicant_id,
    o.applicant_type,
    o.name_key,
    case when bool_or(o.has_core) then min(o.core_key) || '|' || o.applicant_type end as core_key,
    max(o.form_kind) as form_kind,
    max(o.form_ladder) as form_ladder,
    max(o.group_rank) as group_rank,
    max(o.marks) as marks,
    min(o.part_kind) as part_kind,
    min(o.first_printed) as first_printed,
    max(o.last_printed) as last_printed,
    cast(sum(o.n_printed) as bigint) as n_printed,
    arg_max(o.place_key, (o.n_printed, o.applicant_name)) filter (where o.place_key is not null) as place_key,
    coalesce(min(o.application_keys), []) as application_keys,
    coalesce(min(o.lookalike_keys), []) as lookalike_keys
from open_names as o
group by o.name_key, o.applicant_type
