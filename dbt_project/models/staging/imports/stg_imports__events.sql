with source as (

    select * from {{ source('raw', 'imported_events') }}

)

select
    ---------- ids
    md5(
        'imported_events|' || coalesce(s.application_no, '') || '|' || coalesce(s.publication_no, '') || '|'
        || coalesce(s.event_date, '') || '|' || coalesce(s.event_type, '') || '|' || coalesce(s.event_code, '')
    ) as row_id,
    s.source_format,
    nullif(trim(s.application_no), '') as application_no_raw,
    nullif(trim(s.publication_no), '') as publication_no_raw,
    ---------- event
    nullif(trim(s.event_type), '') as event_type,
    nullif(upper(trim(s.event_code)), '') as event_code,
    {{ event_class('s.event_type', 's.parsed_type', 's.parties_before', 's.parties_after') }} as event_class,
    coalesce(nullif(trim(s.parsed_type), ''), 'other') as parsed_type,
    nullif(trim(s.parsed_item), '') as item,
    coalesce(s.event_text, '') as event_text,
    nullif(trim(s.parsed_reference_no), '') as reference_no,
    ---------- dates
    s.event_date as event_date_raw,
    {{ written_date("trim(" ~ nfkc('s.event_date') ~ ")") }} as gazette_date,
    nullif(trim(s.parsed_effective_date), '') as effective_date_raw,
    {{ written_date('s.parsed_effective_date') }} as effective_date,
    ---------- parties
    s.parties_before,
    s.parties_after,
    s.parse_problems,
    ---------- pointers
    s.source_file,
    s.source_row,
    s.raw_pointer,
    s.landing_month
from source as s
