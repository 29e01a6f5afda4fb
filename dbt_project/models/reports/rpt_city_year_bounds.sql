{{ config(tags=['report']) }}

-- Regional coordination of every city and year when every city counts, and when only the best evidenced ones do.
with pairs as (

    select
        p.year,
        p.basis,
        p.city_a as adcode,
        p.city_b as partner,
        p.pair_weight,
        p.confidence
    from {{ ref('fct_joint_edge_patents') }} as p

    union all

    select
        p.year,
        p.basis,
        p.city_b as adcode,
        p.city_a as partner,
        p.pair_weight,
        p.confidence
    from {{ ref('fct_joint_edge_patents') }} as p

),

edges as (

    select
        p.year,
        p.basis,
        p.adcode,
        p.partner,
        sum(p.pair_weight) as n_loosest,
        sum(if(p.confidence >= {{ strictest_confidence() }}, p.pair_weight, 0)) as n_strictest
    from pairs as p
    group by p.year, p.basis, p.adcode, p.partner

),

cells as (

    select
        e.year,
        e.basis,
        e.adcode,
        sum(e.n_loosest) as rsi_loosest,
        sum(e.n_strictest) as rsi_strictest,
        count(*) as extensive_loosest,
        count(*) filter (where e.n_strictest > 0) as extensive_strictest
    from edges as e
    group by e.year, e.basis, e.adcode

)

select
    c.basis,
    c.year,
    c.adcode,
    cast(c.rsi_loosest as decimal(18, 6)) as rsi_loosest,
    cast(c.rsi_strictest as decimal(18, 6)) as rsi_strictest,
    cast(c.extensive_loosest as bigint) as extensive_loosest,
    cast(c.extensive_strictest as bigint) as extensive_strictest,
    cast(c.rsi_strictest / c.rsi_loosest as decimal(6, 4)) as share_strictest,
    {{ networks_is_synthetic() }} as is_synthetic
from cells as c
