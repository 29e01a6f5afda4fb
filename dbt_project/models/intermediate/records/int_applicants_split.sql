-- Applicants of every application, from its list and the names in it. A view: lists repeat, and what follows mostly asks
-- for distinct names or for few applications.
{{ config(materialized='view') }}

select
    a.application_key,
    a.application_id,
    l.applicant_seq,
    l.n_applicants,
    l.applicant_name_raw,
    l.applicant_name,
    if(l.applicant_seq = 1, t.text, o.address_text) as address_text,
    a.filing_year,
    a.basis_year,
    a.applicants_truncated,
    md5('publication|' || a.applicants_publication_no) as publication_id,
    a.applicants_publication_no as publication_no,
    a.applicants_publication_date as publication_date
from {{ ref('int_applications_folded') }} as a
inner join {{ ref('int_applicant_lists') }} as l on a.applicants_key = l.applicants_key
left join {{ ref('int_publication_texts') }} as t on a.address_key = t.text_key
left join {{ ref('int_applicant_addresses_imported') }} as o
    on a.application_key = o.application_key and l.applicant_name = o.applicant_name
