with years as (

    select cast(unnest(range(s.first_year, s.last_year + 1)) as integer) as year
    from {{ ref('stg_method__settings') }} as s

),

dummies as (

    select
        p.adcode,
        p.year,
        max(p.is_treated) filter (where p.policy = 'hsr') as hsr,
        max(p.is_treated) filter (where p.policy = 'low_carbon') as low_carbon,
        max(p.is_treated) filter (where p.policy = 'carbon_trade') as carbon_trade,
        max(p.is_treated) filter (where p.policy = 'innovative') as innovative
    from {{ ref('int_pilot_years') }} as p
    where p.is_chosen
    group by p.adcode, p.year

),

-- Price index of the city, else of its province (last year = 100); the first year of the settings is the base.
prices as (

    select
        n.node_code,
        y.year,
        y.year - s.first_year as n_steps,
        case
            when y.year = s.first_year then 1.0
            else coalesce(c.price_index, p.price_index) / 100
        end as step
    from {{ ref('int_universe_nodes') }} as n
    cross join years as y
    cross join {{ ref('stg_method__settings') }} as s
    left join {{ ref('int_city_yearbooks') }} as c
        on n.node_code = c.adcode and y.year = c.year
    left join {{ ref('int_province_yearbooks') }} as p
        on n.province_code = p.province_code and y.year = p.year

),

chained as (

    select
        p.node_code,
        p.year,
        p.n_steps,
        count(p.step) over (partition by p.node_code order by p.year) as n_known,
        exp(sum(case when p.step > 0 then ln(p.step) end) over (partition by p.node_code order by p.year)) as chain,
        count(p.step) over (partition by p.node_code) - 1 as n_links
    from prices as p

),

deflators as (

    select
        c.node_code,
        c.year,
        -- one missing link breaks the chain for all years behind it
        case when c.n_links > 0 and c.n_known = c.n_steps + 1 then c.chain end as deflator,
        case
            when s.deflation = 'none' then 1.0
            when c.n_links > 0 and c.n_known = c.n_steps + 1 then c.chain
        end as chosen_deflator
    from chained as c
    cross join {{ ref('stg_method__settings') }} as s

)

select
    n.node_code as adcode,
    y.year,
    n.province_code,
    n.is_in_sample,
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
    p.gdp_10k_yuan as province_gdp_10k_yuan,
    p.tech_market_turnover_10k_yuan,
    p.ip_disputes,
    p.patents_granted as province_patents_granted,
    d.deflator,
    case when c.population_10k > 0 then c.gdp_10k_yuan / c.population_10k end as gdp_per_head_yuan,
    -- the natural log of money in prices of the settings, never of what is not positive
    case s.gdp_measure
        when 'per_head' then case
            when c.population_10k > 0 and c.gdp_10k_yuan > 0
                then ln(c.gdp_10k_yuan / c.population_10k / d.chosen_deflator)
        end
        else case when c.gdp_10k_yuan > 0 then ln(c.gdp_10k_yuan / d.chosen_deflator) end
    end as ln_pgdp,
    c.tertiary_share_percent as ins,
    case
        when c.gdp_10k_yuan > 0 then (c.deposits_10k_yuan + c.loans_10k_yuan) / c.gdp_10k_yuan
    end as fin,
    case
        when c.fdi_10k_usd > 0 and s.fdi_log = 'natural' then ln(c.fdi_10k_usd / d.chosen_deflator)
        when c.fdi_10k_usd > 0 then log10(c.fdi_10k_usd / d.chosen_deflator)
    end as ln_fdi,
    case s.tech_measure
        when 'log_turnover' then case
            when p.tech_market_turnover_10k_yuan > 0
                then ln(p.tech_market_turnover_10k_yuan / d.chosen_deflator)
        end
        else case when p.gdp_10k_yuan > 0 then p.tech_market_turnover_10k_yuan / p.gdp_10k_yuan end
    end as ln_tech,
    u.hsr,
    u.low_carbon,
    u.carbon_trade,
    u.innovative,
    r.policy_source,
    r.policy_state,
    r.n_documents as n_policy_documents,
    r.zts_documents,
    r.gjs_documents,
    r.zts_yearbook,
    r.gjs_yearbook,
    r.policy_state <> 'stated' as is_policy_gap,
    case
        when r.policy_state = 'stated' then r.zts
        when r.policy_state = 'gap' and s.policy_gap = 'zero' then 0.0
    end as zts,
    case
        when r.policy_state = 'stated' then r.gjs
        when r.policy_state = 'gap' and s.policy_gap = 'zero' then 0.0
    end as gjs,
    case
        when r.policy_state = 'stated' then r.zts * r.gjs
        when r.policy_state = 'gap' and s.policy_gap = 'zero' then 0.0
    end as rps,
    case
        when p.patents_granted > 0 and s.qrate_measure = 'complement' then 1 - p.ip_disputes / p.patents_granted
        when p.patents_granted > 0 then p.ip_disputes / p.patents_granted
    end as qrate,
    c.internet_users,
    c.ict_employees,
    c.telecom_output,
    c.mobile_phones,
    c.so2_removal,
    c.cod_removal,
    c.solid_waste_use,
    c.sewage_treatment,
    c.household_waste_treatment,
    c.patent_applications as yearbook_patent_applications,
    c.patent_grants as yearbook_patent_grants,
    c.invention_grants as yearbook_invention_grants
from {{ ref('int_universe_nodes') }} as n
cross join years as y
cross join {{ ref('stg_method__settings') }} as s
inner join deflators as d
    on n.node_code = d.node_code and y.year = d.year
left join dummies as u
    on n.node_code = u.adcode and y.year = u.year
left join {{ ref('int_policy_synergy') }} as r
    on n.province_code = r.province_code and y.year = r.year
left join {{ ref('int_city_yearbooks') }} as c
    on n.node_code = c.adcode and y.year = c.year
left join {{ ref('int_province_yearbooks') }} as p
    on n.province_code = p.province_code and y.year = p.year
