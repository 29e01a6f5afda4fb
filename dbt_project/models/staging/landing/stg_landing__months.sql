with source as (

    select * from {{ source('raw', 'landed_months') }}

)

select
    s.table_name,
    cast(s.landing_month as date) as landing_month,
    cast(s.rows as bigint) as n_rows,
    s.content_id,
    s.sha256,
    cast(s.bytes as bigint) as n_bytes,
    cast(s.pages as bigint) as n_pages,
    cast(s.page_bytes as bigint) as n_page_bytes,
    s.archive,
    cast(s.stated as bigint) as n_stated,
    cast(s.received as bigint) as n_received,
    cast(s.rejected as bigint) as n_rejected,
    cast(s.synthetic as boolean) as is_synthetic
from source as s
