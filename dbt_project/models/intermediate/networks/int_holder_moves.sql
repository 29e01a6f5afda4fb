-- Between which holders an event on an invention moved the right (moves of the ledger; a chain of one day as a whole),
-- before any choice of level, confidence or universe.
with holders as (

    select
        l.assignment_id,
        l.side,
        l.owner_key,
        l.is_person,
        -- as in dim_applicants a person is one per name and place
        if(l.is_person, md5(l.owner_key || ':' || coalesce(l.node_code, '')), l.owner_key) as applicant_id,
        n.node_code,
        n.province_code,
        n.universe_from,
        l.confidence
    from {{ ref('int_owners_located') }} as l
    left join {{ ref('int_nodes') }} as n
        on l.node_code = n.node_code

)

select
    t.assignment_id,
    t.application_id,
    cast(t.year as integer) as year,
    t.transfer_type,
    t.is_granted_at_event,
    f.applicant_id as from_applicant,
    g.applicant_id as to_applicant,
    f.node_code as from_city,
    g.node_code as to_city,
    f.province_code as from_province,
    g.province_code as to_province,
    greatest(f.universe_from, g.universe_from) as universe_from,
    f.is_person or g.is_person as has_person,
    cast(least(f.confidence, g.confidence) as decimal(4, 2)) as confidence,
    m.share
from {{ ref('int_assignments_typed') }} as t
inner join {{ ref('int_network_applications') }} as a
    on t.application_id = a.application_id
inner join {{ ref('int_ownership_moves') }} as m
    on t.assignment_id = m.assignment_id and m.move_kind in ('event', 'same_owner', 'chain')
inner join holders as f
    on m.assignment_id = f.assignment_id and f.side = 'before' and m.from_key = f.owner_key
inner join holders as g
    on m.assignment_id = g.assignment_id and g.side = 'after' and m.to_key = g.owner_key
where t.year is not null
