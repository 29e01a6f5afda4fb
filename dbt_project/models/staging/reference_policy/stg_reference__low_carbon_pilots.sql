-- Every way in which a node became a low-carbon pilot; province-administered units stand for themselves.
with pilots as (

    select * from {{ ref('low_carbon_pilots') }}

)

select distinct
    coalesce(p.prefecture_adcode, p.unit_adcode) as node_code,
    cast(p.batch as integer) as batch,
    case
        when p.coverage in ('whole_city', 'province_administered') then 'city'
        when p.coverage = 'part_of_prefecture' then 'part'
        when p.coverage = 'whole_province' then 'province'
        else 'via_province'
    end as route,
    cast(p.announced_year as integer) as announced_year,
    cast(p.common_did_start_year as integer) as treated_year
from pilots as p
