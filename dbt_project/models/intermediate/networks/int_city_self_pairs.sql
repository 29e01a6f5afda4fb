-- Joint patents inside one city (Q-08): kept apart, no edges.
select
    c.application_id,
    c.basis,
    cast(c.year as integer) as year,
    c.node_code as city,
    c.n_applicants_in_city,
    c.confidence
from {{ ref('int_application_city_years') }} as c
where c.n_applicants_in_city > 1
