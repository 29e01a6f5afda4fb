{{ config(tags=['report']) }}

select
    cast(r.position as integer) as position,
    r.family,
    r.specification,
    r.label_zh,
    r.label_en,
    r.outcome,
    r.term,
    v.table3_symbol as symbol,
    r.coef,
    r.std_error,
    r.statistic,
    r.p_value,
    r.stars,
    r.n_obs,
    r.n_entities,
    r.n_clusters,
    r.se_kind,
    r.cluster_by,
    r.note,
    case when r.status = 'ok' and r.coef is null then 'left_out' else r.status end as status,
    r.reason,
    {{ networks_is_synthetic() }} as is_synthetic
from {{ source('analysis', 'robustness_estimates') }} as r
left join {{ ref('stg_reference__paper_variables') }} as v
    on r.term = v.table3_column
