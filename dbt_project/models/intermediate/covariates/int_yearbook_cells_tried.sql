-- Cells with the verdict of the court; a refused one counts as missing only when the settings enforce it.
select
    c.level,
    c.place_code,
    c.year,
    c.variable,
    c.value,
    c.origin,
    false as is_refused
from {{ ref('int_yearbook_cells') }} as c
