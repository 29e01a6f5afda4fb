{% set measures = [
    'gdp', 'tech_market_turnover', 'policy_actors', 'policy_tools', 'ip_disputes',
    'patents_granted'
] %}
with source as (

    select * from {{ source('raw', 'citystat_province_years') }}

)

select
    md5(
        'citystat_province_years|' || coalesce(s.province_code, '') || '|' || coalesce(s.year, '')
    ) as row_id,
    nullif(trim(s.province_code), '') as province_code,
    try_cast(trim(s.year) as integer) as year,
    s.year as year_raw,
    nullif(trim(s.province_name), '') as province_name,
    {{ networks_number('s.gdp') }} as gdp_10k_yuan,
    {{ networks_number('s.tech_market_turnover') }} as tech_market_turnover_10k_yuan,
    {{ networks_number('s.policy_actors') }} as policy_actors,
    {{ networks_number('s.policy_tools') }} as policy_tools,
    {{ networks_number('s.ip_disputes') }} as ip_disputes,
    {{ networks_number('s.patents_granted') }} as patents_granted,
    {{ networks_unreadable_cells('s', measures) }} as unreadable_cells,
    -- A place and year listed twice counts by its first line.
    row_number() over (
        partition by trim(s.province_code), try_cast(trim(s.year) as integer)
        order by s.source_file, s.source_row
    ) as line_rank,
    s.source_file,
    s.source_row,
    s.raw_pointer
from source as s
