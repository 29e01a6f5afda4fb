-- The registry of nodes: prefecture-level units in force, and the marked province-administered ones as long as the
-- method settings keep them (Q-11, Q-12).
with province_names as (

    select
        p.province_code,
        any_value(p.province_zh) as province_zh,
        any_value(p.province_en) as province_en,
        any_value(p.region) as region,
        any_value(p.four_region) as four_region
    from {{ ref('stg_reference__prefectures') }} as p
    group by p.province_code

),

nodes as (

    select
        p.adcode as node_code,
        p.name_zh as city_name,
        p.short_name_zh as short_name,
        p.name_en,
        p.province_code,
        p.province_zh as province_name,
        p.province_en as province_name_en,
        p.region,
        p.four_region,
        p.level as unit_kind,
        p.city_rank,
        p.latitude,
        p.longitude,
        'prefecture' as node_kind,
        true as in_universe_341,
        p.in_sample_278,
        p.in_base_285
    from {{ ref('stg_reference__prefectures') }} as p
    where p.is_current

    union all

    select
        u.adcode as node_code,
        u.name_zh as city_name,
        {{ county_stem('u.name_zh') }} as short_name,
        cast(null as varchar) as name_en,
        u.province_code,
        u.province_zh as province_name,
        p.province_en as province_name_en,
        p.region,
        p.four_region,
        'county_level_city' as unit_kind,
        'other' as city_rank,
        u.latitude,
        u.longitude,
        'province_administered' as node_kind,
        true as in_universe_341,
        false as in_sample_278,
        false as in_base_285
    from {{ ref('stg_reference__province_administered_units') }} as u
    left join province_names as p on u.province_code = p.province_code
    where u.in_universe_341

)

select n.*
from nodes as n
cross join {{ ref('stg_method__settings') }} as m
where n.node_kind = 'prefecture' or m.node_universe = '341'
