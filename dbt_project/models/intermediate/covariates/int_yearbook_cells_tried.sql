-- Cells with the verdict of the court; a refused one counts as missing only when the settings enforce it.
with refused as (

    select
        f.level,
        f.place_code,
        f.year,
        f.variable,
        min(f.check_name) as check_name
    from {{ ref('int_court_findings') }} as f
    where f.verdict = 'refused'
    group by f.level, f.place_code, f.year, f.variable

)

select
    c.level,
    c.place_code,
    c.year,
    c.variable,
    c.value,
    c.origin,
    r.check_name as refused_by,
    r.check_name is not null and s.court = 'enforce' as is_refused,
    c.row_id,
    c.source_table,
    c.source_file,
    c.source_row,
    c.raw_pointer
from {{ ref('int_yearbook_cells') }} as c
cross join {{ ref('stg_method__settings') }} as s
left join refused as r
    on c.level = r.level and c.place_code = r.place_code and c.year = r.year and c.variable = r.variable
