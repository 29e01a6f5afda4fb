-- What every event moved: who gave which part of the right to whom. Links of a chain stand as they were told, and the
-- chain once more as a whole, from who held first to who held last; flows take chains, the ledger their links.
with steps as (

    select
        s.application_id,
        s.step,
        s.assignment_id,
        s.event_date,
        s.rule,
        s.owners_before,
        s.denominator_before,
        s.repair_moves,
        s.repair_moved_of,
        s.moves,
        s.moved_of
    from {{ ref('int_ownership_steps') }} as s
    where s.step > 0

),

typed as (

    select
        t.assignment_id,
        t.transfer_type,
        t.deal_id,
        t.chain_position,
        cast(max(t.chain_position) over (partition by t.deal_id) as integer) as chain_length
    from {{ ref('int_assignments_typed') }} as t
    where t.application_id is not null

),

unnested as (

    select
        s.application_id, s.step, s.assignment_id, s.event_date, s.moved_of,
        unnest(s.moves) as move
    from steps as s

),

told as (

    select
        u.application_id, u.step, u.assignment_id, u.event_date,
        u.move.from_key as from_key, u.move.to_key as to_key, u.move.units as units, u.moved_of,
        case
            when t.transfer_type = 'same_day_chain' then 'chain_link'
            when t.transfer_type in ('name_change', 'address_change') then 'renaming'
            else 'event'
        end as move_kind,
        t.deal_id, t.chain_position
    from unnested as u
    inner join typed as t
        on u.assignment_id = t.assignment_id

),

repair_unnested as (

    select
        s.application_id, s.step, s.assignment_id, s.event_date, s.repair_moved_of as moved_of,
        unnest(s.repair_moves) as move
    from steps as s

),

-- For flows a change of name or address moves each holder to itself, old and new names paired by position.
changed as (

    select
        s.application_id, s.step, s.assignment_id, s.event_date, s.denominator_before,
        f.owner_key as from_key,
        t.owner_key as to_key,
        list_filter(s.owners_before, lambda o: o.owner_key = f.owner_key or o.owner_key = t.owner_key) as owned
    from steps as s
    inner join typed as y
        on s.assignment_id = y.assignment_id and y.transfer_type in ('name_change', 'address_change')
    inner join {{ ref('int_holders_compared') }} as f
        on s.assignment_id = f.assignment_id and f.side = 'before'
    inner join {{ ref('int_holders_compared') }} as t
        on f.assignment_id = t.assignment_id and t.side = 'after' and f.party_seq = t.party_seq

),

-- The chain as a whole: shares of its last link, given by who gave in its first, in their proportions.
chain_ends as (

    select
        l.deal_id,
        l.application_id, l.step, l.assignment_id, l.event_date,
        g.from_key,
        l.to_key,
        g.units_given,
        g.units_of_all,
        l.units_received,
        l.moved_of
    from (
        select
            k.deal_id, k.application_id, k.step, k.assignment_id, k.event_date, k.to_key, k.moved_of,
            cast(sum(k.units) as bigint) as units_received
        from told as k
        inner join typed as t
            on k.assignment_id = t.assignment_id and k.chain_position = t.chain_length
        where k.move_kind = 'chain_link'
        group by k.deal_id, k.application_id, k.step, k.assignment_id, k.event_date, k.to_key, k.moved_of
    ) as l
    inner join (
        select
            k.deal_id,
            k.from_key,
            cast(sum(k.units) as bigint) as units_given,
            cast(sum(sum(k.units)) over (partition by k.deal_id) as bigint) as units_of_all
        from told as k
        where k.move_kind = 'chain_link' and k.chain_position = 1
        group by k.deal_id, k.from_key
    ) as g
        on l.deal_id = g.deal_id

),

all_moves as (

    select
        t.assignment_id, t.application_id, t.step, t.event_date, t.move_kind, t.from_key, t.to_key,
        t.units as numerator, t.moved_of as denominator
    from told as t
    union all
    select
        r.assignment_id, r.application_id, r.step, r.event_date, 'repair' as move_kind,
        r.move.from_key as from_key, r.move.to_key as to_key,
        r.move.units as numerator, r.moved_of as denominator
    from repair_unnested as r
    union all
    select
        c.assignment_id, c.application_id, c.step, c.event_date, 'same_owner' as move_kind, c.from_key, c.to_key,
        coalesce(list_extract(c.owned, 1).units, 0) as numerator, c.denominator_before as denominator
    from changed as c
    union all
    select
        e.assignment_id, e.application_id, e.step, e.event_date, 'chain' as move_kind, e.from_key, e.to_key,
        e.units_received * e.units_given as numerator, e.moved_of * e.units_of_all as denominator
    from chain_ends as e

)

select
    md5(concat_ws('|', 'move', m.assignment_id, m.move_kind, m.from_key, m.to_key)) as move_id,
    m.assignment_id,
    m.application_id,
    m.step,
    m.event_date,
    m.move_kind,
    m.from_key,
    m.to_key,
    cast(sum(m.numerator) as bigint) as numerator,
    cast(m.denominator as bigint) as denominator,
    cast(
        round(cast(sum(m.numerator) as double) / cast(m.denominator as double), 9) as decimal(10, 9)
    ) as share
from all_moves as m
group by
    m.assignment_id, m.application_id, m.step, m.event_date, m.move_kind, m.from_key, m.to_key, m.denominator
