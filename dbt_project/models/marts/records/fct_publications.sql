-- A view: the texts stay where they landed, and publishing copies the table once.
{{ config(materialized='view') }}

with lists as (

    select
        t.text as applicants_text,
        l.n_applicants
    from {{ ref('int_applicant_lists') }} as l
    inner join {{ ref('int_publication_texts') }} as t on l.applicants_key = t.text_key
    where l.applicant_seq = 1

)

select
    p.publication_id,
    p.application_id,
    p.row_id,
    p.publication_no,
    p.kind_code,
    p.kind_rule,
    p.patent_kind,
    p.publication_step,
    p.is_reissue,
    p.publication_date,
    cast(year(p.publication_date) as integer) as publication_year,
    p.application_no,
    p.application_no_rule,
    p.application_id_rule,
    p.application_id_confidence,
    p.filing_date,
    p.title,
    cast(coalesce(l.n_applicants, 0) as integer) as n_applicants,
    p.applicants_truncated,
    p.source_table,
    p.landing_month,
    p.source_file,
    p.source_row,
    p.raw_pointer
from {{ ref('int_publications_validated') }} as p
left join lists as l on p.applicants_text = l.applicants_text
