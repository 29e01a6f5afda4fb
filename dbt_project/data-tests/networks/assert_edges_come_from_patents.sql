-- Every cell of the joint edges is the sum over its patents, and no patent is missing.
with patents as (

    select
        p.year,
        p.city_a,
        p.city_b,
        p.basis,
        cast(count(*) as decimal(18, 6)) as n_pair,
        cast(sum(p.fractional_weight) as decimal(18, 6)) as n_fractional
    from {{ ref('fct_joint_edge_patents') }} as p
    group by p.year, p.city_a, p.city_b, p.basis

),

edges as (

    select
        e.year,
        e.city_a,
        e.city_b,
        e.basis,
        max(e.n) filter (where e.counting = 'pair') as n_pair,
        max(e.n) filter (where e.counting = 'whole') as n_whole,
        max(e.n) filter (where e.counting = 'fractional') as n_fractional
    from {{ ref('fct_joint_edges') }} as e
    group by e.year, e.city_a, e.city_b, e.basis

)

select
    coalesce(e.year, p.year) as year,
    coalesce(e.city_a, p.city_a) as city_a,
    coalesce(e.city_b, p.city_b) as city_b,
    coalesce(e.basis, p.basis) as basis
from edges as e
full join patents as p
    on e.year = p.year and e.city_a = p.city_a and e.city_b = p.city_b and e.basis = p.basis
where e.n_pair is distinct from p.n_pair
    or e.n_whole is distinct from p.n_pair
    or e.n_fractional is distinct from p.n_fractional
