with source as (

    select * from {{ source('raw', 'landed_months') }}

)

select
    s.table_name,
    cast(s.landing_month as date) as landing_month,
    cast(s.rows as bigint) as n_rows,
    s.content_id,
    s.sha256,
    cast(s.synthetic as boolean) as is_synthetic
from source as s
