-- Numbers of every landed row in words again. A view: what is dear to write is cheap to compute where somebody asks.
{{ config(materialized='view') }}

select
    ---------- the row
    r.landed_key,
    case {{ landed_slice('r.landed_key') }} // 100000
        when 1 then 'sipo_patents'
        when 2 then 'gazette_csv'
        else 'imported_publications'
    end as source_table,
    if(r.landed_key % 2 = 1, 'grant', 'publication') as part,
    cast(r.source_rank as integer) as source_rank,
    ---------- as read; null where a reason stands
    r.publication_key,
    'CN' || {{ publication_key_digits('r.publication_key') }} || {{ publication_key_kind('r.publication_key') }}
        as publication_no,
    {{ publication_key_digits('r.publication_key') }} as publication_digits,
    {{ publication_key_kind('r.publication_key') }} as kind_code,
    case r.kind_rule_no
        when 0 then 'as_printed'
        when 1 then 'list_and_date'
        else 'first_digit_and_date'
    end as kind_rule,
    {{ publication_patent_kind(publication_key_letter('r.publication_key')) }} as patent_kind,
    r.publication_date,
    {{ application_number_text('r.application_number') }} as application_no,
    case
        when r.has_check_digit then 'check_digit_verified'
        when not r.has_check_digit then 'check_digit_computed'
    end as application_no_rule,
    r.application_number,
    r.filing_date,
    r.filing_date_read,
    ---------- texts
    r.applicants_key,
    r.address_key,
    r.ipc_key,
    r.has_title,
    r.applicants_length,
    r.applicants_truncated,
    ---------- why not
    r.publication_no_reason,
    r.publication_date_reason,
    r.application_no_reason,
    r.filing_date_reason,
    r.source_type_reason
from {{ ref('int_publications_read') }} as r
