-- From which city to which city an event on a green invention moved the right: the moves of the ledger, summed by
-- city. A chain of one day counts as a whole; what was repaired is no event.
with events as (

    select
        t.assignment_id,
        t.application_id,
        cast(t.year as integer) as year,
        t.transfer_type,
        t.is_granted_at_event,
        t.confidence as type_confidence
    from {{ ref('int_assignments_typed') }} as t
    inner join {{ ref('int_applications_folded') }} as a
        on t.application_id = a.application_id
    inner join {{ ref('int_applications_green') }} as g
        on t.application_id = g.application_id
    where g.is_green and a.patent_kind = 'invention' and t.year is not null

),

located as (

    select
        l.assignment_id,
        l.side,
        l.owner_key,
        l.node_code,
        l.confidence
    from {{ ref('int_owners_located') }} as l
    inner join {{ ref('int_universe_nodes') }} as n
        on l.node_code = n.node_code
    cross join {{ ref('stg_method__settings') }} as m
    where l.confidence >= m.min_city_confidence
        and (m.individuals_in_network or not l.is_person)

)

select
    e.assignment_id,
    e.application_id,
    e.year,
    e.transfer_type,
    f.node_code as from_city,
    t.node_code as to_city,
    f.node_code = t.node_code as is_within_city,
    bool_or(e.is_granted_at_event) as is_granted_at_event,
    cast(max(least(f.confidence, t.confidence)) as decimal(4, 2)) as confidence,
    cast(sum(m.share) as decimal(18, 9)) as share
from events as e
inner join {{ ref('int_ownership_moves') }} as m
    on e.assignment_id = m.assignment_id and m.move_kind in ('event', 'same_owner', 'chain')
inner join located as f
    on m.assignment_id = f.assignment_id and f.side = 'before' and m.from_key = f.owner_key
inner join located as t
    on m.assignment_id = t.assignment_id and t.side = 'after' and m.to_key = t.owner_key
group by
    e.assignment_id, e.application_id, e.year, e.transfer_type, f.node_code, t.node_code
