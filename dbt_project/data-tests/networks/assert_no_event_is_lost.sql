-- Every landed event is in fct_assignments or dropped as a repetition, never both, never neither.
with landed as (

    select e.source_file, e.source_row, e.raw_pointer
    from {{ ref('stg_sipo__assignments') }} as e

),

kept as (

    select a.source_file, a.source_row, a.raw_pointer
    from {{ ref('fct_assignments') }} as a
    union all
    select r.source_file, r.source_row, r.raw_pointer
    from {{ ref('int_events_rejected') }} as r
    where r.is_row_dropped and r.source_table = 'sipo_assignments'

),

counted as (

    select 'landed' as side, l.source_file, l.source_row, l.raw_pointer from landed as l
    union all
    select 'kept' as side, k.source_file, k.source_row, k.raw_pointer from kept as k

)

select
    c.source_file,
    c.source_row,
    c.raw_pointer
from counted as c
group by c.source_file, c.source_row, c.raw_pointer
having count(*) filter (where c.side = 'landed') <> 1
    or count(*) filter (where c.side = 'kept') <> 1
