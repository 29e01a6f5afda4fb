-- A view: the title stays where it landed, and publishing copies the table once.
{{ config(materialized='view') }}

with lists as (

    select
        l.applicants_key,
        l.n_applicants
    from {{ ref('int_applicant_lists') }} as l
    where l.applicant_seq = 1

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
    t.title,
    a.n_publications,
    coalesce(s.n_applicants, 0) as n_applicants,
    coalesce(s.n_applicants, 0) > 1 as is_joint,
    s.n_applicants is not null and coalesce(a.applicants_truncated, false) as applicants_truncated,
    if(s.n_applicants is null, null, md5('publication|' || a.applicants_publication_no)) as applicants_publication_id,
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
left join {{ ref('int_publications_unioned') }} as t on a.title_landed_key = t.landed_key
left join lists as s on a.applicants_key = s.applicants_key
left join {{ ref('int_applications_green') }} as g on a.application_key = g.application_key
cross join {{ ref('stg_method__settings') }} as m
