{{ config(tags=['report']) }}

select
    cast(m.year as integer) as year,
    m.variable,
    m.weights_kind,
    m.adcode,
    c.city_name,
    m.value,
    m.standardised,
    m.spatial_lag,
    m.local_i,
    m.quadrant,
    m.p_value,
    m.is_significant,
    m.is_chosen,
    {{ networks_is_synthetic() }} as is_synthetic
from {{ source('analysis', 'moran_cities') }} as m
left join {{ ref('dim_cities') }} as c
    on m.adcode = c.adcode
