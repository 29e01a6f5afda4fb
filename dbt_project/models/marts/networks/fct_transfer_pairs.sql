select
    p.level,
    p.assignment_id,
    p.application_id,
    p.from_node,
    p.to_node,
    p.universe_from,
    p.is_loop,
    p.year,
    p.transfer_type as type,
    p.is_granted_at_event,
    p.confidence,
    a.green_profile,
    a.is_green
from {{ ref('int_transfer_pairs') }} as p
inner join {{ ref('int_network_applications') }} as a
    on p.application_id = a.application_id
