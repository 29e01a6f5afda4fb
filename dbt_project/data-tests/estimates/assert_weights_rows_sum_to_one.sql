{{ config(tags=['report']) }}

-- Rows of every kind of weights sum to one, and no city is its own neighbour.
select
    w.kind,
    w.origin,
    sum(cast(w.weight as decimal(38, 18))) as row_sum,
    bool_or(w.origin = w.destination) as has_diagonal
from {{ source('analysis', 'spatial_weights') }} as w
group by w.kind, w.origin
having abs(sum(cast(w.weight as decimal(38, 18))) - 1) > 0.0001 or bool_or(w.origin = w.destination)
