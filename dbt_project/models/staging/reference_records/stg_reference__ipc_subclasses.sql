with source as (

    select * from {{ ref('ipc_subclasses') }}

)

select
    trim(s.subclass) as subclass,
    trim(s.status) as status
from source as s
