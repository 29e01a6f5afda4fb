-- What the court hears: yearbook cells of the node universe and the years of the settings.
select
    c.level,
    c.place_code,
    c.year,
    c.variable,
    c.value
from {{ ref('int_yearbook_cells') }} as c
inner join {{ ref('int_yearbook_places') }} as p
    on c.level = p.level and c.place_code = p.place_code
cross join {{ ref('stg_method__settings') }} as s
where p.is_in_universe and c.year between s.first_year and s.last_year
