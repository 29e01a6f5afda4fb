-- 0 or 1 for every node, year of the settings and coding; rail says nothing of nodes that its table does not hold.
with years as (

    select cast(unnest(range(s.first_year, s.last_year + 1)) as integer) as year
    from {{ ref('stg_method__settings') }} as s

),

variants as (

    select distinct i.policy, i.variant
    from {{ ref('int_pilot_intervals') }} as i

),

nodes as (

    select
        n.node_code,
        n.is_in_sample,
        h.node_code is not null as is_in_hsr_table
    from {{ ref('int_universe_nodes') }} as n
    left join {{ ref('stg_reference__hsr_openings') }} as h
        on n.node_code = h.node_code

),

treated as (

    select distinct
        i.policy,
        i.variant,
        i.node_code,
        y.year
    from {{ ref('int_pilot_intervals') }} as i
    cross join years as y
    where y.year between i.from_year and i.until_year

)

select
    n.node_code as adcode,
    y.year,
    v.policy,
    v.variant,
    c.variant is not null as is_chosen,
    n.is_in_sample,
    case
        when v.policy = 'hsr' and not n.is_in_hsr_table then null
        when t.node_code is not null then 1
        else 0
    end as is_treated
from nodes as n
cross join years as y
cross join variants as v
left join treated as t
    on n.node_code = t.node_code and y.year = t.year and v.policy = t.policy and v.variant = t.variant
left join {{ ref('int_pilots_chosen') }} as c
    on v.policy = c.policy and v.variant = c.variant
