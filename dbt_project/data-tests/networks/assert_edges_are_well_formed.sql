-- city_a < city_b, no self pair, no empty cell, confidence in range.
select
    e.year, e.city_a as one_city, e.city_b as other_city, e.n, e.confidence
from {{ ref('fct_joint_edges') }} as e
where e.city_a >= e.city_b or e.n <= 0 or e.confidence not between 0 and 1
union all
select
    t.year, t.from_city as one_city, t.to_city as other_city, t.n, t.confidence
from {{ ref('fct_transfer_edges') }} as t
where t.from_city = t.to_city or t.n < 1 or t.confidence not between 0 and 1
