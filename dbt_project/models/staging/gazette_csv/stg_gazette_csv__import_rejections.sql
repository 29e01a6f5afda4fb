with source as (

    select * from {{ source('raw', 'import_rejections') }}

)

select
    s.source_table,
    s.source_file,
    s.source_row,
    coalesce(s.field, 'row') as field,
    s.value,
    s.reason,
    s.rule,
    s.raw_pointer
from source as s
