select
    n.node_code as adcode,
    n.city_name,
    n.short_name,
    n.name_en,
    n.province_code,
    n.province_name,
    n.province_name_en,
    n.region,
    n.four_region,
    n.unit_kind,
    n.city_rank,
    n.latitude,
    n.longitude,
    n.node_kind,
    n.in_universe_341,
    n.in_sample_278,
    n.in_base_285
from {{ ref('int_nodes') }} as n
order by n.node_code
