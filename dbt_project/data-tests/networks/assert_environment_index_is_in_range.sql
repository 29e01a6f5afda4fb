{{ config(tags=['panel']) }}

-- T-06: a weighted mean of scores in [0, 1] stays there once extrapolated cells are clipped.
select
    p.adcode,
    p.year,
    p.er
from {{ ref('fct_node_years') }} as p
inner join {{ ref('stg_method__settings') }} as s
    on s.er_clip
where p.er < 0 or p.er > 1
