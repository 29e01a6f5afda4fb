{{ config(tags=['report']) }}

-- City-years of the sample that each coding of a policy treats, beside what the printed mean of the paper allows.
with sample as (

    select distinct y.adcode
    from {{ ref('fct_city_years') }} as y
    where y.in_sample

),

counted as (

    select
        split_part(l.variable, '__', 1) as policy,
        l.rule as variant,
        not contains(l.variable, '__') as is_chosen,
        count(*) as n_city_years,
        count(*) filter (where l.value = 1) as n_treated
    from {{ ref('fct_city_covariates_long') }} as l
    inner join sample as s
        on l.adcode = s.adcode
    where split_part(l.variable, '__', 1) in ('hsr', 'low_carbon', 'carbon_trade', 'innovative')
    group by l.variable, l.rule

),

-- A mean of n city-years printed with d decimals lies within half a unit of the last one.
printed as (

    select
        lower(p.variable) as policy,
        max(p.value) filter (where p.statistic = 'mean') as paper_mean,
        max(p.value) filter (where p.statistic = 'N') as paper_n,
        max(0.5 * pow(10, -length(split_part(p.value_text, '.', 2)))) filter (where p.statistic = 'mean') as half_unit
    from {{ ref('stg_reference__paper_values') }} as p
    where p.table_name = 'paper_table2' and p.variable in ('HSR', 'low_carbon', 'carbon_trade', 'innovative')
    group by lower(p.variable)

),

compared as (

    select
        c.policy,
        c.variant,
        c.is_chosen,
        c.n_city_years,
        c.n_treated,
        p.paper_mean,
        cast(ceil((p.paper_mean - p.half_unit) * p.paper_n - 1e-6) as bigint) as paper_lowest,
        cast(floor((p.paper_mean + p.half_unit) * p.paper_n + 1e-6) as bigint) as paper_highest
    from counted as c
    left join printed as p
        on c.policy = p.policy

)

select
    c.policy,
    c.variant,
    c.is_chosen,
    c.n_city_years,
    c.n_treated,
    cast(c.n_treated as double) / c.n_city_years as mean,
    c.paper_mean,
    c.paper_lowest as paper_n_treated_lowest,
    c.paper_highest as paper_n_treated_highest,
    case
        when c.n_treated < c.paper_lowest then c.n_treated - c.paper_lowest
        when c.n_treated > c.paper_highest then c.n_treated - c.paper_highest
        when c.paper_lowest is not null then 0
    end as n_beyond_paper,
    {{ networks_is_synthetic() }} as is_synthetic
from compared as c
order by c.policy, abs(n_beyond_paper), c.variant
