-- Every yearbook value that may enter the panel, one row each; an imported cell stands before the crawled one.
with crawled_lines as (

{{ crawled_cells('city', 'stg_citystat__city_years', 'citystat_city_years', 'adcode', city_yearbook_columns()) }}
    union all
{{ crawled_cells(
    'province', 'stg_citystat__province_years', 'citystat_province_years', 'province_code', province_yearbook_columns()
) }}

),

imported as (

    select
        k.level,
        k.region_code as place_code,
        k.year,
        k.variable,
        k.value_number as value,
        k.row_id,
        k.source_file,
        k.source_row,
        k.raw_pointer
    from {{ ref('int_yearbook_cells_judged') }} as k
    where k.problem is null

)

select
    i.level,
    i.place_code,
    i.year,
    i.variable,
    i.value,
    'imported' as origin,
    i.row_id,
    'imported_yearbook_values' as source_table,
    i.source_file,
    i.source_row,
    i.raw_pointer
from imported as i
union all
select
    c.level,
    c.place_code,
    c.year,
    c.cell.variable as variable,
    c.cell.value as value,
    c.origin,
    c.row_id,
    c.source_table,
    c.source_file,
    c.source_row,
    c.raw_pointer
from crawled_lines as c
left join imported as i
    on c.level = i.level and c.place_code = i.place_code and c.year = i.year and c.cell.variable = i.variable
where c.cell.value is not null and i.row_id is null
