-- The registry of nodes: prefecture-level units in force and the marked province-administered ones (Q-11, Q-12). The
-- universes of 278, 337 and 341 nodes lie one in the other, so that the smallest one says all.
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

select
    n.*,
    cast(case
        when n.in_sample_278 then 278
        when n.node_kind = 'prefecture' then 337
        else 341
    end as integer) as universe_from
from nodes as n
