-- In the synthetic country the documents of a province and year name as many issuing bodies as its yearbook prints
-- (zts, within 0.05: docs/truth.md). Years of which a month is not landed say nothing.
with whole_years as (

    select cast(year(m.landing_month) as integer) as year
    from {{ ref('fct_landed_months') }} as m
    where m.table_name = 'policy_documents' and m.is_synthetic
    group by year(m.landing_month)
    having count(*) = 12

)

select
    d.province_code,
    d.year,
    d.n_documents,
    d.mean_issuers,
    y.policy_actors
from {{ ref('int_policy_years') }} as d
inner join whole_years as w
    on d.year = w.year
inner join {{ ref('int_province_yearbooks') }} as y
    on d.province_code = y.province_code and d.year = y.year
where y.n_imported_cells = 0 and abs(d.mean_issuers - y.policy_actors) > 0.0501
