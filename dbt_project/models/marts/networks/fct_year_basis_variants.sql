-- Patents and joint patents of a city under every basis of time (Q-01, Q-02); years whose grants are still to come are
-- marked.
with dated as (

    select c.node_code as adcode, 'application' as basis, 'filing' as year_basis, c.filing_year as year
    from {{ ref('int_application_cities') }} as c
    union all
    select c.node_code as adcode, 'application' as basis, 'publication' as year_basis, c.publication_year as year
    from {{ ref('int_application_cities') }} as c
    union all
    select c.node_code as adcode, 'grant' as basis, 'announcement' as year_basis, c.grant_year as year
    from {{ ref('int_application_cities') }} as c
    where c.grant_year is not null
    union all
    select c.node_code as adcode, 'grant' as basis, 'filing' as year_basis, c.filing_year as year
    from {{ ref('int_application_cities') }} as c
    where c.grant_year is not null

),

patents as (

    select d.adcode, d.basis, d.year_basis, d.year, count(*) as n_patents
    from dated as d
    where d.year is not null
    group by d.adcode, d.basis, d.year_basis, d.year

),

ends as (

    select p.node_a as adcode, p.node_b as partner, p.basis, p.year_basis, p.year
    from {{ ref('int_joint_pairs_dated') }} as p
    where p.level = 'city'
    union all
    select p.node_b as adcode, p.node_a as partner, p.basis, p.year_basis, p.year
    from {{ ref('int_joint_pairs_dated') }} as p
    where p.level = 'city'

),

margins as (

    select e.adcode, e.basis, e.year_basis, e.year, count(*) as rsi, count(distinct e.partner) as extensive
    from ends as e
    group by e.adcode, e.basis, e.year_basis, e.year

)

select
    p.adcode,
    p.basis,
    p.year_basis,
    cast(p.year as integer) as year,
    p.n_patents,
    coalesce(m.rsi, 0) as rsi,
    coalesce(m.extensive, 0) as extensive,
    p.basis = 'grant' and p.year_basis = 'filing' and p.year > coalesce(l.last_whole_year, 0) as is_truncated
from patents as p
left join margins as m
    on p.adcode = m.adcode and p.basis = m.basis and p.year_basis = m.year_basis and p.year = m.year
left join {{ ref('int_grant_lags') }} as l
    on true
