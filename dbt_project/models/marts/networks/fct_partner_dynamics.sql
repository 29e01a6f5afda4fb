-- Table 1 for every city: partners kept, won and lost from one year to the next (R-C01).
select
    d.node as adcode,
    n.city_name,
    d.basis,
    d.year,
    d.n_partners,
    d.n_kept,
    d.n_new,
    d.n_lost,
    d.kept_percent,
    d.new_percent,
    d.lost_percent
from {{ ref('fct_node_dynamics') }} as d
inner join {{ ref('int_universe_nodes') }} as n
    on d.node = n.node_code
where d.level = 'city'
