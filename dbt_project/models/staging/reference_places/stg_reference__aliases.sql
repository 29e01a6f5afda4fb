{{ config(materialized='table') }}

-- depends_on: {{ ref('aliases') }}
with source as (

    select * from {{ reference_table('GREENTIES_ALIAS_TABLE', ref('aliases')) }}

)

select
    s.alias,
    s.alias_type,
    nullif(s.target_adcode, '') as target_adcode,
    nullif(s.target_level, '') as target_level,
    nullif(s.candidate_adcodes, '') as candidate_adcodes,
    try_cast(regexp_extract(s.valid_years, '^([0-9]{4})', 1) as integer) as valid_from_year,
    try_cast(regexp_extract(s.valid_years, '-([0-9]{4})$', 1) as integer) as valid_to_year
from source as s
