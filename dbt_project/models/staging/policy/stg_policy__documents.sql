with source as (

    select * from {{ source('raw', 'policy_documents') }}

)

select
    ---------- ids
    md5('policy_documents|' || s.document_id) as row_id,
    s.document_id,
    ---------- document
    nullif(trim(s.province_name), '') as province_name,
    nullif(trim(s.title), '') as title,
    nullif(trim(s.document_no), '') as document_no,
    list_filter(list_transform(s.issuers, lambda part: trim(part)), lambda part: part <> '') as issuers,
    nullif(trim(s.text), '') as document_text,
    ---------- dates
    nullif(trim(s.issued_date), '') as issued_date_raw,
    {{ written_date("trim(" ~ nfkc('s.issued_date') ~ ")") }} as issued_date,
    s.published_date as published_date_raw,
    {{ written_date("trim(" ~ nfkc('s.published_date') ~ ")") }} as published_date,
    ---------- pointers
    s.source_file,
    s.source_row,
    s.raw_pointer,
    s.landing_month
from source as s
