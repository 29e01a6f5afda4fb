-- T-09, exactly: partners times patents per partner is the number of patents, digit by digit.
select
    d.level,
    d.basis,
    d.year,
    d.node,
    d.rsi,
    d.extensive,
    d.intensive
from {{ ref('fct_node_dynamics') }} as d
where cast(d.extensive * d.intensive as decimal(26, 6)) <> cast(d.rsi as decimal(26, 6))
    or d.extensive <> d.n_partners
