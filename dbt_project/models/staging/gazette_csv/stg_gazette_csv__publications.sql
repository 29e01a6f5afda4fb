with source as (

    select * from {{ source('raw', 'gazette_csv') }}

)

select
    ---------- keys, as written
    s.source_type,
    s.publication_no,
    s.publication_date as publication_date_text,
    s.application_no,
    s.application_date as filing_date_text,
    ---------- text, as written
    nullif(trim(s.title), '') as title,
    nullif(trim(s.applicants), '') as applicants_text,
    nullif(trim(s.inventors), '') as inventors_text,
    nullif(trim(s.address), '') as address_text,
    nullif(trim(s.ipc), '') as ipc_text,
    ---------- where it came from
    s.source_file,
    s.source_row,
    s.raw_pointer,
    s.landing_month,
    s.landing_row
from source as s
