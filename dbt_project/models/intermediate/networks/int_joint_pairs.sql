-- Pairs that share an invention, for every threshold of confidence and every universe at once. Who takes part changes
-- only at the confidences that occur in an application and at the three universes, so that a pair is one row for each
-- such stretch: most often one in all.
with members as (

    select m.*
    from {{ ref('int_network_members') }} as m

),

shared as (

    select
        m.level,
        m.application_id
    from members as m
    group by m.level, m.application_id
    having count(distinct m.node) > 1

),

stretches as (

    select
        c.level,
        c.application_id,
        coalesce(
            lag(c.confidence) over (partition by c.level, c.application_id order by c.confidence) + 0.01, 0
        ) as confidence_from,
        c.confidence as confidence_to
    from (
        select distinct
            m.level,
            m.application_id,
            m.confidence
        from members as m
        inner join shared as s
            on m.level = s.level and m.application_id = s.application_id
    ) as c

),

universes as (

    select
        u.level,
        u.application_id,
        u.universe_from,
        coalesce(
            lead(u.universe_from) over (partition by u.level, u.application_id order by u.universe_from) - 1, 341
        ) as universe_to
    from (
        select distinct
            m.level,
            m.application_id,
            m.universe_from
        from members as m
        inner join shared as s
            on m.level = s.level and m.application_id = s.application_id
    ) as u

),

present as (

    select
        m.level,
        m.application_id,
        c.confidence_from,
        c.confidence_to,
        u.universe_from,
        u.universe_to,
        m.node,
        max(m.confidence) as confidence
    from members as m
    inner join stretches as c
        on m.level = c.level and m.application_id = c.application_id
    inner join universes as u
        on m.level = u.level and m.application_id = u.application_id
    where m.confidence >= c.confidence_to and m.universe_from <= u.universe_from
    group by
        m.level, m.application_id, c.confidence_from, c.confidence_to, u.universe_from, u.universe_to, m.node

),

sizes as (

    select
        p.level,
        p.application_id,
        p.confidence_to,
        p.universe_from,
        count(*) as n_nodes
    from present as p
    group by p.level, p.application_id, p.confidence_to, p.universe_from
    having count(*) > 1

)

select
    a.level,
    a.application_id,
    a.node as node_a,
    b.node as node_b,
    cast(s.n_nodes as integer) as n_nodes,
    cast(1 as decimal(18, 6)) as pair_weight,
    cast(1 as decimal(18, 6)) as whole_weight,
    -- 12 places, so that the three thirds of a patent add up to 1 once rounded to six.
    cast(2.0 / (s.n_nodes * (s.n_nodes - 1)) as decimal(18, 12)) as fractional_weight,
    cast(least(a.confidence, b.confidence) as decimal(4, 2)) as confidence,
    cast(a.confidence_from as decimal(4, 2)) as confidence_from,
    cast(a.confidence_to as decimal(4, 2)) as confidence_to,
    cast(a.universe_from as integer) as universe_from,
    cast(a.universe_to as integer) as universe_to
from sizes as s
inner join present as a
    on s.level = a.level
    and s.application_id = a.application_id
    and s.confidence_to = a.confidence_to
    and s.universe_from = a.universe_from
inner join present as b
    on s.level = b.level
    and s.application_id = b.application_id
    and s.confidence_to = b.confidence_to
    and s.universe_from = b.universe_from
where a.node < b.node
