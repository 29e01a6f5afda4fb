with source as (

    select * from {{ ref('ipc_hierarchy_gaps') }}

)

select
    trim(s.inventory_symbol) as inventory_symbol,
    trim(s.other_symbol) as other_symbol,
    trim(s.relation) as relation
from source as s
