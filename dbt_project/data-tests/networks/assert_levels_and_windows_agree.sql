-- The table of all levels and windows says of the cities, in the window of the settings, what the edge tables say.
with of_all_levels as (

    select e.basis as kind, e.year, e.from_node as one_city, e.to_node as other_city, e.n_patents as n
    from {{ ref('fct_network_edges') }} as e
    inner join {{ ref('stg_method__settings') }} as s
        on e.network_window = s.network_window
    where e.network = 'joint' and e.level = 'city'
    union all
    select 'transfer' as kind, w.year, t.from_node as one_city, t.to_node as other_city,
        count(distinct t.type || t.application_id) as n
    from {{ ref('fct_transfer_pairs') }} as t
    cross join {{ ref('stg_method__settings') }} as s
    inner join {{ ref('dim_network_windows') }} as w
        on t.year = w.source_year and w.network_window = s.network_window
    where t.level = 'city'
        and t.is_green
        and not t.is_loop
        and t.confidence >= s.min_city_confidence
        and t.universe_from <= cast(s.node_universe as integer)
    group by w.year, t.from_node, t.to_node

),

of_the_cities as (

    select e.basis as kind, e.year, e.city_a as one_city, e.city_b as other_city, cast(e.n as bigint) as n
    from {{ ref('fct_joint_edges') }} as e
    where e.counting = 'pair'
    union all
    select 'transfer' as kind, e.year, e.from_city as one_city, e.to_city as other_city, cast(sum(e.n) as bigint) as n
    from {{ ref('fct_transfer_edges') }} as e
    group by e.year, e.from_city, e.to_city

)

select
    coalesce(a.kind, c.kind) as kind,
    coalesce(a.year, c.year) as year,
    coalesce(a.one_city, c.one_city) as one_city,
    coalesce(a.other_city, c.other_city) as other_city,
    a.n as n_of_all_levels,
    c.n as n_of_the_cities
from of_all_levels as a
full join of_the_cities as c
    on a.kind = c.kind and a.year = c.year and a.one_city = c.one_city and a.other_city = c.other_city
where a.n is distinct from c.n
