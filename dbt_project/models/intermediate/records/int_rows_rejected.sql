-- What was refused, and why: whole rows first, then fields of accepted publications. Reasons are found in the narrow tables;
-- only rows that have one are looked up where they landed.
with dropped as (

    select
        p.landed_key,
        if(p.part = 'grant', 'grant_no', 'publication_no') as field,
        p.publication_no_reason as reason,
        'publication_number_form' as rule,
        true as is_row_dropped,
        cast(null as varchar) as token,
        cast(null as varchar) as kept_raw_pointer
    from {{ ref('int_publications_parsed') }} as p
    where p.publication_no_reason is not null
    union all
    select
        p.landed_key,
        if(p.part = 'grant', 'grant_date', 'publication_date') as field,
        p.publication_date_reason as reason,
        'date_form' as rule,
        true as is_row_dropped,
        cast(null as varchar) as token,
        cast(null as varchar) as kept_raw_pointer
    from {{ ref('int_publications_parsed') }} as p
    where p.publication_date_reason is not null
    union all
    select
        d.landed_key,
        if(d.landed_key % 2 = 1, 'grant_no', 'publication_no') as field,
        'repeated_publication' as reason,
        'one_row_per_publication_number' as rule,
        true as is_row_dropped,
        cast(null as varchar) as token,
        d.kept_raw_pointer
    from {{ ref('int_publications_repeated') }} as d

),

unread_symbols as (

    select
        i.ipc_key,
        i.token,
        i.flag
    from {{ ref('int_ipc_texts_parsed') }} as i
    where i.symbol is null

),

unread_texts as (

    select distinct u.ipc_key
    from unread_symbols as u

),

-- Only what can have something refused goes on: hardly any row does.
kept_publications as (

    select
        k.landed_key,
        k.part,
        k.publication_step,
        k.source_table,
        k.source_type_reason,
        k.application_no_reason,
        k.filing_date_reason,
        case
            when k.applicants_key is null then 'missing'
            when k.applicants_truncated then 'list_cut_off'
        end as applicants_reason,
        if(k.patent_kind_no <> 1, k.ipc_key, null) as ipc_key,
        k.patent_kind_no <> 1 and k.ipc_key is null as has_no_ipc
    from {{ ref('int_publications_kept') }} as k
    left join unread_texts as u on k.ipc_key = u.ipc_key
    where
        k.landed_key >= {{ first_imported_key() }}
        or k.source_type_reason is not null
        or k.application_no_reason is not null
        or k.filing_date_reason is not null
        or k.applicants_key is null
        or k.applicants_truncated
        or k.ipc_key is null
        or u.ipc_key is not null

),

imported_publications as (

    select k.landed_key
    from {{ ref('int_publications_kept') }} as k
    where k.landed_key >= {{ first_imported_key() }}

),

-- A row of an export that gave two publications is judged once: the grant's key follows the application's.
judged as (

    select k.*
    from kept_publications as k
    where k.part = 'publication'
    union all
    select k.*
    from kept_publications as k
    anti join imported_publications as r on k.landed_key = r.landed_key + 1
    where k.part = 'grant'

),

imports as (

    select
        {{ landed_key('i') }} as landed_key,
        i.grant_date_text,
        i.grant_no
    from (
        select
            3 as table_no,
            'publication' as part,
            p.landing_month,
            p.landing_row,
            p.grant_date_text,
            p.grant_no
        from {{ ref('stg_imports__publications') }} as p
    ) as i

),

refused as (

    select
        k.landed_key,
        'grant_date' as field,
        'grant_without_number' as reason,
        'grant_needs_its_publication' as rule,
        i.grant_date_text as token
    from judged as k
    inner join imports as i on k.landed_key = i.landed_key
    where
        k.source_table = 'imported_publications'
        and k.publication_step = 'application'
        and i.grant_date_text is not null
        and i.grant_no is null
    union all
    select
        k.landed_key,
        'application_no' as field,
        k.application_no_reason as reason,
        if(k.application_no_reason = 'wrong_check_digit', 'application_check_digit', 'application_number_form') as rule,
        cast(null as varchar) as token
    from judged as k
    where k.application_no_reason is not null
    union all
    select
        k.landed_key,
        'filing_date' as field,
        k.filing_date_reason as reason,
        'date_form' as rule,
        cast(null as varchar) as token
    from judged as k
    where k.filing_date_reason is not null
    union all
    select
        k.landed_key,
        'source_type' as field,
        k.source_type_reason as reason,
        'kind_code_wins' as rule,
        cast(null as varchar) as token
    from judged as k
    where k.source_type_reason is not null
    union all
    select
        k.landed_key,
        'applicants' as field,
        k.applicants_reason as reason,
        'bare_separator_at_the_end' as rule,
        cast(null as varchar) as token
    from judged as k
    where k.applicants_reason is not null
    union all
    select
        k.landed_key,
        'ipc' as field,
        'missing' as reason,
        'ipc_symbol_form' as rule,
        cast(null as varchar) as token
    from judged as k
    where k.has_no_ipc
    union all
    select
        k.landed_key,
        'ipc' as field,
        i.flag as reason,
        'ipc_symbol_form' as rule,
        i.token
    from judged as k
    inner join unread_symbols as i on k.ipc_key = i.ipc_key

),

found as (

    select d.* from dropped as d
    union all
    select
        r.landed_key,
        r.field,
        r.reason,
        r.rule,
        false as is_row_dropped,
        r.token,
        cast(null as varchar) as kept_raw_pointer
    from refused as r

),

-- Every finding is a row of what landed, and its value stands there as written.
found_in_warehouse as (

    select
        {{ row_id('u') }} as row_id,
        u.source_table,
        u.source_file,
        u.source_row,
        f.field,
        case
            when f.field in ('publication_no', 'grant_no') then u.publication_no
            when f.field in ('publication_date', 'grant_date') and f.token is null then u.publication_date_text
            when f.field = 'application_no' then u.application_no
            when f.field = 'filing_date' then u.filing_date_text
            when f.field = 'source_type' then u.source_type
            when f.field = 'applicants' then u.applicants_text
            else f.token
        end as value,
        f.reason,
        f.rule,
        u.raw_pointer,
        f.is_row_dropped,
        f.kept_raw_pointer
    from found as f
    inner join {{ ref('int_publications_unioned') }} as u on f.landed_key = u.landed_key

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

    select w.*, 'warehouse' as stage from found_in_warehouse as w
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
