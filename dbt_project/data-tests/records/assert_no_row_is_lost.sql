-- Every landed row is an accepted publication or a dropped row with a reason, never both, never neither.
with landed as (

    select
        u.source_table,
        u.source_file,
        u.source_row,
        u.raw_pointer
    from {{ ref('int_publications_unioned') }} as u

),

accepted as (

    select
        p.source_table,
        p.source_file,
        p.source_row,
        p.raw_pointer
    from {{ ref('fct_publications') }} as p

),

dropped as (

    select
        p.source_table,
        p.source_file,
        p.source_row,
        p.raw_pointer
    from (
        select distinct
            r.source_table,
            r.source_file,
            r.source_row,
            r.raw_pointer,
            -- a row of an export may have named a publication and a grant
            r.field like 'grant%' as is_grant
        from {{ ref('rejections') }} as r
        where
            r.is_row_dropped
            and r.stage = 'warehouse'
            and r.source_table in ('sipo_patents', 'gazette_csv', 'imported_publications')
    ) as p

),

counted as (

    select
        'landed' as side,
        l.*
    from landed as l
    union all
    select
        'kept' as side,
        a.*
    from accepted as a
    union all
    select
        'kept' as side,
        d.*
    from dropped as d

)

select
    c.source_table,
    c.source_file,
    c.source_row,
    c.raw_pointer,
    count(*) filter (where c.side = 'landed') as n_landed,
    count(*) filter (where c.side = 'kept') as n_kept
from counted as c
group by c.source_table, c.source_file, c.source_row, c.raw_pointer
having count(*) filter (where c.side = 'landed') <> count(*) filter (where c.side = 'kept')
