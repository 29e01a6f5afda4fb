with source as (

    select * from {{ source('raw', 'imported_publications') }}

)

select
    ---------- keys, as written
    s.source_format,
    nullif(upper(trim(s.publication_authority)), '') as publication_authority,
    {{ list_of_label('s.kind_label') }} as source_type,
    nullif(trim(s.publication_no), '') as publication_no,
    nullif(trim(s.publication_date), '') as publication_date_text,
    nullif(trim(s.grant_no), '') as grant_no,
    nullif(trim(s.grant_date), '') as grant_date_text,
    nullif(trim(s.application_no), '') as application_no,
    nullif(trim(s.application_date), '') as filing_date_text,
    ---------- text, as written; lists in the form of the gazette
    nullif(trim(s.title), '') as title,
    {{ gazette_list('s.applicants') }} as applicants_text,
    {{ gazette_list('s.inventors') }} as inventors_text,
    -- the gazette glues the postcode to the address; without any address the region is all that is known
    case
        when nullif(trim(s.applicant_addresses[1]), '') is null
            then nullif(trim(split_part(s.region, ';', 1)), '')
        when
            regexp_matches(trim(s.postcode), '^[0-9]{6};?$')
            and not regexp_matches(trim(s.applicant_addresses[1]), '^[0-9]{6}')
            then left(trim(s.postcode), 6) || trim(s.applicant_addresses[1])
        else trim(s.applicant_addresses[1])
    end as address_text,
    s.applicants,
    s.applicant_addresses,
    coalesce({{ gazette_list('s.ipc') }}, {{ gazette_list('s.locarno') }}) as ipc_text,
    s.cpc,
    ---------- where it came from
    s.source_file,
    s.source_row,
    s.raw_pointer,
    s.landing_month,
    s.landing_row
from source as s
