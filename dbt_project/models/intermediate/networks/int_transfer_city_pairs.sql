-- From which city to which city an event on a green invention moved the right: the moves of the ledger, summed by
-- city. A chain of one day counts as a whole; what was repaired is no event.
select
    m.assignment_id,
    m.application_id,
    m.year,
    m.transfer_type,
    m.from_city,
    m.to_city,
    m.from_city = m.to_city as is_within_city,
    bool_or(m.is_granted_at_event) as is_granted_at_event,
    cast(max(m.confidence) as decimal(4, 2)) as confidence,
    cast(sum(m.share) as decimal(18, 9)) as share
from {{ ref('int_holder_moves') }} as m
inner join {{ ref('int_network_applications') }} as a
    on m.application_id = a.application_id
cross join {{ ref('stg_method__settings') }} as s
where a.is_green
    and m.from_city is not null
    and m.to_city is not null
    and m.confidence >= s.min_city_confidence
    and m.universe_from <= cast(s.node_universe as integer)
    and (s.individuals_in_network or not m.has_person)
group by
    m.assignment_id, m.application_id, m.year, m.transfer_type, m.from_city, m.to_city
