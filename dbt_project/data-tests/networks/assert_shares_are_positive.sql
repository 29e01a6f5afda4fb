{{ config(severity='warn') }}

-- T-06 on the yearbooks: a share or ratio of 0 is a missing value that somebody printed as 0.
select
    c.adcode,
    c.year,
    c.ins,
    c.fin
from {{ ref('fct_city_covariates') }} as c
where c.ins <= 0 or c.ins > 100 or c.fin <= 0
