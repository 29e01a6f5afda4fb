{{ config(tags=['panel'], severity='warn') }}

-- Values of the long table within the range that the dictionary of variables admits; other codings are free to leave it.
select
    l.variable,
    l.year,
    l.adcode,
    l.value,
    v.lowest,
    v.highest
from {{ ref('fct_city_covariates_long') }} as l
inner join {{ ref('dim_variables') }} as v
    on l.variable = v.variable
where l.value < v.lowest - 1e-9 or l.value > v.highest + 1e-9 or (l.value = 0 and not v.is_zero_possible)
