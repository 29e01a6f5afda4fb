with cities as (

    select
        c.*,
        count(*) over (partition by c.application_id, c.basis) as n_cities
    from {{ ref('int_application_city_years') }} as c

)

select
    a.application_id,
    a.basis,
    cast(a.year as integer) as year,
    a.node_code as city_a,
    b.node_code as city_b,
    cast(a.n_cities as integer) as n_cities,
    cast(1 as decimal(18, 6)) as pair_weight,
    cast(1 as decimal(18, 6)) as whole_weight,
    -- 12 places, so that the three thirds of a patent add up to 1 once rounded to six.
    cast(2.0 / (a.n_cities * (a.n_cities - 1)) as decimal(18, 12)) as fractional_weight,
    cast(least(a.confidence, b.confidence) as decimal(4, 2)) as confidence
from cities as a
inner join cities as b
    on a.application_id = b.application_id
    and a.basis = b.basis
    and a.node_code < b.node_code
