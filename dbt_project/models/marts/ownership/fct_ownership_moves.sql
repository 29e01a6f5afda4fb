select
    m.move_id,
    m.assignment_id,
    m.application_id,
    m.step,
    m.event_date,
    m.move_kind,
    m.from_key as from_owner_id,
    m.to_key as to_owner_id,
    m.numerator,
    m.denominator,
    m.share
from {{ ref('int_ownership_moves') }} as m
