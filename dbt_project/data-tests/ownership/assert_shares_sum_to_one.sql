{{ config(store_failures=true) }}

-- At every date the shares of a patent add up to exactly one, and none is nothing or less.
select
    o.application_id,
    o.step,
    sum(o.numerator) as numerators,
    min(o.numerator) as smallest,
    max(o.denominator) as denominator
from {{ ref('fct_patent_owners') }} as o
group by o.application_id, o.step
having sum(o.numerator) <> max(o.denominator)
    or min(o.denominator) <> max(o.denominator)
    or min(o.numerator) <= 0
