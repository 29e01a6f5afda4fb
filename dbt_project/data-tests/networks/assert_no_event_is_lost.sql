-- Every landed event is in fct_legal_events or dropped as a repetition, never both, never neither. One row of a file may
-- tell several events.
with landed as (

    select e.source_table, e.source_file, e.source_row, e.raw_pointer
    from {{ ref('int_events_unioned') }} as e

),

kept as (

    select a.source_table, a.source_file, a.source_row, a.raw_pointer
    from {{ ref('fct_legal_events') }} as a
    union all
    select e.source_table, e.source_file, e.source_row, e.raw_pointer
    from {{ ref('int_assignments_identified') }} as e
    where e.repetition is not null

),

counted as (

    select 'landed' as side, l.source_table, l.source_file, l.source_row, l.raw_pointer from landed as l
    union all
    select 'kept' as side, k.source_table, k.source_file, k.source_row, k.raw_pointer from kept as k

)

select
    c.source_table,
    c.source_file,
    c.source_row,
    c.raw_pointer
from counted as c
group by c.source_table, c.source_file, c.source_row, c.raw_pointer
having count(*) filter (where c.side = 'landed') <> count(*) filter (where c.side = 'kept')
