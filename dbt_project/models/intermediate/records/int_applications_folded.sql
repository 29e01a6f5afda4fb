-- A and B (C, U, Y, S, D) of one application become one row.
with publications as (

    select
        v.*,
        -- the latest publication is the corrected one; ties by the id
        row_number() over (
            partition by v.application_id
            order by v.publication_date desc, v.publication_step desc, v.publication_id asc
        ) as latest_first
    from {{ ref('int_publications_validated') }} as v

),

folded as (

    select
        p.application_id,
        min(p.folding_application_no) as application_no,
        min(p.application_id_confidence) as application_id_confidence,
        count(*) as n_publications,
        min(p.patent_kind) as patent_kind,
        min(p.publication_date) as first_publication_date,
        min(if(p.publication_step = 'application' and not p.is_reissue, p.publication_date, null))
            as application_publication_date,
        min(p.filing_date) as earliest_filing_date,
        max(p.filing_date) as latest_filing_date,
        min(if(p.publication_step = 'grant' and not p.is_reissue, p.publication_date, null)) as grant_date,
        bool_or(p.publication_step = 'grant') as is_granted,
        arg_min(p.application_id_rule, p.latest_first)
            filter (where p.application_id_rule = 'application_no') as intact_rule,
        arg_min(p.application_id_rule, p.latest_first) as latest_rule,
        arg_min(p.filing_date, p.latest_first) filter (where p.filing_date is not null) as filing_date,
        arg_min(p.title, p.latest_first) filter (where p.title is not null) as title
    from publications as p
    group by p.application_id

)

select
    f.application_id,
    f.application_no,
    coalesce(f.intact_rule, f.latest_rule) as application_id_rule,
    f.application_id_confidence,
    f.patent_kind,
    f.filing_date,
    cast(year(f.filing_date) as integer) as filing_year,
    f.first_publication_date,
    f.application_publication_date,
    f.earliest_filing_date,
    f.latest_filing_date,
    f.grant_date,
    cast(year(f.grant_date) as integer) as grant_year,
    f.is_granted,
    f.title,
    cast(f.n_publications as integer) as n_publications
from folded as f
