with documents as (

    select * from {{ ref('int_policy_documents') }} as d
    where d.problem is null

)

select
    d.document_id,
    d.row_id,
    d.province_code,
    d.province_name,
    d.year,
    d.year_basis,
    d.issued_date,
    d.published_date,
    d.document_no,
    d.title,
    array_to_string(d.issuers, '; ') as issuers,
    cast(coalesce(len(d.issuers), 0) as integer) as n_issuers,
    d.document_text,
    d.source_table,
    d.source_file,
    d.source_row,
    d.raw_pointer
from documents as d
order by d.province_code, d.year, d.document_id
