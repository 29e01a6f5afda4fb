-- A district pilot of a municipality counts for the municipality, a county pilot for nobody.
with pilots as (

    select * from {{ ref('innovative_city_pilots') }}

)

select
    p.prefecture_adcode as node_code,
    cast(min(p.approval_year) as integer) as first_year
from pilots as p
where p.unit_level in ('prefecture', 'district_of_municipality')
    and p.prefecture_adcode is not null
group by 1
