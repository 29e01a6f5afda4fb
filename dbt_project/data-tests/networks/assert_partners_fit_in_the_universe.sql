-- T-02: C_(n-1) + C_n - X_n distinct partners cannot be more than the other nodes of the universe.
with sizes as (

    select 'city' as level, count(*) as n_nodes
    from {{ ref('int_universe_nodes') }}
    union all
    select 'province' as level, count(distinct n.province_code) as n_nodes
    from {{ ref('int_universe_nodes') }} as n

)

select
    d.level,
    d.node,
    d.basis,
    d.year,
    d.n_lost + d.n_kept + d.n_new as n_distinct_partners
from {{ ref('fct_node_dynamics') }} as d
inner join sizes as s
    on d.level = s.level
where d.n_lost + d.n_kept + d.n_new > s.n_nodes - 1 or d.n_partners > s.n_nodes - 1
