-- Transfers of one patent registered on one day, the acquirer of one being the seller of the next: one chain,
-- in the order in which the right went, whatever the order of the listing.
with recursive crowded as (

    select
        e.application_no,
        e.effective_date
    from {{ ref('int_assignments_identified') }} as e
    where e.repetition is null and e.event_class = 'transfer'
        and e.application_no is not null and e.effective_date is not null
    group by e.application_no, e.effective_date
    having count(*) > 1

),

events as (

    select
        e.assignment_id,
        e.application_no,
        e.effective_date
    from {{ ref('int_assignments_identified') }} as e
    inner join crowded as c
        on e.application_no = c.application_no and e.effective_date = c.effective_date
    where e.repetition is null and e.event_class = 'transfer'

),

sides as (

    select
        e.assignment_id,
        any_value(e.application_no) as application_no,
        any_value(e.effective_date) as effective_date,
        list_sort(list(distinct h.owner_key) filter (where h.entity_role = 'leaves')) as leaving,
        list_sort(list(distinct h.owner_key) filter (where h.entity_role = 'arrives')) as arriving
    from events as e
    inner join {{ ref('int_holders_compared') }} as h
        on e.assignment_id = h.assignment_id
    group by e.assignment_id

),

links as (

    select
        f.assignment_id as from_assignment,
        min(t.assignment_id) as to_assignment
    from sides as f
    inner join sides as t
        on f.application_no = t.application_no
        and f.effective_date = t.effective_date
        and f.arriving = t.leaving
    where f.assignment_id <> t.assignment_id
        and f.leaving <> t.arriving  -- there and back again is no chain
    group by f.assignment_id

),

-- Who has two predecessors follows one of them.
single_links as (

    select
        min(k.from_assignment) as from_assignment,
        k.to_assignment
    from links as k
    group by k.to_assignment

),

walked as (

    select
        s.from_assignment as chain_id,
        s.from_assignment as assignment_id,
        1 as chain_position
    from single_links as s
    left join single_links as p
        on s.from_assignment = p.to_assignment
    where p.to_assignment is null
    union all
    select
        w.chain_id,
        s.to_assignment as assignment_id,
        w.chain_position + 1 as chain_position
    from walked as w
    inner join single_links as s
        on w.assignment_id = s.from_assignment

)

select
    w.assignment_id,
    w.chain_id,
    cast(w.chain_position as integer) as chain_position,
    cast(count(*) over (partition by w.chain_id) as integer) as chain_length
from walked as w
