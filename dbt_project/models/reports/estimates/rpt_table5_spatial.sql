{{ config(tags=['report']) }}

-- Table 5 and its variants, one cell a row. Columns (3) to (5) are means over draws, as the paper's are; the closed form
-- stands beside them. What the paper printed stands beside its own specification alone.
with specifications as (

    select unnest([
        'table5', 'two_way_leeyu', 'two_way_plain', 'economic', 'economic_geographic', 'inverse_squared', 'nearest'
    ]) as specification

),

parts as (

    select
        unnest([1, 2, 3, 4, 5]) as column_no,
        unnest(['main', 'wx', 'direct', 'indirect', 'total']) as column_kind

),

cells as (

    select
        s.specification,
        p.column_no,
        p.column_kind,
        v.table5_position as position,
        v.table3_column as term,
        v.table3_symbol as symbol,
        v.label_zh,
        v.label_en,
        v.defects,
        v.note
    from {{ ref('stg_reference__paper_variables') }} as v
    cross join specifications as s
    cross join parts as p
    where v.table5_position is not null

),

estimates as (

    select * from {{ source('analysis', 'spatial_estimates') }}

),

unavailable as (

    select
        e.specification,
        min(e.reason) as reason,
        max(e.effects) as effects,
        bool_or(e.leeyu) as leeyu,
        max(e.weights_kind) as weights_kind
    from estimates as e
    where e.status = 'unavailable'
    group by e.specification

),

paper as (

    {{ printed_coefficients('table5') }}

),

paper_footers as (

    select
        max(p.value) filter (where p.statistic = 'N') as n_obs,
        max(p.value) filter (where p.statistic = 'r2') as r2
    from {{ ref('stg_reference__paper_values') }} as p
    where p.table_name = 'paper_table5' and p.variable = '_model'

)

select
    c.specification,
    cast(c.column_no as integer) as column_no,
    c.column_kind,
    c.position,
    c.term,
    c.symbol,
    c.label_zh,
    c.label_en,
    e.coef,
    e.std_error,
    e.z_stat,
    e.p_value,
    e.stars,
    printf('%.3f', e.coef) || coalesce(e.stars, '') as coef_text,
    '（' || printf('%.3f', e.std_error) || '）' as se_text,
    e.estimate_closed_form,
    e.se_delta,
    e.std_error_cluster,
    e.p_value_cluster,
    e.stars_cluster,
    e.rho,
    e.rho_se,
    e.rho_p,
    e.rho_stars,
    e.rho_se_cluster,
    e.n_obs,
    e.n_entities,
    e.n_periods,
    e.r2,
    e.r2_within,
    e.r2_between,
    e.r2_overall,
    e.log_likelihood,
    e.mean_feedback,
    coalesce(e.effects, u.effects) as effects,
    coalesce(e.leeyu, u.leeyu) as leeyu,
    e.information,
    e.draws,
    e.seed,
    coalesce(e.weights_kind, u.weights_kind) as weights_kind,
    e.weights_fingerprint,
    e.note,
    case
        when e.coef is not null then 'ok'
        when e.term is not null then 'left_out'
        else 'unavailable'
    end as status,
    case
        when e.term is null then coalesce(u.reason, 'no estimate of this specification')
        else e.reason
    end as reason,
    p.coef as paper_coef,
    p.std_error as paper_std_error,
    p.stars as paper_stars,
    p.coef_text || p.stars as paper_coef_text,
    '（' || p.se_text || '）' as paper_se_text,
    case when c.specification = 'table5' then r.coef end as paper_rho,
    case when c.specification = 'table5' then r.std_error end as paper_rho_se,
    case when c.specification = 'table5' then r.stars end as paper_rho_stars,
    cast(case when c.specification = 'table5' then q.n_obs end as bigint) as paper_n_obs,
    case when c.specification = 'table5' then q.r2 end as paper_r2,
    case when c.specification = 'table5' then c.defects end as paper_defects,
    case when c.specification = 'table5' then c.note end as paper_note,
    {{ networks_is_synthetic() }} as is_synthetic
from cells as c
cross join paper_footers as q
left join unavailable as u
    on c.specification = u.specification
left join estimates as e
    on c.specification = e.specification and c.column_no = e.column_no and c.term = e.term and e.status = 'ok'
left join paper as p
    on c.specification = 'table5' and c.column_no = p.column_no and c.symbol = p.variable
left join paper as r
    on c.column_no = r.column_no and r.variable = 'rho'
