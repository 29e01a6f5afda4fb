-- Imported cells that are not used, and crawled ones that an import replaced; same columns as int_rows_rejected.
with cells as (

    select * from {{ ref('int_yearbook_cells_judged') }}

),

dropped_cells as (

    select
        c.row_id, 'imported_yearbook_values' as source_table, c.source_file, c.source_row,
        case
            when c.problem in ('year_unreadable', 'outside_the_panel_years') then 'year'
            when c.problem in ('place_code_missing', 'unknown_place_code', 'outside_the_node_universe') then 'adcode'
            else c.variable
        end as field,
        case
            when c.problem in ('year_unreadable', 'outside_the_panel_years') then c.year_raw
            when c.problem = 'place_code_missing' then c.region_name
            when c.problem in ('unknown_place_code', 'outside_the_node_universe') then c.region_code
            else c.value_raw
        end as value,
        c.problem as reason,
        'yearbook_cell_is_dropped' as rule,
        c.raw_pointer, true as is_row_dropped, c.kept_raw_pointer
    from cells as c
    where c.problem is not null

),

replaced_city_cells as (
{{ replaced_cells('stg_citystat__city_years', 'citystat_city_years', 'city', 'adcode', city_yearbook_columns()) }}
),

replaced_province_cells as (
{{ replaced_cells(
    'stg_citystat__province_years', 'citystat_province_years', 'province', 'province_code',
    province_yearbook_columns()
) }}
),

-- What the court refuses is missing in the panel when the settings enforce its verdicts; the row stays landed.
court_cells as (

    select
        t.row_id, t.source_table, t.source_file, t.source_row,
        t.variable as field, cast(t.value as varchar) as value,
        'refused_by_court' as reason, t.refused_by as rule,
        t.raw_pointer, false as is_row_dropped, cast(null as varchar) as kept_raw_pointer
    from {{ ref('int_yearbook_cells_tried') }} as t
    where t.is_refused

),

everything as (

    select * from dropped_cells
    union all
    select * from court_cells
    union all
    select * from replaced_city_cells
    union all
    select * from replaced_province_cells

)

select
    e.row_id,
    e.source_table,
    e.source_file,
    e.source_row,
    e.field,
    e.value,
    e.reason,
    e.rule,
    e.raw_pointer,
    e.is_row_dropped,
    e.kept_raw_pointer,
    'warehouse' as stage
from everything as e
