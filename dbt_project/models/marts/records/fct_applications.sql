with applicants as (

    select
        s.application_id,
        max(s.n_applicants) as n_applicants,
        bool_or(s.applicants_truncated) as applicants_truncated,
        any_value(s.publication_id) as applicants_publication_id
    from {{ ref('int_applicants_split') }} as s
    group by s.application_id

)

select
    a.application_id,
    a.application_no,
    a.application_id_rule,
    a.application_id_confidence,
    a.patent_kind,
    a.filing_date,
    a.filing_year,
    a.first_publication_date,
    a.grant_date,
    a.grant_year,
    a.is_granted,
    a.title,
    a.n_publications,
    coalesce(s.n_applicants, 0) as n_applicants,
    coalesce(s.n_applicants, 0) > 1 as is_joint,
    coalesce(s.applicants_truncated, false) as applicants_truncated,
    s.applicants_publication_id,
    g.is_green,
    g.n_topics,
    g.green_topics,
    g.green_symbol,
    g.green_entry,
    g.green_edition,
    g.green_rule,
    g.green_confidence,
    m.settings_hash
from {{ ref('int_applications_folded') }} as a
left join applicants as s on a.application_id = s.application_id
left join {{ ref('int_applications_green') }} as g on a.application_id = g.application_id
cross join {{ ref('stg_method__settings') }} as m
order by a.first_publication_date, a.application_id
