{{ config(tags=['panel']) }}

-- T-04: on N nodes of which a are active, no city lies on more than C(a-1, 2) of the C(N-1, 2) pairs
-- of the others; ordered pairs in the transfer network give the same ratio.
with bounds as (

    select
        p.adcode,
        p.year,
        'joint' as network,
        p.copatent_betweenness as betweenness,
        p.n_active_copatent as n_active,
        case s.centrality_nodes
            when 'registry' then p.n_network_nodes else p.n_active_copatent
        end as n_counted
    from {{ ref('fct_node_years') }} as p
    cross join {{ ref('stg_method__settings') }} as s
    where p.copatent_betweenness is not null
    union all
    select
        p.adcode,
        p.year,
        'transfer' as network,
        p.transfer_betweenness as betweenness,
        p.n_active_transfer as n_active,
        case s.centrality_nodes
            when 'registry' then p.n_network_nodes else p.n_active_transfer
        end as n_counted
    from {{ ref('fct_node_years') }} as p
    cross join {{ ref('stg_method__settings') }} as s
    where p.transfer_betweenness is not null

)

select
    b.adcode,
    b.year,
    b.network,
    b.betweenness,
    b.n_active,
    b.n_counted
from bounds as b
where b.betweenness < 0
    or b.betweenness * greatest((b.n_counted - 1) * (b.n_counted - 2), 1)
    > greatest((b.n_active - 1) * (b.n_active - 2), 0) + 1e-6
