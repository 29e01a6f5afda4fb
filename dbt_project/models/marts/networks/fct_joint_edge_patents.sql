select
    p.year,
    p.city_a,
    p.city_b,
    p.basis,
    p.application_id,
    p.n_cities,
    p.pair_weight,
    p.whole_weight,
    p.fractional_weight,
    p.confidence,
    p.patent_year
from {{ ref('int_city_pairs') }} as p
