with source as (

    select * from {{ ref('ipc_successions') }}

)

select
    trim(s.old_symbol) as old_symbol,
    trim(s.new_symbol) as new_symbol,
    trim(s.ipc_version) as ipc_version,
    -- 2018.01 is in force from January 2018
    try_cast(left(trim(s.ipc_version), 4) || '-' || substr(trim(s.ipc_version), 6, 2) || '-01' as date) as in_force_from,
    trim(s.confidence) as confidence,
    trim(s.source) as basis,
    trim(s.effect_on_inventory) as effect_on_inventory
from source as s
