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
        n.name_key,
        n.applicant_type,
        list_sort(list(distinct k.pair_key) filter (where k.evidence = 'application')) as application_keys,
        list_sort(list(distinct k.pair_key) filter (where k.evidence = 'lookalike')) as lookalike_keys
    from pair_keys as k
    inner join names as n on k.applicant_name = n.applicant_name
    group by n.name_key, n.applicant_type

),

-- writings of one name are one record, which bears the id of the first of them
written as (

    select
        n.name_key,
        n.applicant_type,
        arg_min(n.applicant_id, n.applicant_name) as applicant_id,
        min(n.core_key) as core_key,
        max(n.legal_form) as legal_form,
        max(n.form_kind) as form_kind,
        max(n.form_ladder) as form_ladder,
        max(n.group_rank) as group_rank,
        max(n.marks) as marks,
        min(n.part_kind) as part_kind,
        min(n.first_printed) as first_printed,
        max(n.last_printed) as last_printed,
        cast(sum(n.n_printed) as bigint) as n_printed,
        arg_max(n.place_key, (n.n_printed, n.applicant_name)) filter (where n.place_key is not null) as place_key
    from names as n
    group by n.name_key, n.applicant_type

)

select
    w.applicant_id,
    w.applicant_type,
    w.name_key,
    case when c.core_key is not null then w.core_key || '|' || w.applicant_type end as core_key,
    w.form_kind,
    w.form_ladder,
    w.group_rank,
    w.marks,
    w.part_kind,
    w.first_printed,
    w.last_printed,
    w.n_printed,
    w.place_key,
    coalesce(k.application_keys, []) as application_keys,
    coalesce(k.lookalike_keys, []) as lookalike_keys
from written as w
left join cores as c
    on w.core_key = c.core_key and w.applicant_type = c.applicant_type and w.legal_form is not null
left join keyed as k on w.name_key = k.name_key and w.applicant_type = k.applicant_type
where c.core_key is not null or k.name_key is not null
