select
    m.table_name,
    m.landing_month,
    m.n_rows,
    m.content_id,
    m.is_synthetic
from {{ ref('stg_landing__months') }} as m
