select
    m.table_name,
    m.landing_month,
    m.n_rows,
    m.n_stated,
    m.n_stated - m.n_rows as n_difference,
    m.n_received,
    m.n_rejected,
    m.n_pages,
    m.n_page_bytes,
    m.n_bytes,
    m.content_id,
    m.sha256,
    m.archive,
    m.is_synthetic
from {{ ref('stg_landing__months') }} as m
