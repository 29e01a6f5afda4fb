-- A view: the text of all sources is read once more where it is needed, and never copied here.
{{ config(materialized='view') }}

with crawled as (

    select
        'sipo_patents' as source_table,
        1 as source_rank,  -- the office's own pages win over a copy of them
        p.*
    from {{ ref('stg_sipo__patents') }} as p

),

imported as (

    select
        'gazette_csv' as source_table,
        2 as source_rank,
        p.*
    from {{ ref('stg_gazette_csv__publications') }} as p

),

all_rows as (

    select * from crawled
    union all
    select * from imported

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
    ) as landed_id,
    r.source_table,
    r.source_rank,
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
