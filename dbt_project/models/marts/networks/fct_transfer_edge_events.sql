-- What stands behind an edge of the window of the settings (Q-29).
select
    w.year,
    p.from_city,
    p.to_city,
    p.transfer_type as type,
    p.assignment_id,
    p.application_id,
    p.is_granted_at_event,
    p.confidence,
    p.year as event_year,
    p.share
from {{ ref('int_transfer_city_pairs') }} as p
inner join {{ ref('int_network_windows') }} as w
    on p.year = w.source_year
inner join {{ ref('stg_method__settings') }} as s
    on w.network_window = s.network_window
where not p.is_within_city
