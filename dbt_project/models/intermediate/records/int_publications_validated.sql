-- Accepted publications with every text of theirs. A view over the landed files: who needs neither title nor inventors
-- nor the place where a record lies reads int_publications_kept, which does not open them.
{{ config(materialized='view') }}

select
    ---------- ids
    k.publication_key,
    k.application_key,
    k.publication_id,
    k.application_id,
    k.application_id_rule,
    k.application_id_confidence,
    u.row_id,
    u.landed_id,
    k.landed_key,
    ---------- numbers
    k.publication_no,
    k.publication_digits,
    k.kind_code,
    k.kind_rule,
    k.patent_kind,
    k.publication_step,
    k.is_reissue,
    k.publication_date,
    k.application_no,
    k.application_no_rule,
    k.folding_application_no,
    k.filing_date,
    ---------- text
    u.title,
    u.applicants_text,
    u.inventors_text,
    u.address_text,
    u.ipc_text,
    k.applicants_truncated,
    ---------- where it came from
    k.source_table,
    u.source_type,
    u.landing_month,
    u.source_file,
    u.source_row,
    u.raw_pointer
from {{ ref('int_publications_kept') }} as k
inner join {{ ref('int_publications_unioned') }} as u on k.landed_key = u.landed_key
