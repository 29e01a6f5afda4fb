-- The ledger of patents whose history is not plain, folded event by event. Every step begins with the owners that the
-- step before left, repairs them where the event names others (with a rule, never silently), and moves the shares.
with recursive folded as (

    select
        {{ ownership_start_columns('s') }}
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
