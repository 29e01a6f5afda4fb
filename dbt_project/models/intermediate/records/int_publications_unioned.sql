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
        p.landing_month,
        p.landing_row
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
        p.landing_month,
        p.landing_row
    from {{ ref('stg_gazette_csv__publications') }} as p

),

-- A row of an export may name two publications, that of the application and that of the grant. Nothing here
-- is named twice: the engine would keep it whole, with all columns, for whoever reads any of them.
named as (

    select
        p.*,
        p.grant_no is not null
        and {{ clean_number('p.grant_no') }} is distinct from {{ clean_number('p.publication_no') }} as has_own_grant
    from {{ ref('stg_imports__publications') }} as p

),

parts as (

    select *
    from (values ('publication'), ('grant')) as v (part)

),

exported as (

    select
        'imported_publications' as source_table,
        n.source_format,
        v.part,
        n.publication_authority,
        -- the label of a row that names both speaks of the grant
        case
            when v.part = 'grant' then if(n.source_type = 'pip', 'pig', n.source_type)
            when n.has_own_grant and n.source_type = 'pig' then 'pip'
            else n.source_type
        end as source_type,
        if(v.part = 'grant', n.grant_no, n.publication_no) as publication_no,
        case
            when v.part = 'grant' then n.grant_date_text
            when n.has_own_grant then n.publication_date_text
            else coalesce(n.publication_date_text, n.grant_date_text)
        end as publication_date_text,
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
        n.landing_month,
        n.landing_row
    from named as n
    cross join parts as v
    where case
        when v.part = 'grant' then n.has_own_grant
        else n.publication_no is not null or not n.has_own_grant
    end

),

all_rows as (

    select 1 as table_no, c.* from crawled as c
    union all
    select 2 as table_no, s.* from saved as s
    union all
    select 3 as table_no, e.* from exported as e

)

select
    {{ landed_key('r') }} as landed_key,
    {{ row_id('r') }} as row_id,
    -- where the row lies: file and line alone may meet again in another month or another file of that name
    {{ landed_id('r') }} as landed_id,
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
