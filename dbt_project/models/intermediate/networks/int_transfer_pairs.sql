-- Moves between applicants, cities and provinces; those inside a city or province included. A row for each universe in
-- which the pair is reached, because another holder may reach it in a smaller one with less confidence.
with moves as (

    select m.*
    from {{ ref('int_holder_moves') }} as m
    cross join {{ ref('stg_method__settings') }} as s
    where s.individuals_in_network or not m.has_person

),

levels as (

    select
        'applicant' as level, m.assignment_id, m.application_id, m.year, m.transfer_type, m.is_granted_at_event,
        m.from_applicant as from_node, m.to_applicant as to_node, 278 as universe_from,
        cast(1 as decimal(4, 2)) as confidence
    from moves as m
    union all
    select
        'city' as level, m.assignment_id, m.application_id, m.year, m.transfer_type, m.is_granted_at_event,
        m.from_city as from_node, m.to_city as to_node, m.universe_from, m.confidence
    from moves as m
    where m.from_city is not null and m.to_city is not null
    union all
    select
        'province' as level, m.assignment_id, m.application_id, m.year, m.transfer_type, m.is_granted_at_event,
        m.from_province as from_node, m.to_province as to_node, m.universe_from, m.confidence
    from moves as m
    where m.from_city is not null and m.to_city is not null

)

select
    l.level,
    l.assignment_id,
    l.application_id,
    l.year,
    l.transfer_type,
    bool_or(l.is_granted_at_event) as is_granted_at_event,
    l.from_node,
    l.to_node,
    l.from_node = l.to_node as is_loop,
    cast(l.universe_from as integer) as universe_from,
    cast(max(l.confidence) as decimal(4, 2)) as confidence
from levels as l
group by
    l.level, l.assignment_id, l.application_id, l.year, l.transfer_type, l.from_node, l.to_node, l.universe_from
