with dropped_numbers as (

    select
        p.row_id,
        p.source_table,
        p.source_file,
        p.source_row,
        if(p.part = 'grant', 'grant_no', 'publication_no') as field,
        p.publication_no_written as value,
        p.publication_no_reason as reason,
        'publication_number_form' as rule,
        p.raw_pointer,
        true as is_row_dropped
    from {{ ref('int_publications_parsed') }} as p
    where p.publication_no_reason is not null

),

dropped_dates as (

    select
        p.row_id,
        p.source_table,
        p.source_file,
        p.source_row,
        if(p.part = 'grant', 'grant_date', 'publication_date') as field,
        p.publication_date_text as value,
        p.publication_date_reason as reason,
        'date_form' as rule,
        p.raw_pointer,
        true as is_row_dropped
    from {{ ref('int_publications_parsed') }} as p
    where p.publication_date_reason is not null

),

dropped_repeats as (

    select
        p.row_id,
        p.source_table,
        p.source_file,
        p.source_row,
        if(p.part = 'grant', 'grant_no', 'publication_no') as field,
        p.publication_no_written as value,
        'repeated_publication' as reason,
        'one_row_per_publication_number' as rule,
        p.raw_pointer,
        true as is_row_dropped,
        d.kept_raw_pointer
    from {{ ref('int_publications_repeated') }} as d
    inner join {{ ref('int_publications_parsed') }} as p
        on d.landed_id = p.landed_id

),

kept_publications as (

    select
        v.row_id,
        p.part,
        v.publication_step,
        v.source_table,
        v.source_file,
        v.source_row,
        v.raw_pointer,
        v.patent_kind,
        v.applicants_text,
        v.applicants_truncated,
        v.ipc_text,
        p.source_type,
        p.source_type_reason,
        p.application_no_written,
        p.application_no_reason,
        p.filing_date_text,
        p.filing_date_reason
    from {{ ref('int_publications_validated') }} as v
    inner join {{ ref('int_publications_parsed') }} as p
        on v.landed_id = p.landed_id

),

-- A row of an export that gave two publications is judged once.
kept_rows as (

    select distinct
        k.source_table,
        k.source_file,
        k.source_row,
        k.raw_pointer
    from kept_publications as k
    where k.part = 'publication' and k.source_table = 'imported_publications'

),

kept as (

    select k.*
    from kept_publications as k
    where k.part = 'publication'
    union all
    select k.*
    from kept_publications as k
    anti join kept_rows as r
        on k.source_table = r.source_table
        and k.source_file = r.source_file
        and k.source_row = r.source_row
        and k.raw_pointer = r.raw_pointer
    where k.part = 'grant'

),

refused_grant_dates as (

    select
        k.row_id,
        k.source_table,
        k.source_file,
        k.source_row,
        'grant_date' as field,
        i.grant_date_text as value,
        'grant_without_number' as reason,
        'grant_needs_its_publication' as rule,
        k.raw_pointer,
        false as is_row_dropped
    from kept as k
    inner join {{ ref('stg_imports__publications') }} as i
        on k.source_file = i.source_file
        and k.source_row = i.source_row
        and k.raw_pointer = i.raw_pointer
    where
        k.source_table = 'imported_publications'
        and k.publication_step = 'application'
        and i.grant_date_text is not null
        and i.grant_no is null

),

refused_application_numbers as (

    select
        k.row_id,
        k.source_table,
        k.source_file,
        k.source_row,
        'application_no' as field,
        k.application_no_written as value,
        k.application_no_reason as reason,
        if(k.application_no_reason = 'wrong_check_digit', 'application_check_digit', 'application_number_form') as rule,
        k.raw_pointer,
        false as is_row_dropped
    from kept as k
    where k.application_no_reason is not null

),

refused_filing_dates as (

    select
        k.row_id,
        k.source_table,
        k.source_file,
        k.source_row,
        'filing_date' as field,
        k.filing_date_text as value,
        k.filing_date_reason as reason,
        'date_form' as rule,
        k.raw_pointer,
        false as is_row_dropped
    from kept as k
    where k.filing_date_reason is not null

),

