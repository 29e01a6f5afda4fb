-- Years in which a node is treated, for every coding that a study may choose; the settings pick one of them.
with low_carbon_units as (

    -- units, route
    select 'provinces_expanded' as units, 'city' as route
    union all
    select 'provinces_expanded' as units, 'via_province' as route
    union all
    select 'cities_only' as units, 'city' as route
    union all
    select 'cities_and_parts' as units, 'city' as route
    union all
    select 'cities_and_parts' as units, 'part' as route

),

batches as (

    select 'all' as batches, 1 as batch
    union all
    select 'all' as batches, 2 as batch
    union all
    select 'all' as batches, 3 as batch
    union all
    select 'first_two' as batches, 1 as batch
    union all
    select 'first_two' as batches, 2 as batch

),

-- A pilot province treats the units below it that belong to no prefecture too.
low_carbon_routes as (

    select l.node_code, l.batch, l.route, l.announced_year, l.treated_year
    from {{ ref('stg_reference__low_carbon_pilots') }} as l
    where l.route <> 'province'
    union all
    select n.node_code, l.batch, 'via_province' as route, l.announced_year, l.treated_year
    from {{ ref('stg_reference__low_carbon_pilots') }} as l
    inner join {{ ref('int_universe_nodes') }} as n
        on l.node_code = n.province_code
    where l.route = 'province'

),

low_carbon_timed as (

    select r.node_code, r.batch, r.route, 'treated_year' as timing, r.treated_year as first_year
    from low_carbon_routes as r
    union all
    select r.node_code, r.batch, r.route, 'announced' as timing, r.announced_year as first_year
    from low_carbon_routes as r
    union all
    select r.node_code, r.batch, r.route, 'year_after' as timing, r.announced_year + 1 as first_year
    from low_carbon_routes as r

),

low_carbon as (

    select
        'low_carbon' as policy,
        u.units || '.' || b.batches || '.' || t.timing as variant,
        t.node_code,
        min(t.first_year) as first_year
    from low_carbon_timed as t
    inner join low_carbon_units as u
        on t.route = u.route
    inner join batches as b
        on t.batch = b.batch
    group by u.units, b.batches, t.timing, t.node_code

),

-- A provincial market covers the units below the province that belong to no prefecture too.
markets as (

    select c.node_code, c.announced_year, c.trading_start_year
    from {{ ref('stg_reference__carbon_trading_pilots') }} as c
    union all
    select n.node_code, c.announced_year, c.trading_start_year
    from {{ ref('int_universe_nodes') }} as n
    inner join (
        select
            c.province_name,
            min(c.announced_year) as announced_year,
            min(c.trading_start_year) as trading_start_year
        from {{ ref('stg_reference__carbon_trading_pilots') }} as c
        where c.province_name is not null
        group by c.province_name
    ) as c
        on n.province_name = c.province_name
    where n.node_kind = 'province_administered'

),

-- Fujian opened its own market in 2016, under no notice of 2011.
markets_chosen as (

    select 'all' as markets, m.node_code, m.announced_year, m.trading_start_year
    from markets as m
    union all
    select 'without_fujian' as markets, m.node_code, m.announced_year, m.trading_start_year
    from markets as m
    where m.announced_year < 2016

),

markets_timed as (

    select m.markets, 'announced' as date_basis, m.node_code, m.announced_year as first_year
    from markets_chosen as m
    union all
    select m.markets, 'trading_start' as date_basis, m.node_code, m.trading_start_year as first_year
    from markets_chosen as m

),

delays as (

    select 'same_year' as timing, 0 as years
    union all
    select 'year_after' as timing, 1 as years

),

carbon_trade as (

    select
        'carbon_trade' as policy,
        m.markets || '.' || m.date_basis || '.' || d.timing as variant,
        m.node_code,
        min(m.first_year + d.years) as first_year
    from markets_timed as m
    cross join delays as d
    group by m.markets, m.date_basis, d.timing, m.node_code

),

innovative_units as (

    select 'prefectures' as units, 'prefecture' as unit_level
    union all
    select 'with_districts' as units, 'prefecture' as unit_level
    union all
    select 'with_districts' as units, 'district_of_municipality' as unit_level
    union all
    select 'with_counties' as units, 'prefecture' as unit_level
    union all
    select 'with_counties' as units, 'district_of_municipality' as unit_level
    union all
    select 'with_counties' as units, 'county' as unit_level

),

innovative as (

    select
        'innovative' as policy,
        u.units || '.' || d.timing as variant,
        i.node_code,
        min(i.approval_year + d.years) as first_year
    from {{ ref('stg_reference__innovative_city_pilots') }} as i
    inner join innovative_units as u
        on i.unit_level = u.unit_level
    cross join delays as d
    group by u.units, d.timing, i.node_code

),

line_classes as (

    select 'new_200' as lines, 'new_line_ge_250' as line_class
    union all
    select 'new_200' as lines, 'new_line_200' as line_class
    union all
    select 'new_200' as lines, 'qinshen_g_trains_2013' as line_class
    union all
    select 'new_250' as lines, 'new_line_ge_250' as line_class
    union all
    select 'broad' as lines, 'new_line_ge_250' as line_class
    union all
    select 'broad' as lines, 'new_line_200' as line_class
    union all
    select 'broad' as lines, 'qinshen_g_trains_2013' as line_class
    union all
    select 'broad' as lines, 'qinshen_2003' as line_class
    union all
    select 'broad' as lines, 'upgraded_or_160_200' as line_class

),

openings as (

    select
        c.lines,
        h.node_code,
        h.open_year,
        coalesce(h.open_month, 1) as open_month
    from {{ ref('stg_reference__hsr_lines') }} as h
    inner join line_classes as c
        on h.line_class = c.line_class

),

openings_timed as (

    select o.lines, 'opening_year' as timing, o.node_code, o.open_year as first_year
    from openings as o
    union all
    select o.lines, 'half_year' as timing, o.node_code, case when o.open_month > 6 then o.open_year + 1 else o.open_year end as first_year
    from openings as o
    union all
    select o.lines, 'december' as timing, o.node_code, case when o.open_month = 12 then o.open_year + 1 else o.open_year end as first_year
    from openings as o
    union all
    select o.lines, 'year_after' as timing, o.node_code, o.open_year + 1 as first_year
    from openings as o

),

rail as (

    select
        'hsr' as policy,
        o.lines || '.' || o.timing as variant,
        o.node_code,
        min(o.first_year) as first_year
    from openings_timed as o
    group by o.lines, o.timing, o.node_code

),

cumulative as (

    select p.policy, p.variant, p.node_code, p.first_year from low_carbon as p
    union all
    select p.policy, p.variant, p.node_code, p.first_year from carbon_trade as p
    union all
    select p.policy, p.variant, p.node_code, p.first_year from innovative as p
    union all
    select p.policy, p.variant, p.node_code, p.first_year from rail as p

)

select
    c.policy,
    c.variant,
    c.node_code,
    c.first_year as from_year,
    9999 as until_year
from cumulative as c
union all
select distinct
    'hsr' as policy,
    o.lines || '.new_line' as variant,
    o.node_code,
    o.open_year as from_year,
    o.open_year as until_year
from openings as o
