-- The ledger of patents whose history is not plain, folded event by event. Every step begins with the owners that the
-- step before left, repairs them where the event names others (with a rule, never silently), and moves the shares.
with recursive folded as (

    select
        s.application_id,
        0 as step,
        cast(null as varchar) as assignment_id,
        cast(null as date) as event_date,
        s.owners,
        s.denominator,
        s.rule,
        s.owners as owners_before,
        s.denominator as denominator_before,
        cast([] as struct(from_key varchar, to_key varchar, units bigint)[]) as repair_moves,
        cast(1 as bigint) as repair_moved_of,
        cast([] as struct(from_key varchar, to_key varchar, units bigint)[]) as moves,
        cast(1 as bigint) as moved_of
    from {{ ref('int_ownership_starts') }} as s
    where s.application_id not in (
        select p.application_id from {{ ref('int_ownership_steps_plain') }} as p
    )
    union all
    {{ ownership_step() }}

)

select
    f.application_id,
    cast(f.step as integer) as step,
    f.assignment_id,
    f.event_date,
    f.owners,
    f.denominator,
    f.rule,
    f.owners_before,
    f.denominator_before,
    f.repair_moves,
    f.repair_moved_of,
    f.moves,
    f.moved_of
from folded as f
