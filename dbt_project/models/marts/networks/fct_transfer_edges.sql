select
    p.year,
    p.from_city,
    p.to_city,
    p.transfer_type as type,
    cast(count(distinct p.application_id) as decimal(18, 6)) as n,
    cast(min(p.confidence) as decimal(4, 2)) as confidence
from {{ ref('int_transfer_city_pairs') }} as p
where not p.is_within_city
group by p.year, p.from_city, p.to_city, p.transfer_type
