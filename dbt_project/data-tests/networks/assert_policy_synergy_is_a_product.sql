-- T-11.
select
    c.adcode,
    c.year,
    c.zts,
    c.gjs,
    c.rps
from {{ ref('fct_city_covariates') }} as c
where c.rps is distinct from c.zts * c.gjs