refused_lists as (

    select
        k.row_id,
        k.source_table,
        k.source_file,
        k.source_row,
        'source_type' as field,
        k.source_type as value,
        k.source_type_reason as reason,
        'kind_code_wins' as rule,
        k.raw_pointer,
        false as is_row_dropped
    from kept as k
    where k.source_type_reason is not null

),

refused_applicants as (

    select
        k.row_id,
        k.source_table,
        k.source_file,
        k.source_row,
        'applicants' as field,
        k.applicants_text as value,
        if(k.applicants_text is null, 'missing', 'list_cut_off') as reason,
        'bare_separator_at_the_end' as rule,
        k.raw_pointer,
        false as is_row_dropped
    from kept as k
    where k.applicants_text is null or k.applicants_truncated

),

refused_ipc as (

    select
        k.row_id,
        k.source_table,
        k.source_file,
        k.source_row,
        'ipc' as field,
        i.token as value,
        if(k.ipc_text is null, 'missing', i.flag) as reason,
        'ipc_symbol_form' as rule,
        k.raw_pointer,
        false as is_row_dropped
    from kept as k
    left join {{ ref('int_ipc_texts_parsed') }} as i on k.ipc_text = i.ipc_text
    where
        k.patent_kind <> 'design'
        and (k.ipc_text is null or i.symbol is null and i.ipc_text is not null)

),

imported_rows as (

    select distinct 'gazette_csv' as source_table, g.raw_pointer
    from {{ ref('stg_gazette_csv__publications') }} as g
    union all
    select distinct 'imported_publications' as source_table, p.raw_pointer
    from {{ ref('stg_imports__publications') }} as p
    union all
    select distinct 'imported_events' as source_table, e.raw_pointer
    from {{ ref('stg_imports__events') }} as e
    union all
    select distinct 'imported_yearbook_values' as source_table, y.raw_pointer
    from {{ ref('stg_imports__yearbook_values') }} as y
    union all
    select distinct d.source_table, d.raw_pointer
    from {{ ref('stg_policy__documents') }} as d

),

-- A line whose other fields were landed was refused in part only.
refused_on_import as (

    select
        md5('import|' || i.source_table || '|' || i.source_file || '|' || cast(i.source_row as varchar)) as row_id,
        i.source_table,
        i.source_file,
        i.source_row,
        i.field,
        i.value,
        i.reason,
        i.rule,
        i.raw_pointer,
        l.raw_pointer is null as is_row_dropped
    from {{ ref('stg_gazette_csv__import_rejections') }} as i
    left join imported_rows as l
        on i.source_table = l.source_table and i.raw_pointer = l.raw_pointer

),

all_rejections as (

    select d.*, cast(null as varchar) as kept_raw_pointer, 'warehouse' as stage from dropped_numbers as d
    union all
    select d.*, cast(null as varchar) as kept_raw_pointer, 'warehouse' as stage from dropped_dates as d
    union all
    select d.*, 'warehouse' as stage from dropped_repeats as d
    union all
    select r.*, cast(null as varchar) as kept_raw_pointer, 'warehouse' as stage from refused_application_numbers as r
    union all
    select r.*, cast(null as varchar) as kept_raw_pointer, 'warehouse' as stage from refused_filing_dates as r
    union all
    select r.*, cast(null as varchar) as kept_raw_pointer, 'warehouse' as stage from refused_lists as r
    union all
    select r.*, cast(null as varchar) as kept_raw_pointer, 'warehouse' as stage from refused_applicants as r
    union all
    select r.*, cast(null as varchar) as kept_raw_pointer, 'warehouse' as stage from refused_ipc as r
    union all
    select r.*, cast(null as varchar) as kept_raw_pointer, 'warehouse' as stage from refused_grant_dates as r
    union all
    select r.*, cast(null as varchar) as kept_raw_pointer, 'import' as stage from refused_on_import as r

)

select
    a.row_id,
    a.source_table,
    a.source_file,
    a.source_row,
    a.field,
    a.value,
    a.reason,
    a.rule,
    a.raw_pointer,
    a.is_row_dropped,
    a.kept_raw_pointer,
    a.stage
from all_rejections as a
