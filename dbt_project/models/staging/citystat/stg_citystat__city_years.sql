{% set measures = [
    'gdp', 'population', 'tertiary_share', 'deposits', 'loans', 'fdi', 'internet_users',
    'ict_employees', 'telecom_output', 'mobile_phones', 'so2_removal', 'cod_removal',
    'solid_waste_use', 'sewage_treatment', 'household_waste_treatment'
] %}
with source as (

    select * from {{ source('raw', 'citystat_city_years') }}

)

select
    md5(
        'citystat_city_years|' || coalesce(s.adcode, '') || '|' || coalesce(s.year, '')
    ) as row_id,
    nullif(trim(s.adcode), '') as adcode,
    try_cast(trim(s.year) as integer) as year,
    s.year as year_raw,
    nullif(trim(s.city_name), '') as city_name,
    {{ networks_number('s.gdp') }} as gdp_10k_yuan,
    {{ networks_number('s.population') }} as population_10k,
    {{ networks_number('s.tertiary_share') }} as tertiary_share_percent,
    {{ networks_number('s.deposits') }} as deposits_10k_yuan,
    {{ networks_number('s.loans') }} as loans_10k_yuan,
    {{ networks_number('s.fdi') }} as fdi_10k_usd,
    {{ networks_number('s.internet_users') }} as internet_users,
    {{ networks_number('s.ict_employees') }} as ict_employees,
    {{ networks_number('s.telecom_output') }} as telecom_output,
    {{ networks_number('s.mobile_phones') }} as mobile_phones,
    {{ networks_number('s.so2_removal') }} as so2_removal,
    {{ networks_number('s.cod_removal') }} as cod_removal,
    {{ networks_number('s.solid_waste_use') }} as solid_waste_use,
    {{ networks_number('s.sewage_treatment') }} as sewage_treatment,
    {{ networks_number('s.household_waste_treatment') }} as household_waste_treatment,
    {{ networks_unreadable_cells('s', measures) }} as unreadable_cells,
    -- A place and year listed twice counts by its first line.
    row_number() over (
        partition by trim(s.adcode), try_cast(trim(s.year) as integer)
        order by s.source_file, s.source_row
    ) as line_rank,
    s.source_file,
    s.source_row,
    s.raw_pointer
from source as s
