{{ config(tags=['report']) }}

select
    b.policy,
    b.outcome,
    b.kind,
    b.weight,
    b.estimate,
    b.n_pairs,
    b.note,
    b.status,
    b.reason,
    {{ networks_is_synthetic() }} as is_synthetic
from {{ source('analysis', 'bacon_weights') }} as b
