{#- Tables 3 and 4: one printed cell per row, the paper's cell beside ours, also where ours is unavailable.
    columns: number, step of regressors, outcome, defect that touches the centrality of that column. -#}
{% macro regression_report(table_name, columns) -%}
with printed_columns as (

    {% for number, step, outcome, defect in columns %}
    select
        {{ number }} as column_no,
        {{ step }} as step,
        '{{ outcome }}' as outcome,
        {{ "'" ~ defect ~ "'" if defect else 'cast(null as varchar)' }} as column_defect
    {{ 'union all' if not loop.last }}
    {% endfor %}

),

cells as (

    select
        c.column_no,
        c.outcome,
        v.table3_position as position,
        v.table3_column as term,
        v.table3_symbol as paper_symbol,
        v.label_zh,
        v.label_en,
        nullif(
            concat_ws(' ', v.defects, case when v.table3_column = 'copatent_degree' then c.column_defect end), ''
        ) as defects,
        v.note
    from {{ ref('stg_reference__paper_variables') }} as v
    inner join printed_columns as c
        on v.table3_step <= c.step
    where v.table3_position is not null

),

estimates as (

    select * from {{ source('analysis', 'baseline_estimates') }}
    where table_name = '{{ table_name }}'

),

unavailable as (

    select
        c.column_no,
        min(e.reason) as reason
    from printed_columns as c
    inner join estimates as e
        on e.status = 'unavailable' and coalesce(e.outcome, c.outcome) = c.outcome
    group by c.column_no

),

footers as (

    select
        e.column_no,
        max(e.n_obs) as n_obs,
        max(e.n_entities) as n_entities,
        max(e.n_periods) as n_periods,
        max(e.r2_adj) as r2_adj,
        max(e.r2_within) as r2_within,
        max(e.cluster_convention) as cluster_convention
    from estimates as e
    where e.status = 'ok'
    group by e.column_no

),

paper as (

    {{ printed_coefficients(table_name) }}

),

paper_footers as (

    select
        p.column_no,
        max(p.value) filter (where p.statistic = 'N') as n_obs,
        max(p.value) filter (where p.statistic = 'adj_r2') as r2_adj
    from {{ ref('stg_reference__paper_values') }} as p
    where p.table_name = 'paper_{{ table_name }}' and p.variable = '_model'
    group by p.column_no

)

select
    cast(c.column_no as integer) as column_no,
    c.position,
    c.term,
    c.label_zh,
    c.label_en,
    c.outcome,
    e.coef,
    e.std_error,
    e.t_stat,
    e.p_value,
    e.stars,
    printf('%.3f', e.coef) || coalesce(e.stars, '') as coef_text,
    '（' || printf('%.3f', e.std_error) || '）' as se_text,
    f.n_obs,
    f.n_entities,
    f.n_periods,
    f.r2_adj,
    f.r2_within,
    f.cluster_convention,
    e.note,
    case
        when e.coef is not null then 'ok'
        when e.term is not null then 'left_out'
        else 'unavailable'
    end as status,
    case
        when e.term is null then coalesce(e.reason, u.reason, 'no estimate of this column')
        else e.reason
    end as reason,
    p.coef as paper_coef,
    p.std_error as paper_std_error,
    p.stars as paper_stars,
    p.coef_text || p.stars as paper_coef_text,
    '（' || p.se_text || '）' as paper_se_text,
    cast(q.n_obs as bigint) as paper_n_obs,
    q.r2_adj as paper_r2_adj,
    c.defects as paper_defects,
    c.note as paper_note,
    {{ networks_is_synthetic() }} as is_synthetic
from cells as c
left join unavailable as u
    on c.column_no = u.column_no
left join estimates as e
    on c.column_no = e.column_no and c.term = e.term and e.status = 'ok'
left join footers as f
    on c.column_no = f.column_no
left join paper as p
    on c.column_no = p.column_no and c.paper_symbol = p.variable
left join paper_footers as q
    on c.column_no = q.column_no
{%- endmacro %}

{#- The city that stands for Beijing: most partners by applications in the last year. A select for a CTE. -#}
{% macro hub_city() -%}
select d.adcode, d.city_name
    from {{ ref('fct_partner_dynamics') }} as d
    where d.basis = 'application' and d.n_partners > 0
    order by d.year desc, d.n_partners desc, d.adcode
    limit 1
{%- endmacro %}

{#- Coefficients of a printed table of the paper, one row per column and variable, with the texts as printed. -#}
{% macro printed_coefficients(table_name) -%}
select
        p.column_no,
        p.variable,
        max(p.value) filter (where p.statistic = 'coef') as coef,
        max(p.value_text) filter (where p.statistic = 'coef') as coef_text,
        max(p.value) filter (where p.statistic = 'se') as std_error,
        max(p.value_text) filter (where p.statistic = 'se') as se_text,
        coalesce(max(p.value_text) filter (where p.statistic = 'stars'), '') as stars
    from {{ ref('stg_reference__paper_values') }} as p
    where p.table_name = 'paper_{{ table_name }}' and p.variable <> '_model'
    group by p.column_no, p.variable
{%- endmacro %}
