-- Patents of the years that somebody states counts of, by the city of the first applicant; nothing when nobody does.
with years as (

    select distinct s.year
    from {{ ref('int_yearbook_counts_supplied') }} as s

),

dated as (

    select a.application_key, a.patent_kind, 'application' as step, a.filing_year as year
    from {{ ref('int_applications_folded') }} as a
    inner join years as y
        on a.filing_year = y.year
    union all
    select a.application_key, a.patent_kind, 'grant' as step, a.grant_year as year
    from {{ ref('int_applications_folded') }} as a
    inner join years as y
        on a.grant_year = y.year

),

first_applicants as (

    select l.application_key, l.node_code, l.country_or_area
    from {{ ref('int_applicants_located') }} as l
    where l.applicant_seq = 1

)

select
    d.step,
    d.year,
    d.patent_kind,
    l.node_code,
    -- a first applicant of the mainland whose city is unknown is missing somewhere
    l.node_code is null and coalesce(l.country_or_area, 'CN') = 'CN' as is_unlocated,
    count(*) as n
from dated as d
left join first_applicants as l
    on d.application_key = l.application_key
group by d.step, d.year, d.patent_kind, l.node_code, l.node_code is null and coalesce(l.country_or_area, 'CN') = 'CN'
