with source as (

    select
        'policy_documents' as source_table,
        p.document_id as published_id,
        p.*
    from {{ source('raw', 'policy_documents') }} as p
    union all
    -- Files number their documents each for itself: the file's digest makes the id one of its own.
    select
        'imported_policy_documents' as source_table,
        i.document_id || '@' || substr(i.raw_pointer, 8, 8) as published_id,
        i.*
    from {{ source('raw', 'imported_policy_documents') }} as i

)

select
    ---------- ids
    md5(s.source_table || '|' || s.published_id) as row_id,
    s.published_id as document_id,
    s.source_table,
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
