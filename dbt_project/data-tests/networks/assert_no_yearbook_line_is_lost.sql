-- Every landed yearbook line is in the covariates or dropped with a reason.
with landed as (

    select 'citystat_city_years' as source_table, count(*) as n
    from {{ ref('stg_citystat__city_years') }} as c
    union all
    select 'citystat_province_years' as source_table, count(*) as n
    from {{ ref('stg_citystat__province_years') }} as p

),

kept as (

    select 'citystat_city_years' as source_table, count(*) as n
    from {{ ref('fct_city_covariates') }} as c
    where c.has_city_yearbook
    union all
    select
        'citystat_province_years' as source_table,
        count(distinct c.province_code || '|' || cast(c.year as varchar)) as n
    from {{ ref('fct_city_covariates') }} as c
    where c.has_province_yearbook
    union all
    select r.source_table, count(*) as n
    from {{ ref('int_events_rejected') }} as r
    where r.is_row_dropped and r.source_table like 'citystat%'
    group by r.source_table

),

totals as (

    select k.source_table, sum(k.n) as n
    from kept as k
    group by k.source_table

)

select
    l.source_table,
    l.n as n_landed,
    t.n as n_kept
from landed as l
left join totals as t
    on l.source_table = t.source_table
where l.n is distinct from t.n
