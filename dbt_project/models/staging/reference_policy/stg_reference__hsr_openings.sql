with openings as (

    select * from {{ ref('hsr_openings') }}

)

select
    o.adcode as node_code,
    cast(o.first_year_standard as integer) as first_year,
    cast(o.first_year_ge250 as integer) as first_year_250,
    cast(o.first_year_broad_incl_upgraded_and_2003 as integer) as first_year_broad
from openings as o
