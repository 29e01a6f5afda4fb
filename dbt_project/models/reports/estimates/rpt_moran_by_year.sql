{{ config(tags=['report']) }}

-- The text prints I of the second and of the last year of the panel, of which variable it does not say (Q-30).
with years as (

    select * from {{ source('analysis', 'moran_years') }}

),

paper as (

    select
        f.first_value,
        f.last_value
    from {{ ref('stg_reference__paper_text_facts') }} as f
    where f.fact = 'moran_i'

)

select
    cast(y.year as integer) as year,
    y.variable,
    y.weights_kind,
    y.n,
    y.statistic,
    y.expectation,
    y.sd,
    y.z,
    y.p_greater,
    y.p_two_sided,
    y.p_permutation,
    y.n_permutations,
    y.seed,
    y.is_chosen,
    case y.year when 2007 then p.first_value when 2020 then p.last_value end as paper_statistic,
    y.status,
    y.reason,
    {{ networks_is_synthetic() }} as is_synthetic
from years as y
cross join paper as p
