select
    p.year,
    p.from_city,
    p.to_city,
    p.transfer_type as type,
    p.assignment_id,
    p.application_id,
    p.is_granted_at_event,
    p.confidence
from {{ ref('int_transfer_city_pairs') }} as p
where not p.is_within_city
