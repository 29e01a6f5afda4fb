with publications as (

    select v.*
    from {{ ref('int_publications_validated') }} as v

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
    cast(coalesce(len({{ split_names('p.applicants_text') }}), 0) as integer) as n_applicants,
    p.applicants_truncated,
    p.source_table,
    p.source_file,
    p.source_row,
    p.raw_pointer
from publications as p
order by p.publication_no
