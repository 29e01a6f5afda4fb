{{ config(tags=['report']) }}

{% set columns = [
    'rsi', 'extensive', 'intensive', 'ln_gpatent', 'gtr', 'copatent_degree',
    'copatent_betweenness', 'transfer_out_degree', 'transfer_in_degree', 'transfer_betweenness',
    'ln_tech', 'hsr', 'dige', 'ln_pgdp', 'ins', 'fin', 'ln_fdi', 'er', 'low_carbon',
    'carbon_trade', 'zts', 'gjs', 'rps', 'qrate', 'innovative'
] %}

with panel as (

    select * from {{ ref('fct_city_years') }}
    where in_sample

),

-- Rounded to DECIMAL before they are summed: sums of doubles depend on their order.
long_panel as (

    {% for column in columns %}
    select
        '{{ column }}' as physical_column,
        cast(p.{{ column }} as decimal(38, 18)) as value
    from panel as p
    {{ 'union all' if not loop.last }}
    {% endfor %}

),

moments as (

    select
        l.physical_column,
        count(l.value) as n,
        cast(sum(l.value) as double) / nullif(count(l.value), 0) as mean,
        min(l.value) as lowest,
        max(l.value) as highest
    from long_panel as l
    group by l.physical_column

),

deviations as (

    select
        l.physical_column,
        sum(cast(pow(cast(l.value as double) - m.mean, 2) as decimal(38, 18))) as squares
    from long_panel as l
    inner join moments as m
        on l.physical_column = m.physical_column
    where l.value is not null
    group by l.physical_column

),

paper as (

    select
        p.variable as symbol,
        max(p.value_text) filter (where p.statistic = 'printed_label_zh') as paper_label_zh,
        max(p.value) filter (where p.statistic = 'N') as paper_n,
        max(p.value) filter (where p.statistic = 'mean') as paper_mean,
        max(p.value) filter (where p.statistic = 'sd') as paper_sd,
        max(p.value) filter (where p.statistic = 'min') as paper_min,
        max(p.value) filter (where p.statistic = 'max') as paper_max
    from {{ ref('stg_reference__paper_values') }} as p
    where p.table_name = 'paper_table2'
    group by p.variable

)

select
    v.position,
    v.block,
    v.label_zh,
    v.label_en,
    v.symbol,
    v.physical_column,
    v.unit,
    cast(m.n as bigint) as n,
    m.mean,
    case when m.n > 1 then sqrt(cast(d.squares as double) / (m.n - 1)) end as sd,
    cast(m.lowest as double) as min,
    cast(m.highest as double) as max,
    r.paper_label_zh,
    cast(r.paper_n as bigint) as paper_n,
    r.paper_mean,
    r.paper_sd,
    r.paper_min,
    r.paper_max,
    v.defects as paper_defects,
    v.note as paper_note,
    {{ networks_is_synthetic() }} as is_synthetic
from {{ ref('stg_reference__paper_variables') }} as v
left join moments as m
    on v.physical_column = m.physical_column
left join deviations as d
    on v.physical_column = d.physical_column
left join paper as r
    on v.symbol = r.symbol
