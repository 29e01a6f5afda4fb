{{ config(materialized='table') }}

with source as (

    select * from {{ ref('divisions') }}

)

select
    s.adcode,
    s.name_zh,
    s.kind,
    s.province_code,
    nullif(s.parent_adcode, '') as parent_adcode,
    nullif(s.parent_name_zh, '') as parent_name_zh,
    s.parent_kind,
    cast(s.valid_from_year as integer) as valid_from_year,
    try_cast(s.valid_to_year as integer) as valid_to_year,
    s.is_current_2024 = '1' as is_current,
    nullif(s.current_prefecture_adcodes, '') as current_prefecture_adcodes
from source as s
