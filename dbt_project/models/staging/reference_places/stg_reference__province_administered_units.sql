{{ config(materialized='table') }}

-- depends_on: {{ ref('province_administered_units') }}
with source as (

    select * from {{ reference_table('GREENTIES_UNITS_TABLE', ref('province_administered_units')) }}

)

select
    s.adcode,
    s.name_zh,
    s.province_code,
    s.province_zh,
    cast(s.latitude as double) as latitude,
    cast(s.longitude as double) as longitude,
    try_cast(s.valid_from_year as integer) as valid_from_year,
    try_cast(s.valid_to_year as integer) as valid_to_year,
    s.in_node_universe_341 = '1' as in_universe_341
from source as s
