-- Every listing that repeats another stands among the rejections.
with repeated as (

    select distinct e.source_table, e.source_file, e.source_row, e.raw_pointer
    from {{ ref('int_assignments_identified') }} as e
    where e.repetition is not null

),

rejected as (

    select distinct r.source_table, r.source_file, r.source_row, r.raw_pointer
    from {{ ref('rejections') }} as r
    where r.is_row_dropped and r.field = 'event'

)

select
    p.source_table,
    p.source_file,
    p.source_row,
    p.raw_pointer
from repeated as p
anti join rejected as r
    on p.source_table = r.source_table
    and p.source_file = r.source_file
    and p.source_row = r.source_row
    and p.raw_pointer is not distinct from r.raw_pointer
