-- Setting deflation: prices of the first year need an imported price_index for the years behind it.
select s.deflation
from {{ ref('stg_method__settings') }} as s
where s.deflation = 'price_index'
    and not exists (select 1 from {{ ref('int_city_covariates') }} as c where c.deflator is not null)
