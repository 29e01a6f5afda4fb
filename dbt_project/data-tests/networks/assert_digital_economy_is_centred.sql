{{ config(tags=['panel']) }}

-- T-08: scores of a principal component have mean 0 on the sample they were estimated on.
select
    avg(v.value) as mean_score,
    count(*) as n_scores
from {{ ref('fct_city_variables') }} as v
where v.variable = 'dige' and v.lag = 0
having abs(avg(v.value)) > 1e-6
