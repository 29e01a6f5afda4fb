with years as (

    select cast(unnest(range(s.first_year, s.last_year + 1)) as integer) as year
    from {{ ref('stg_method__settings') }} as s

),

low_carbon as (

    select
        n.node_code,
        min(l.first_year) as first_year
    from {{ ref('int_universe_nodes') }} as n
    inner join {{ ref('stg_reference__low_carbon_pilots') }} as l
        on (l.unit_level = 'node' and l.unit_code = n.node_code)
        or (l.unit_level = 'province' and l.unit_code = n.province_code)
    group by n.node_code

),

-- A provincial market covers the units below the province that belong to no prefecture too.
carbon_trade as (

    select
        n.node_code,
        min(case s.ets_date_basis
            when 'trading_start' then c.trading_start_year else c.announced_year end) as first_year
    from {{ ref('int_universe_nodes') }} as n
    inner join {{ ref('stg_reference__carbon_trading_pilots') }} as c
        on c.node_code = n.node_code
        or (n.node_kind = 'province_administered' and c.province_name = n.province_name)
    cross join {{ ref('stg_method__settings') }} as s
    group by n.node_code

),

policies as (

    select
        n.node_code,
        l.first_year as low_carbon_year,
        c.first_year as carbon_trade_year,
        i.first_year as innovative_year,
        h.first_year as hsr_year,
        h.node_code is not null as is_in_hsr_table
    from {{ ref('int_universe_nodes') }} as n
    left join low_carbon as l
        on n.node_code = l.node_code
    left join carbon_trade as c
        on n.node_code = c.node_code
    left join {{ ref('stg_reference__innovative_city_pilots') }} as i
        on n.node_code = i.node_code
    left join {{ ref('stg_reference__hsr_openings') }} as h
        on n.node_code = h.node_code

)

select
    n.node_code as adcode,
    y.year,
    n.province_code,
    coalesce(c.has_crawled_line, false) as has_city_yearbook,
    coalesce(p.has_crawled_line, false) as has_province_yearbook,
    coalesce(c.n_imported_cells, 0) as n_imported_city_cells,
    coalesce(p.n_imported_cells, 0) as n_imported_province_cells,
    c.gdp_10k_yuan,
    c.population_10k,
    c.tertiary_share_percent,
    c.deposits_10k_yuan,
    c.loans_10k_yuan,
    c.fdi_10k_usd,
    case when c.gdp_10k_yuan > 0 then ln(c.gdp_10k_yuan) end as ln_pgdp,
    c.tertiary_share_percent as ins,
    case
        when c.gdp_10k_yuan > 0 then (c.deposits_10k_yuan + c.loans_10k_yuan) / c.gdp_10k_yuan
    end as fin,
    case when c.fdi_10k_usd > 0 then log10(c.fdi_10k_usd) end as ln_fdi,
    case
        when p.gdp_10k_yuan > 0 then p.tech_market_turnover_10k_yuan / p.gdp_10k_yuan
    end as ln_tech,
    cast(case when q.is_in_hsr_table then coalesce(y.year >= q.hsr_year, false) end as integer)
        as hsr,
    cast(coalesce(y.year >= q.low_carbon_year, false) as integer) as low_carbon,
    cast(coalesce(y.year >= q.carbon_trade_year, false) as integer) as carbon_trade,
    cast(coalesce(y.year >= q.innovative_year, false) as integer) as innovative,
    p.policy_actors is null or p.policy_tools is null as is_policy_gap,
    coalesce(p.policy_actors, case when s.policy_gap = 'zero' then 0.0 end) as zts,
    coalesce(p.policy_tools, case when s.policy_gap = 'zero' then 0.0 end) as gjs,
    coalesce(p.policy_actors, case when s.policy_gap = 'zero' then 0.0 end)
    * coalesce(p.policy_tools, case when s.policy_gap = 'zero' then 0.0 end) as rps,
    case when p.patents_granted > 0 then p.ip_disputes / p.patents_granted end as qrate,
    c.internet_users,
    c.ict_employees,
    c.telecom_output,
    c.mobile_phones,
    c.so2_removal,
    c.cod_removal,
    c.solid_waste_use,
    c.sewage_treatment,
    c.household_waste_treatment
from {{ ref('int_universe_nodes') }} as n
cross join years as y
cross join {{ ref('stg_method__settings') }} as s
inner join policies as q
    on n.node_code = q.node_code
left join {{ ref('int_city_yearbooks') }} as c
    on n.node_code = c.adcode and y.year = c.year
left join {{ ref('int_province_yearbooks') }} as p
    on n.province_code = p.province_code and y.year = p.year
