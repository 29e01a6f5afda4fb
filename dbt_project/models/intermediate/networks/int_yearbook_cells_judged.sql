-- Imported yearbook cells, and why one is not used. A cell that several rows tell counts by the first of them.
with variables as (

    {%- for variable, column in city_yearbook_columns() + imported_yearbook_columns('city') %}
    select 'city {{ variable }}' as level_and_variable
    union all
    {%- endfor %}
    {%- for variable, column in province_yearbook_columns() + imported_yearbook_columns('province') %}
    select 'province {{ variable }}' as level_and_variable
    {{ 'union all' if not loop.last }}
    {%- endfor %}

),

judged as (

    select
        c.row_id, c.level, c.region_code, c.region_name, c.year, c.year_raw, c.variable, c.value_raw,
        c.value_in_table_unit, c.value_number, c.source_file, c.source_row, c.raw_pointer,
        case
            when c.year is null then 'year_unreadable'
            when c.region_code is null then 'place_code_missing'
            when p.place_code is null then 'unknown_place_code'
            when not p.is_in_universe then 'outside_the_node_universe'
            when c.year not between s.first_year and s.last_year then 'outside_the_panel_years'
            when v.level_and_variable is null then 'unknown_variable'
            when nullif(trim(c.value_in_table_unit), '') is null then 'value_missing'
            when c.value_number is null then 'number_unreadable'
        end as problem
    from {{ ref('stg_imports__yearbook_values') }} as c
    cross join {{ ref('stg_method__settings') }} as s
    left join {{ ref('int_yearbook_places') }} as p
        on c.level = p.level and c.region_code = p.place_code
    left join variables as v
        on c.level || ' ' || c.variable = v.level_and_variable

),

ranked as (

    select
        j.*,
        row_number() over (
            partition by j.level, j.region_code, j.year, j.variable, j.problem is null
            order by j.source_file, j.source_row, j.raw_pointer
        ) as cell_rank,
        first_value(j.raw_pointer) over (
            partition by j.level, j.region_code, j.year, j.variable, j.problem is null
            order by j.source_file, j.source_row, j.raw_pointer
        ) as first_raw_pointer
    from judged as j

)

select
    r.row_id,
    r.level,
    r.region_code,
    r.region_name,
    r.year,
    r.year_raw,
    r.variable,
    r.value_raw,
    r.value_in_table_unit,
    r.value_number,
    coalesce(r.problem, case when r.cell_rank > 1 then 'cell_listed_twice' end) as problem,
    case when r.problem is null and r.cell_rank > 1 then r.first_raw_pointer end as kept_raw_pointer,
    r.source_file,
    r.source_row,
    r.raw_pointer
from ranked as r
