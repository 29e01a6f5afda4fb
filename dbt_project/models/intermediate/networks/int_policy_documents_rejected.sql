-- Policy documents that do not count, and fields that could not be read; same columns as int_rows_rejected.
with documents as (

    select * from {{ ref('int_policy_documents') }}

),

dropped_documents as (

    select
        d.row_id, d.source_table, d.source_file, d.source_row,
        case d.problem
            when 'unknown_province' then 'province_name'
            when 'no_date' then 'published_date'
            else 'document_id'
        end as field,
        case d.problem
            when 'unknown_province' then d.province_name
            when 'no_date' then d.published_date_raw
            else d.document_id
        end as value,
        d.problem as reason,
        'policy_document_is_dropped' as rule,
        d.raw_pointer, true as is_row_dropped, d.kept_raw_pointer
    from documents as d
    where d.problem is not null

),

refused_fields as (

    select
        d.row_id, d.source_table, d.source_file, d.source_row,
        'issued_date' as field, d.issued_date_raw as value,
        'date_unreadable' as reason, 'publication_date_is_used' as rule,
        d.raw_pointer, false as is_row_dropped, cast(null as varchar) as kept_raw_pointer
    from documents as d
    where d.problem is null and d.issued_date_raw is not null and d.issued_date is null
    union all
    select
        d.row_id, d.source_table, d.source_file, d.source_row,
        'issuers' as field, cast(null as varchar) as value,
        'missing' as reason, 'counts_as_no_issuer' as rule,
        d.raw_pointer, false as is_row_dropped, cast(null as varchar) as kept_raw_pointer
    from documents as d
    where d.problem is null and coalesce(len(d.issuers), 0) = 0

),

everything as (

    select * from dropped_documents
    union all
    select * from refused_fields

)

select
    e.row_id,
    e.source_table,
    e.source_file,
    e.source_row,
    e.field,
    e.value,
    e.reason,
    e.rule,
    e.raw_pointer,
    e.is_row_dropped,
    e.kept_raw_pointer,
    'warehouse' as stage
from everything as e
