-- Units that count: whole prefectures, province-administered units named themselves, and whole
-- provinces. A pilot that is only a part of a prefecture does not treat the prefecture.
with pilots as (

    select * from {{ ref('low_carbon_pilots') }}

)

select
    coalesce(p.prefecture_adcode, p.unit_adcode) as unit_code,
    case when p.coverage = 'whole_province' then 'province' else 'node' end as unit_level,
    cast(min(p.common_did_start_year) as integer) as first_year
from pilots as p
where p.coverage in (
        'whole_city', 'expanded_from_province', 'province_administered', 'whole_province'
    )
group by 1, 2
