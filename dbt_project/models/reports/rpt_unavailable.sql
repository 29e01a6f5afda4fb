{{ config(tags=['report']) }}

-- Analyses that the landed data cannot carry, one row and reason each; empty when all are there.
with panel as (

    select * from {{ ref('fct_city_years') }}

),

facts as (

    select
        (select count(distinct p.year) from panel as p) as n_years,
        (select count(*) from panel as p where p.rsi > 0) as n_joint_cells,
        (select count(*) from panel as p where p.gtr > 0) as n_transfer_cells,
        (select count(*) from panel as p where p.copatent_degree is not null) as n_central_cells,
        (select count(*) from panel as p where p.ln_pgdp is not null) as n_covariate_cells,
        (select count(*) from panel as p where p.dige is not null) as n_dige_cells,
        (select count(*) from panel as p where p.er is not null) as n_er_cells,
        (
            select count(*)
            from {{ ref('fct_partner_dynamics') }} as d
            where d.basis = 'application' and d.n_kept is not null
        ) as n_dynamic_cells

),

-- What every analysis said of itself, several of one kind under one name.
stated as (

    select
        case e.table_name when 'table3' then 'table3_baseline' else 'table4_margins_' || e.outcome end
        || case when e.column_no > 0 then '_column_' || cast(e.column_no as varchar) else '' end as analysis,
        e.reason
    from {{ source('analysis', 'baseline_estimates') }} as e
    where e.status = 'unavailable'
    union all
    select
        case e.specification when 'table5' then 'table5_spatial' else 'table5_variants' end as analysis,
        e.reason
    from {{ source('analysis', 'spatial_estimates') }} as e
    where e.status = 'unavailable'
    union all
    select 'moran_' || e.variable as analysis, e.reason || ' (' || cast(e.year as varchar) || ')' as reason
    from {{ source('analysis', 'moran_years') }} as e
    where e.status = 'unavailable'
    {% for prefix, column, table in [
        ('spatial_tests', 'family', 'spatial_tests'),
        ('spatial_weights', 'kind', 'spatial_weight_kinds'),
        ('robustness', 'family', 'robustness_estimates'),
        ('event_study', 'policy', 'event_studies'),
        ('bacon_weights', 'policy', 'bacon_weights'),
        ('audit', 'source', 'audit_findings'),
    ] %}
    union all
    select '{{ prefix }}_' || e.{{ column }} as analysis, e.reason
    from {{ source('analysis', table) }} as e
    where e.status = 'unavailable'
    {% endfor %}

),

baseline_rows as (

    select count(*) filter (where e.status = 'ok') as n_ok
    from {{ source('analysis', 'baseline_estimates') }} as e

),

reasons as (

    select 'panel' as analysis, 'no gazette month of the panel years was landed' as reason
    from facts as f
    where f.n_years = 0
    union all
    select 'joint_network', 'no joint green invention between two located cities'
    from facts as f
    where f.n_joint_cells = 0
    union all
    select 'transfer_network', 'no green invention was transferred between two located cities'
    from facts as f
    where f.n_transfer_cells = 0
    union all
    select 'centralities', 'no centrality was computed for a year of the panel'
    from facts as f
    where f.n_central_cells = 0
    union all
    select 'covariates', 'no yearbook line of a year of the panel was landed'
    from facts as f
    where f.n_covariate_cells = 0
    union all
    select 'digital_economy_index', 'the indicators of dige are missing or constant'
    from facts as f
    where f.n_dige_cells = 0
    union all
    select 'environmental_regulation_index', 'the indicators of er are missing or constant'
    from facts as f
    where f.n_er_cells = 0
    union all
    select 'table1_partner_dynamics', 'two consecutive years are needed'
    from facts as f
    where f.n_dynamic_cells = 0
    union all
    select s.analysis, coalesce(s.reason, 'the analysis gave no reason')
    from stated as s
    union all
    select 'table3_baseline', 'the analysis gave no estimates'
    from baseline_rows as r
    where r.n_ok = 0 and not exists (select 1 from stated)

)

select
    r.analysis,
    min(r.reason) as reason,
    {{ networks_is_synthetic() }} as is_synthetic
from reasons as r
group by r.analysis
