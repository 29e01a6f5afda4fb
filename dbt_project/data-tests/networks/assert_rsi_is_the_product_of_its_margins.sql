{{ config(tags=['panel']) }}

-- T-09.
select
    p.adcode,
    p.year,
    p.rsi,
    p.extensive,
    p.intensive
from {{ ref('fct_node_years') }} as p
where abs(cast(p.rsi as double) - p.extensive * p.intensive) > 1e-9 * (1 + cast(p.rsi as double))
    or (p.rsi > 0) <> (p.extensive > 0)
