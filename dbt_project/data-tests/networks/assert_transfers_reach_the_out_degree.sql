{{ config(tags=['panel']) }}

-- T-05: distinct pairs of patent and receiving city under the filters of the network, moves inside
-- a city out, are at least as many as the receiving cities that the out-degree counts.
with transfers as (

    select
        t.from_city as adcode,
        t.year,
        count(distinct t.application_id || '|' || t.to_city) as n_pairs,
        count(distinct t.to_city) as n_cities
    from {{ ref('fct_transfer_edge_events') }} as t
    inner join {{ ref('stg_method__settings') }} as s
        on list_contains(s.transfer_types, t.type)
    group by t.from_city, t.year

),

degrees as (

    select
        p.adcode,
        p.year,
        p.transfer_out_degree * (
            case s.centrality_nodes
                when 'active' then p.n_active_transfer else p.n_network_nodes
            end - 1
        ) as out_degree
    from {{ ref('fct_node_years') }} as p
    cross join {{ ref('stg_method__settings') }} as s
    where p.transfer_out_degree is not null

)

select
    d.adcode,
    d.year,
    d.out_degree,
    t.n_pairs,
    t.n_cities
from degrees as d
left join transfers as t
    on d.adcode = t.adcode and d.year = t.year
where coalesce(t.n_pairs, 0) + 1e-6 < d.out_degree
    or abs(coalesce(t.n_cities, 0) - d.out_degree) > 1e-6
