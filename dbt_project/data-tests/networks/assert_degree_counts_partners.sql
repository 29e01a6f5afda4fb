{{ config(tags=['panel']) }}

-- T-03: DC x (N-1) is a whole number and equals the number of partner cities.
with degrees as (

    select
        p.adcode,
        p.year,
        p.extensive,
        p.copatent_degree * (
            case s.centrality_nodes
                when 'active' then p.n_active_copatent else p.n_network_nodes
            end - 1
        ) as degree
    from {{ ref('fct_node_years') }} as p
    cross join {{ ref('stg_method__settings') }} as s
    where p.copatent_degree is not null

)

select
    d.adcode,
    d.year,
    d.extensive,
    d.degree
from degrees as d
where abs(d.degree - d.extensive) > 1e-6
