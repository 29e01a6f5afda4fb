with source as (

    select * from {{ source('raw', 'person_key') }}

)

select s.person_key
from source as s
