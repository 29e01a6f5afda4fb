{{ config(tags=['report']) }}

select
    m.network,
    cast(m.year as integer) as year,
    m.adcode,
    c.city_name,
    m.n_partners,
    m.n_out,
    m.n_in,
    m.strength,
    m.out_strength,
    m.in_strength,
    m.closeness,
    m.closeness_wf,
    m.in_closeness,
    m.in_closeness_wf,
    m.harmonic,
    m.pagerank,
    m.eigenvector,
    m.clustering,
    m.core_number,
    m.is_core,
    m.community,
    m.component,
    {{ networks_is_synthetic() }} as is_synthetic
from {{ source('analysis', 'city_network_measures') }} as m
left join {{ ref('dim_cities') }} as c
    on m.adcode = c.adcode
