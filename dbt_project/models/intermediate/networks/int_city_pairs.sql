-- Pairs of cities in the network of a year: what counts under the window of the settings (Q-29).
select
    p.application_id,
    p.basis,
    w.year,
    p.year as patent_year,
    p.node_a as city_a,
    p.node_b as city_b,
    p.n_nodes as n_cities,
    p.pair_weight,
    p.whole_weight,
    p.fractional_weight,
    p.confidence
from {{ ref('int_joint_pairs_dated') }} as p
inner join {{ ref('int_network_windows') }} as w
    on p.year = w.source_year
inner join {{ ref('stg_method__settings') }} as s
    on w.network_window = s.network_window
where p.level = 'city' and p.is_of_settings
