-- The nodes of the networks under the settings (Q-11, Q-12) with the mark of the sample (Q-18).
select
    n.node_code,
    n.city_name,
    n.province_code,
    n.province_name,
    n.node_kind,
    n.universe_from,
    case s.sample
        when '278' then n.in_sample_278
        when '285' then n.in_base_285
        else true
    end as is_in_sample
from {{ ref('int_nodes') }} as n
cross join {{ ref('stg_method__settings') }} as s
where n.universe_from <= cast(s.node_universe as integer)
