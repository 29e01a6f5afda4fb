with source as (

    select * from {{ source('raw', 'imported_yearbook_values') }}

)

select
    ---------- ids
    md5(
        'imported_yearbook_values|' || s.level || '|' || coalesce(s.region_code, '') || '|' || coalesce(s.year, '')
        || '|' || s.variable
    ) as row_id,
    s.level,
    nullif(trim(s.region_code), '') as region_code,
    nullif(trim(s.region_name), '') as region_name,
    try_cast(regexp_extract(trim({{ nfkc('s.year') }}), '^([0-9]{4})年?$', 1) as integer) as year,
    s.year as year_raw,
    ---------- the cell
    s.variable,
    s.value as value_raw,
    s.unit,
    s.value_in_table_unit,
    {{ networks_number('s.value_in_table_unit') }} as value_number,
    s.column_name,
    ---------- pointers
    s.source_file,
    s.source_row,
    s.raw_pointer,
    s.landing_month
from source as s
