{{ config(tags=['panel']) }}

-- Every value of the networks that is not missing stands in the long table, once as it is; lags are as many as have a
-- year after them.
with wide as (

    {% for variable, source_table, rule in network_variables() %}
    select '{{ variable }}' as variable, count(p.{{ variable }}) as n
    from {{ ref('fct_node_years') }} as p
    {{ 'union all' if not loop.last }}
    {% endfor %}

),

long as (

    select v.variable, count(*) as n
    from {{ ref('fct_city_variables') }} as v
    where v.lag = 0
    group by v.variable

),

lags as (

    select
        v.variable,
        count(*) as n,
        (
            select count(*)
            from {{ ref('fct_city_variables') }} as b
            inner join {{ ref('int_panel_years') }} as y
                on b.year + 1 = y.year
            where b.lag = 0 and b.variable = 'rsi'
        ) as n_expected
    from {{ ref('fct_city_variables') }} as v
    where v.lag = 1 and v.variable = 'rsi'
    group by v.variable

)

select w.variable, w.n as n_wide, coalesce(l.n, 0) as n_long
from wide as w
left join long as l
    on w.variable = l.variable
where w.n <> coalesce(l.n, 0)
union all
select g.variable || ' before' as variable, g.n_expected as n_wide, g.n as n_long
from lags as g
where g.n <> g.n_expected
