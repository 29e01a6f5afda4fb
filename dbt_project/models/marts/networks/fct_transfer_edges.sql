select
    p.year,
    p.from_city,
    p.to_city,
    p.type,
    cast(count(distinct p.application_id) as decimal(18, 6)) as n,
    cast(min(p.confidence) as decimal(4, 2)) as confidence,
    cast(sum(p.share) as decimal(18, 9)) as n_shares
from {{ ref('fct_transfer_edge_events') }} as p
group by p.year, p.from_city, p.to_city, p.type
