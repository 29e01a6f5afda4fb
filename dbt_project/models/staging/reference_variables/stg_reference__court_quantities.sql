with quantities as (

    select * from {{ ref('court_quantities') }}

)

select
    q.quantity,
    q.unit,
    q.lowest,
    q.highest,
    q.typical_low,
    q.typical_high,
    q.is_zero_possible,
    q.jump_factor,
    q.is_amount
from quantities as q
