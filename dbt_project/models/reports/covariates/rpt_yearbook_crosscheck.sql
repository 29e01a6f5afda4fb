{{ config(tags=['report']) }}

select
    c.level,
    c.place_code,
    c.year,
    c.measure,
    c.n_ours,
    c.n_yearbook,
    c.difference,
    c.ratio,
    c.total_ratio,
    c.n_months_landed,
    c.located_share,
    c.had_other_boundaries,
    c.cause,
    c.explanation,
    {{ networks_is_synthetic() }} as is_synthetic
from {{ ref('fct_yearbook_crosscheck') }} as c
order by c.level, c.measure, c.year, c.place_code
