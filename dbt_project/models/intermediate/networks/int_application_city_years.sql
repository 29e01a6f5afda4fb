-- The same cities under both bases of time (Q-01, Q-02).
with dated as (

    select
        c.*,
        'application' as basis,
        case s.application_year_basis when 'filing' then c.filing_year else c.publication_year end as year
    from {{ ref('int_application_cities') }} as c
    cross join {{ ref('stg_method__settings') }} as s
    union all
    select
        c.*,
        'grant' as basis,
        case s.grant_year_basis when 'announcement' then c.grant_year else c.filing_year end as year
    from {{ ref('int_application_cities') }} as c
    cross join {{ ref('stg_method__settings') }} as s
    where c.grant_year is not null

)

select
    d.application_id,
    d.node_code,
    d.basis,
    d.year,
    d.n_applicants,
    d.n_applicants_in_city,
    d.has_first_applicant,
    d.confidence
from dated as d
where d.year is not null
