select
    f.level,
    f.place_code,
    f.year,
    f.variable,
    f.check_name,
    f.value,
    f.verdict,
    f.proposed_value,
    f.repair,
    c.origin,
    c.is_refused,
    c.source_file,
    c.source_row,
    c.raw_pointer
from {{ ref('int_court_findings') }} as f
inner join {{ ref('int_yearbook_cells_tried') }} as c
    on f.level = c.level and f.place_code = c.place_code and f.year = c.year and f.variable = c.variable
order by f.level, f.variable, f.check_name, f.year, f.place_code
