-- Counts of patents that an imported yearbook states, beside which ours can be laid (R-D10).
select
    c.level,
    c.place_code,
    c.year,
    case c.variable when 'patents_granted' then 'patent_grants' else c.variable end as measure,
    c.value as n_yearbook,
    c.source_file,
    c.source_row,
    c.raw_pointer
from {{ ref('int_yearbook_cells') }} as c
inner join {{ ref('int_yearbook_places') }} as p
    on c.level = p.level and c.place_code = p.place_code
where c.origin = 'imported'
    and p.is_in_universe
    and c.variable in ('patent_applications', 'patent_grants', 'patents_granted', 'invention_grants')
