{{ config(tags=['report']) }}

-- The feedback at the printed rho is reported beside what the paper's effects imply, and never asserted.
select
    w.kind,
    w.n,
    w.power,
    w.cutoff_km,
    w.neighbours,
    w.economic_base,
    w.standardisation,
    w.n_links,
    w.fingerprint,
    w.n_islands,
    w.n_components,
    w.smallest_eigenvalue,
    w.feedback_at_paper_rho,
    w.note,
    w.status,
    w.reason,
    {{ networks_is_synthetic() }} as is_synthetic
from {{ source('analysis', 'spatial_weight_kinds') }} as w
