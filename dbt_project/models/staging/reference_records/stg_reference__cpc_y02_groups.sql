with source as (

    select * from {{ ref('cpc_y02_groups') }}

)

select
    trim(s.subclass) as subclass,
    trim(s.meaning) as meaning,
    trim(s.main_groups) as main_groups
from source as s
