-- The ledger: owners of a patent after each of its events, plain histories and folded ones.
select
    p.application_id,
    p.step,
    p.assignment_id,
    p.event_date,
    p.owners,
    p.denominator,
    p.rule,
    p.owners_before,
    p.denominator_before,
    p.repair_moves,
    p.repair_moved_of,
    p.moves,
    p.moved_of
from {{ ref('int_ownership_steps_plain') }} as p
union all
select
    f.application_id,
    f.step,
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
from {{ ref('int_ownership_steps_folded') }} as f
