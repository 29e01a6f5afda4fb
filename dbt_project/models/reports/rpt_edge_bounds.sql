{{ config(tags=['report']) }}

-- How much of the networks hangs on how sure we are of the cities.
with thresholds as (

    select
        cast(t.threshold as decimal(4, 2)) as threshold,
        case
            when t.threshold = 0.00 then 'loosest'
            when t.threshold = {{ strictest_confidence() }} then 'strictest'
            else 'between'
        end as bound
    from (
        select unnest([0.00, 0.80, 0.90, 0.95, 0.97, 0.98, {{ strictest_confidence() }}]) as threshold
    ) as t

),

patents as (

    select
        'joint_' || p.basis as network,
        p.year,
        p.city_a as one_city,
        p.city_b as other_city,
        p.application_id,
        p.confidence
    from {{ ref('fct_joint_edge_patents') }} as p
    union all
    select
        'transfer' as network,
        e.year,
        e.from_city as one_city,
        e.to_city as other_city,
        e.application_id,
        e.confidence
    from {{ ref('fct_transfer_edge_events') }} as e

),

networks as (

    select unnest(['joint_application', 'joint_grant', 'transfer']) as network

),

cells as (

    select
        p.network,
        p.year,
        p.one_city,
        p.other_city,
        t.threshold,
        count(distinct p.application_id) as n
    from patents as p
    inner join thresholds as t
        on p.confidence >= t.threshold
    group by p.network, p.year, p.one_city, p.other_city, t.threshold

),

totals as (

    select
        c.network,
        c.threshold,
        count(*) as n_edges,
        sum(c.n) as n_patent_pairs
    from cells as c
    group by c.network, c.threshold

)

select
    n.network,
    t.threshold,
    t.bound,
    cast(coalesce(k.n_edges, 0) as bigint) as n_edges,
    cast(coalesce(k.n_patent_pairs, 0) as bigint) as n_patent_pairs,
    {{ networks_is_synthetic() }} as is_synthetic
from networks as n
cross join thresholds as t
left join totals as k
    on n.network = k.network and t.threshold = k.threshold
