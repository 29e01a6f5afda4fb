-- The value is judged once per distinct field and value; only what can hold no name stands in clear.
with rejected as (

    select
        r.row_id,
        r.source_table,
        r.source_file,
        r.source_row,
        r.field,
        r.value,
        r.reason,
        r.rule,
        r.raw_pointer,
        r.is_row_dropped,
        r.kept_raw_pointer,
        r.stage
    from {{ ref('int_rows_rejected') }} as r
    union all
    select
        r.row_id,
        r.source_table,
        r.source_file,
        r.source_row,
        r.field,
        r.value,
        r.reason,
        r.rule,
        r.raw_pointer,
        r.is_row_dropped,
        r.kept_raw_pointer,
        r.stage
    from {{ ref('int_events_rejected') }} as r
    union all
    select
        r.row_id,
        r.source_table,
        r.source_file,
        r.source_row,
        r.field,
        r.value,
        r.reason,
        r.rule,
        r.raw_pointer,
        r.is_row_dropped,
        r.kept_raw_pointer,
        r.stage
    from {{ ref('int_yearbook_cells_rejected') }} as r
    union all
    select
        r.row_id,
        r.source_table,
        r.source_file,
        r.source_row,
        r.field,
        r.value,
        r.reason,
        r.rule,
        r.raw_pointer,
        r.is_row_dropped,
        r.kept_raw_pointer,
        r.stage
    from {{ ref('int_policy_documents_rejected') }} as r

),

distinct_values as (

    select distinct
        r.field,
        r.value
    from rejected as r
    where r.value is not null

),

publishable as (

    select
        d.field,
        d.value,
        {{ publishable_value('d.field', 'd.value') }} as published_value
    from distinct_values as d

)

select
    md5(
        'rejection|' || r.source_table || '|' || r.source_file || '|' || cast(r.source_row as varchar) || '|'
        || coalesce(r.raw_pointer, '') || '|' || r.field || '|' || r.reason || '|'
        || coalesce(p.published_value, '')
    ) as rejection_id,
    r.row_id,
    r.source_table,
    r.source_file,
    r.source_row,
    r.field,
    p.published_value as value,
    r.reason,
    r.rule,
    r.raw_pointer,
    r.is_row_dropped,
    r.kept_raw_pointer,
    r.stage
from rejected as r
left join publishable as p on r.field = p.field and r.value = p.value
order by r.source_table, r.source_file, r.source_row, r.field, r.reason, p.published_value
