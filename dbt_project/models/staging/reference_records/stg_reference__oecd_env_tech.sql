with source as (

    select * from {{ ref('oecd_env_tech') }}

)

select
    trim(s.level1) as level1,
    trim(s.level2) as level2,
    trim(s.level3) as level3,
    {{ written_entry('s.symbol_from') }} as symbol_from,
    {{ written_entry("coalesce(nullif(trim(s.symbol_to), ''), s.symbol_from)") }} as symbol_to,
    nullif(trim(s.condition), '') as condition,
    -- what the symbol must meet in the same application: "and E03"
    nullif(regexp_extract(trim(s.condition), '^and ([A-H][0-9]{2}[A-Z]?)$', 1), '') as required_symbol,
    -- tags of the CPC, its own groups among them, stand in another field than the IPC
    if(trim(s.scheme) = 'ipc', 'ipc', 'cpc') as scheme
from source as s
