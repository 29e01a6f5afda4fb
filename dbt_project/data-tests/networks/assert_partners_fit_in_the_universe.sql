-- T-02: C_(n-1) + C_n - X_n distinct partners cannot be more than the other nodes.
with size as (

    select count(*) as n_nodes
    from {{ ref('int_universe_nodes') }}

)

select
    d.adcode,
    d.basis,
    d.year,
    d.n_lost + d.n_kept + d.n_new as n_distinct_partners
from {{ ref('fct_partner_dynamics') }} as d
cross join size as s
where d.n_lost + d.n_kept + d.n_new > s.n_nodes - 1
