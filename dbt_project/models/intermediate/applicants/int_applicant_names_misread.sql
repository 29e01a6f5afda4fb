-- Names of organisations that differ in one character which print and scanning take for another one (州 and 洲).
with names as (

    select
        n.applicant_name,
        n.name_key,
        n.applicant_type,
        n.core_key
    from {{ ref('int_applicant_names_parsed') }} as n
    where length(n.name_key) >= 6

),

positions as (

    select
        n.applicant_name,
        n.name_key,
        unnest(generate_series(1, length(n.name_key))) as position
    from names as n

),

variants as (

    select
        p.applicant_name,
        substr(p.name_key, 1, p.position - 1) || l.lookalike || substr(p.name_key, p.position + 1) as variant_key
    from positions as p
    inner join {{ ref('lookalike_characters') }} as l on substr(p.name_key, p.position, 1) = l.character

)

select distinct
    v.applicant_name as name_a,
    n.applicant_name as name_b
from variants as v
inner join names as n on v.variant_key = n.name_key
where v.applicant_name < n.applicant_name
