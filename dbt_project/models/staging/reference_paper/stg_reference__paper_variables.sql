with variables as (

    select * from {{ ref('paper_variables') }}

),

spatial_rows as (

    select * from {{ ref('paper_table5_rows') }}

)

select
    cast(v.position as integer) as position,
    v.symbol,
    v.physical_column,
    v.block,
    v.label_zh,
    v.label_en,
    v.unit,
    nullif(v.defects, '') as defects,
    nullif(v.note, '') as note,
    cast(v.table3_position as integer) as table3_position,
    cast(v.table3_step as integer) as table3_step,
    nullif(v.table3_symbol, '') as table3_symbol,
    nullif(v.table3_column, '') as table3_column,
    cast(r.position as integer) as table5_position
from variables as v
left join spatial_rows as r
    on v.table3_symbol = r.symbol
