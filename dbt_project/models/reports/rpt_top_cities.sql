{{ config(tags=['report']) }}

with totals as (

    select
        p.adcode,
        p.city_name,
        count(*) as n_years,
        sum(p.rsi) as total_rsi,
        sum(p.gpatent) as total_gpatent,
        sum(p.gtr) as total_gtr,
        arg_max(p.extensive, p.year) as n_partners_last_year,
        arg_max(p.rsi, p.year) as rsi_last_year,
        bool_or(p.in_sample) as is_in_sample
    from {{ ref('fct_node_years') }} as p
    group by p.adcode, p.city_name

),

everywhere as (

    select sum(t.total_rsi) as total_rsi
    from totals as t

),

ranked as (

    select
        t.*,
        row_number() over (order by t.total_rsi desc, t.total_gpatent desc, t.adcode) as position
    from totals as t

)

select
    cast(r.position as integer) as position,
    r.adcode,
    r.city_name,
    cast(r.total_rsi as decimal(18, 6)) as total_rsi,
    cast(r.total_rsi / r.n_years as decimal(18, 2)) as mean_rsi,
    cast(100 * r.total_rsi / nullif(e.total_rsi, 0) as decimal(5, 2)) as share_percent,
    cast(r.total_gpatent as bigint) as total_gpatent,
    cast(r.total_gtr as bigint) as total_gtr,
    r.n_partners_last_year,
    r.rsi_last_year,
    r.is_in_sample,
    {{ networks_is_synthetic() }} as is_synthetic
from ranked as r
cross join everywhere as e
where r.position <= 20 and r.total_rsi > 0
