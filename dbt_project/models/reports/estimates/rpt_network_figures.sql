{{ config(tags=['report']) }}

select
    f.network,
    cast(f.year as integer) as year,
    f.measure,
    f.value,
    f.note,
    {{ networks_is_synthetic() }} as is_synthetic
from {{ source('analysis', 'network_figures') }} as f
