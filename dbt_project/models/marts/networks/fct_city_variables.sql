{{ config(tags=['panel']) }}

-- Every variable of every node and year as one long table; those of the panel once more as the value of the year before.
-- A missing value has no row. Codings that the settings do not choose (name__variant) stay where they are.
with networks as (

    {%- for variable, source_table, rule in network_variables() %}
    select
        p.adcode, p.year, '{{ variable }}' as variable, cast(p.{{ variable }} as double) as value,
        '{{ source_table }}' as source_table, '{{ rule }}' as rule
    from {{ ref('fct_node_years') }} as p
    where p.{{ variable }} is not null
    {{ 'union all' if not loop.last }}
    {%- endfor %}

),

everything as (

    select
        n.adcode, n.year, n.variable, n.value, v.unit, v.transform, n.source_table, n.rule
    from networks as n
    inner join {{ ref('stg_reference__variables') }} as v
        on n.variable = v.variable
    union all
    select
        c.adcode, c.year, c.variable, c.value, c.unit, c.transform, 'marts.fct_city_covariates_long' as source_table,
        c.rule
    from {{ ref('fct_city_covariates_long') }} as c
    where not contains(c.variable, '__')

)

select
    e.adcode,
    e.year,
    e.variable,
    0 as lag,
    e.value,
    e.unit,
    e.transform,
    e.source_table,
    e.rule
from everything as e
union all
select
    e.adcode,
    y.year,
    e.variable,
    1 as lag,
    e.value,
    e.unit,
    e.transform,
    e.source_table,
    e.rule
from everything as e
inner join {{ ref('int_panel_years') }} as y
    on e.year + 1 = y.year
where e.variable in ('{{ lagged_variables() | join("', '") }}')
