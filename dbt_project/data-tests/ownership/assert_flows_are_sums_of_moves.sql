{{ config(store_failures=true) }}

-- Between cities flows what moved between owners who sit in them, no more and no less.
with flows as (

    select
        p.assignment_id,
        sum(p.share) as flowed
    from {{ ref('int_transfer_city_pairs') }} as p
    group by p.assignment_id

),

located as (

    select
        l.assignment_id,
        l.side,
        l.owner_key
    from {{ ref('int_owners_located') }} as l
    inner join {{ ref('int_universe_nodes') }} as n
        on l.node_code = n.node_code
    cross join {{ ref('stg_method__settings') }} as s
    where l.confidence >= s.min_city_confidence
        and (s.individuals_in_network or not l.is_person)

),

moved as (

    select
        m.assignment_id,
        sum(m.share) as moved
    from {{ ref('fct_ownership_moves') }} as m
    inner join located as f
        on m.assignment_id = f.assignment_id and f.side = 'before' and m.from_owner_id = f.owner_key
    inner join located as t
        on m.assignment_id = t.assignment_id and t.side = 'after' and m.to_owner_id = t.owner_key
    where m.move_kind in ('event', 'same_owner', 'chain')
    group by m.assignment_id

)

select
    f.assignment_id,
    f.flowed,
    m.moved
from flows as f
left join moved as m
    on f.assignment_id = m.assignment_id
where m.moved is null or f.flowed <> m.moved or f.flowed > 1.000000010
