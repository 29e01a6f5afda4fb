{{ config(tags=['report']) }}

-- A policy that cannot be studied has one row without a distance.
select
    e.policy,
    e.outcome,
    cast(coalesce(e.event_time, -1) as integer) as event_time,
    e.coef,
    e.std_error,
    e.p_value,
    e.n_cells,
    e.is_base,
    e.pretrend_p,
    e.overall,
    e.overall_se,
    e.twoways_coef,
    e.twoways_se,
    e.n_obs,
    e.n_treated,
    e.n_never,
    e.note,
    e.status,
    e.reason,
    {{ networks_is_synthetic() }} as is_synthetic
from {{ source('analysis', 'event_studies') }} as e
