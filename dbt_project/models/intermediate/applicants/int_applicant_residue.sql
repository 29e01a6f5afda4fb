-- What rules leave open: organisation names that share a core, or differ by one misread character, or stood in one
-- another's place on one application. A record per name, for the linkage model.
with names as (

    select
        n.*,
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
    having count(distinct n.name_key) > 1

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
        k.applicant_name,
        list(k.pair_key order by k.pair_key) filter (where k.evidence = 'application') as application_keys,
        list(k.pair_key order by k.pair_key) filter (where k.evidence = 'lookalike') as lookalike_keys
    from pair_keys as k
    group by k.applicant_name

)

select
    n.applicant_id,
    n.applicant_type,
    n.name_key,
    case when c.core_key is not null then n.core_key || '|' || n.applicant_type end as core_key,
    n.form_kind,
    n.form_ladder,
    n.group_rank,
    n.marks,
    n.part_kind,
    n.first_printed,
    n.last_printed,
    n.n_printed,
    n.place_key,
    coalesce(k.application_keys, []) as application_keys,
    coalesce(k.lookalike_keys, []) as lookalike_keys
from names as n
left join cores as c on n.core_key = c.core_key and n.applicant_type = c.applicant_type and n.legal_form is not null
left join keyed as k on n.applicant_name = k.applicant_name
where c.core_key is not null or k.applicant_name is not null
