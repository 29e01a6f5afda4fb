{{ config(tags=['panel']) }}

-- T-09: exact to the six places of rsi.
select
    p.adcode,
    p.year,
    p.rsi,
    p.extensive,
    p.intensive
from {{ ref('fct_node_years') }} as p
where cast(p.extensive * p.intensive as decimal(18, 6)) <> p.rsi
    or (p.rsi > 0) <> (p.extensive > 0)
