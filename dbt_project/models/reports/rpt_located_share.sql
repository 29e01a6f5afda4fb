{{ config(tags=['report']) }}

with shares as (

    select * from {{ ref('fct_located_shares') }}

)

select
    s.year,
    s.applicant_position,
    s.is_located,
    s.rule,
    s.n_applicants,
    cast(
        100.0 * s.n_applicants
        / sum(s.n_applicants) over (partition by s.year, s.applicant_position)
        as decimal(5, 2)
    ) as share_percent,
    s.lowest_confidence,
    s.mean_confidence,
    {{ networks_is_synthetic() }} as is_synthetic
from shares as s
