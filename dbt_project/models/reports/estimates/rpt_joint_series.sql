{{ config(tags=['report']) }}

-- A patent counts once in the country and once in each of its cities, whatever the counting of the panel.
with years as (

    select distinct p.year
    from {{ ref('fct_node_years') }} as p

),

pairs as (

    select e.year, e.basis, e.application_id, e.city_a as adcode
    from {{ ref('fct_joint_edge_patents') }} as e
    union
    select e.year, e.basis, e.application_id, e.city_b as adcode
    from {{ ref('fct_joint_edge_patents') }} as e

),

nationally as (

    select
        p.year,
        count(distinct p.application_id) filter (where p.basis = 'application') as n_applications,
        count(distinct p.application_id) filter (where p.basis = 'grant') as n_grants
    from pairs as p
    group by p.year

),

by_city as (

    select
        p.adcode,
        p.year,
        count(*) filter (where p.basis = 'application') as n_applications,
        count(*) filter (where p.basis = 'grant') as n_grants
    from pairs as p
    group by p.adcode, p.year

)

select
    'national' as level,
    '' as place_key,
    cast(null as varchar) as adcode,
    cast(null as varchar) as city_name,
    y.year,
    cast(coalesce(n.n_applications, 0) as bigint) as n_applications,
    cast(coalesce(n.n_grants, 0) as bigint) as n_grants,
    {{ networks_is_synthetic() }} as is_synthetic
from years as y
left join nationally as n
    on y.year = n.year
union all
select
    'city' as level,
    c.adcode as place_key,
    c.adcode,
    c.city_name,
    c.year,
    cast(coalesce(b.n_applications, 0) as bigint) as n_applications,
    cast(coalesce(b.n_grants, 0) as bigint) as n_grants,
    {{ networks_is_synthetic() }} as is_synthetic
from {{ ref('fct_node_years') }} as c
left join by_city as b
    on c.adcode = b.adcode and c.year = b.year
