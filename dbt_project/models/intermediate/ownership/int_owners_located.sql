-- City of who gives and who receives in an event: as the event prints it on its side, else on the other side, else
-- that of the applicant.
with movers as (

    select distinct m.assignment_id, i.application_key, 'before' as side, m.from_key as owner_key
    from {{ ref('int_ownership_moves') }} as m
    inner join (select distinct e.application_id, e.application_key from {{ ref('int_assignments_identified') }} as e) as i
        on m.application_id = i.application_id
    where m.move_kind <> 'repair'
    union
    select distinct m.assignment_id, i.application_key, 'after' as side, m.to_key as owner_key
    from {{ ref('int_ownership_moves') }} as m
    inner join (select distinct e.application_id, e.application_key from {{ ref('int_assignments_identified') }} as e) as i
        on m.application_id = i.application_id
    where m.move_kind <> 'repair'

),

-- The old holders of a chain are printed with its first link.
deals as (

    select
        v.assignment_id,
        v.application_key,
        v.side,
        v.owner_key,
        coalesce(e.assignment_id, v.assignment_id) as told_in
    from movers as v
    inner join {{ ref('int_assignments_typed') }} as t
        on v.assignment_id = t.assignment_id
    left join {{ ref('int_assignments_typed') }} as e
        on t.transfer_type = 'same_day_chain' and t.deal_id = e.deal_id

),

parties as (

    select
        h.assignment_id,
        h.side,
        h.owner_key,
        h.party_seq,
        h.is_person,
        l.node_code,
        l.confidence
    from {{ ref('int_holders_compared') }} as h
    inner join {{ ref('int_parties_located') }} as l
        on h.assignment_id = l.assignment_id and h.side = l.side and h.party_seq = l.party_seq

),

from_parties as (

    select
        d.assignment_id,
        d.side,
        d.owner_key,
        if(d.side = p.side, 1, 2) as rung,
        p.party_seq,
        d.told_in,
        p.is_person,
        p.node_code,
        p.confidence
    from deals as d
    inner join parties as p
        on d.told_in = p.assignment_id and d.owner_key = p.owner_key

),

unprinted as (

    select v.assignment_id, v.application_key, v.side, v.owner_key
    from movers as v
    left join from_parties as p
        on v.assignment_id = p.assignment_id and v.side = p.side and v.owner_key = p.owner_key
    where p.owner_key is null

),

from_applicants as (

    select
        u.assignment_id,
        u.side,
        u.owner_key,
        3 as rung,
        a.applicant_seq as party_seq,
        u.assignment_id as told_in,
        a.is_person,
        a.node_code,
        a.confidence
    from unprinted as u
    inner join {{ ref('int_applicants_located') }} as a
        on u.application_key = a.application_key
    inner join {{ ref('int_applicant_keys') }} as k
        on a.applicant_name = k.applicant_name and u.owner_key = k.owner_key

),

all_rungs as (

    select * from from_parties
    union all
    select * from from_applicants

),

ranked as (

    select
        q.*,
        row_number() over (
            partition by q.assignment_id, q.side, q.owner_key order by q.rung, q.party_seq, q.told_in
        ) as place
    from all_rungs as q

)

select
    r.assignment_id,
    r.side,
    r.owner_key,
    r.is_person,
    r.node_code,
    r.confidence,
    case r.rung when 1 then 'printed' when 2 then 'printed_on_other_side' else 'applicant' end as location_rule
from ranked as r
where r.place = 1
