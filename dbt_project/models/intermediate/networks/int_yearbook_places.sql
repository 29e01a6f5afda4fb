-- Codes that a yearbook line or cell may bear, and whether the node universe holds them.
with cities as (

    select p.adcode as place_code from {{ ref('stg_reference__prefectures') }} as p
    union
    select u.adcode as place_code from {{ ref('stg_reference__province_administered_units') }} as u

),

provinces as (

    select distinct n.province_code as place_code from {{ ref('int_universe_nodes') }} as n

)

select
    'city' as level,
    c.place_code,
    n.node_code is not null as is_in_universe
from cities as c
left join {{ ref('int_universe_nodes') }} as n
    on c.place_code = n.node_code
union all
select
    'province' as level,
    p.place_code,
    true as is_in_universe
from provinces as p
