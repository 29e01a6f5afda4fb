{{ config(tags=['panel']) }}

select
    f.index_name,
    f.indicator,
    cast(f.year as integer) as year,
    f.adcode,
    f.value,
    f.unclipped_value,
    f.rule,
    f.is_clipped
from {{ source('analysis', 'filled_cells') }} as f
order by f.index_name, f.indicator, f.year, f.adcode
