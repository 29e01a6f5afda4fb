{{ config(tags=['panel'], meta={'dagster': {'ref': {'name': 'fct_city_years'}}}) }}

-- The panel holds the cities of the sample and nothing else, in every landed year, and a lag is the value of the year
-- before.
with expected as (

    select p.adcode, p.year, p.rsi, l.rsi as rsi_before, l.ln_gpatent as ln_gpatent_before, l.hsr as hsr_before
    from {{ ref('fct_node_years') }} as p
    left join {{ ref('fct_node_years') }} as l
        on p.adcode = l.adcode and p.year = l.year + 1
    where p.in_sample

)

select
    coalesce(e.adcode, p.adcode) as adcode,
    coalesce(e.year, p.year) as year
from expected as e
full join {{ ref('fct_city_years') }} as p
    on e.adcode = p.adcode and e.year = p.year
where e.adcode is null
    or p.adcode is null
    or e.rsi is distinct from p.rsi
    or e.rsi_before is distinct from p.rsi_lag1
    or e.ln_gpatent_before is distinct from p.ln_gpatent_lag1
    or e.hsr_before is distinct from p.hsr_lag1
