with openings as (

    select * from {{ ref('hsr_openings') }}

)

select
    o.adcode as node_code,
    cast(o.first_year_standard as integer) as first_year
from openings as o
