{{ config(materialized='table') }}

-- depends_on: {{ ref('prefectures') }}
with source as (

    select * from {{ reference_table('GREENTIES_CITY_TABLE', ref('prefectures')) }}

)

select
    ---------- ids
    s.adcode,
    s.province_code,
    nullif(s.successor_adcode, '') as successor_adcode,
    ---------- names
    s.name_zh,
    s.short_name_zh,
    s.name_en,
    s.pinyin,
    s.province_zh,
    s.province_en,
    ---------- kinds
    s.region,
    s.four_region,
    s.level,
    s.city_rank,
    ---------- place, WGS84 degrees
    cast(s.latitude as double) as latitude,
    cast(s.longitude as double) as longitude,
    ---------- years, both in force on 31 December
    try_cast(s.valid_from_year as integer) as valid_from_year,
    try_cast(s.valid_to_year as integer) as valid_to_year,
    ---------- marks
    s.is_current_2024 = '1' as is_current,
    s.in_base_285 = '1' as in_base_285,
    s.in_sample_278 = '1' as in_sample_278,
    nullif(s.sample_status, '') as sample_status
from source as s
