-- The same cities under both bases of time: filing year and grant announcement year.
select
    c.application_id, c.node_code, 'application' as basis, c.filing_year as year,
    c.n_applicants, c.n_applicants_in_city, c.has_first_applicant, c.confidence
from {{ ref('int_application_cities') }} as c
where c.filing_year is not null
union all
select
    c.application_id, c.node_code, 'grant' as basis, c.grant_year as year,
    c.n_applicants, c.n_applicants_in_city, c.has_first_applicant, c.confidence
from {{ ref('int_application_cities') }} as c
where c.grant_year is not null
