-- Every approval, of prefectures, of districts of a municipality and of counties.
with pilots as (

    select * from {{ ref('innovative_city_pilots') }}

)

select
    p.prefecture_adcode as node_code,
    p.unit_level,
    cast(min(p.approval_year) as integer) as approval_year
from pilots as p
where p.prefecture_adcode is not null
group by 1, 2
