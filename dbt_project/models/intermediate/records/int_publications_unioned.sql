-- A view: the text of all sources is read once more where it is needed, and never copied here.
{{ config(materialized='view') }}

with formats as (

    select
        f.source_format,
        cast(f.source_rank as integer) as source_rank,
        f.other_addresses
    from {{ ref('import_formats') }} as f

),

crawled as (

    select
        'sipo_patents' as source_table,
        'gazette_pages' as source_format,
        'publication' as part,
        cast(null as varchar) as publication_authority,
        p.source_type,
        p.publication_no,
        p.publication_date_text,
        p.application_no,
        p.filing_date_text,
        p.title,
        p.applicants_text,
        p.inventors_text,
        p.address_text,
        p.ipc_text,
        p.source_file,
        p.source_row,
        p.raw_pointer,
        p.landing_month
    from {{ ref('stg_sipo__patents') }} as p

),

saved as (

    select
        'gazette_csv' as source_table,
        'gazette_csv' as source_format,
        'publication' as part,
        cast(null as varchar) as publication_authority,
        p.source_type,
        p.publication_no,
        p.publication_date_text,
        p.application_no,
        p.filing_date_text,
        p.title,
        p.applicants_text,
        p.inventors_text,
        p.address_text,
        p.ipc_text,
        p.source_file,
        p.source_row,
        p.raw_pointer,
        p.landing_month
    from {{ ref('stg_gazette_csv__publications') }} as p

),

-- A row of an export may name two publications, that of the application and that of the grant.
named as (

    select
        p.*,
        p.grant_no is not null
        and {{ clean_number('p.grant_no') }} is distinct from {{ clean_number('p.publication_no') }} as has_own_grant
    from {{ ref('stg_imports__publications') }} as p

),

exported as (

    select
        'imported_publications' as source_table,
        n.source_format,
        'publication' as part,
        n.publication_authority,
        -- the label of a row that names both speaks of the grant
        if(n.has_own_grant and n.source_type = 'pig', 'pip', n.source_type) as source_type,
        n.publication_no,
        coalesce(n.publication_date_text, if(n.has_own_grant, null, n.grant_date_text)) as publication_date_text,
        n.application_no,
        n.filing_date_text,
        n.title,
        n.applicants_text,
        n.inventors_text,
        n.address_text,
        n.ipc_text,
        n.source_file,
        n.source_row,
        n.raw_pointer,
        n.landing_month
    from named as n
    where n.publication_no is not null or not n.has_own_grant
    union all
    select
        'imported_publications' as source_table,
        n.source_format,
        'grant' as part,
        n.publication_authority,
        if(n.source_type = 'pip', 'pig', n.source_type) as source_type,
        n.grant_no as publication_no,
        n.grant_date_text as publication_date_text,
        n.application_no,
        n.filing_date_text,
        n.title,
        n.applicants_text,
        n.inventors_text,
        n.address_text,
        n.ipc_text,
        n.source_file,
        n.source_row,
        n.raw_pointer,
        n.landing_month
    from named as n
    where n.has_own_grant

),

all_rows as (

    select * from crawled
    union all
    select * from saved
    union all
    select * from exported

)

select
    md5(
        'row|' || r.source_table || '|' || coalesce(r.publication_no, '') || '|'
        || coalesce(r.application_no, '') || '|' || coalesce(r.publication_date_text, '')
    ) as row_id,
    -- where the row lies: file and line alone may meet again in another month or another file of that name
    md5(
        'landed|' || r.source_table || '|' || cast(r.landing_month as varchar) || '|' || r.source_file || '|'
        || cast(r.source_row as varchar) || '|' || coalesce(r.raw_pointer, '')
        || if(r.part = 'grant', '|grant', '')
    ) as landed_id,
    r.source_table,
    r.source_format,
    r.part,
    f.source_rank,
    r.publication_authority,
    r.source_type,
    r.publication_no,
    r.publication_date_text,
    r.application_no,
    r.filing_date_text,
    r.title,
    r.applicants_text,
    r.inventors_text,
    r.address_text,
    r.ipc_text,
    r.source_file,
    r.source_row,
    r.raw_pointer,
    r.landing_month
from all_rows as r
left join formats as f on r.source_format = f.source_format
