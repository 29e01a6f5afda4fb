{{ config(store_failures=true) }}

-- What an owner has after an event is what it had before, less what it gave, and what it received: for every event and
-- owner, fractions made comparable as decimals. Only shares of too many parts, which were rounded, may differ a little.
with steps as (

    select
        s.application_id,
        s.step,
        s.assignment_id,
        s.owners,
        s.denominator,
        lag(s.owners) over (partition by s.application_id order by s.step) as owners_before,
        lag(s.denominator) over (partition by s.application_id order by s.step) as denominator_before
    from {{ ref('int_ownership_steps') }} as s

),

held as (

    select s.application_id, s.step, unnest(s.owners) as owner, s.denominator, 1 as sign
    from steps as s
    where s.step > 0
    union all
    select s.application_id, s.step, unnest(s.owners_before) as owner, s.denominator_before as denominator, -1 as sign
    from steps as s
    where s.step > 0

),

changes as (

    select
        h.application_id,
        h.step,
        h.owner.owner_key as owner_key,
        h.sign * cast(h.owner.units as double) / h.denominator as change,
        h.denominator = {{ ownership_most_parts() }} as is_rounded
    from held as h
    union all
    select
        m.application_id, m.step, m.from_key as owner_key,
        cast(m.numerator as double) / m.denominator as change, false as is_rounded
    from {{ ref('int_ownership_moves') }} as m
    where m.move_kind in ('event', 'chain_link', 'renaming', 'repair')
    union all
    select
        m.application_id, m.step, m.to_key as owner_key,
        -cast(m.numerator as double) / m.denominator as change, false as is_rounded
    from {{ ref('int_ownership_moves') }} as m
    where m.move_kind in ('event', 'chain_link', 'renaming', 'repair')

)

select
    c.application_id,
    c.step,
    c.owner_key,
    sum(c.change) as unexplained
from changes as c
group by c.application_id, c.step, c.owner_key
having abs(sum(c.change)) > if(bool_or(c.is_rounded), 1e-4, 1e-9)
