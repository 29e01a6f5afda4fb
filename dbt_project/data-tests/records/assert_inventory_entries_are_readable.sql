-- An entry that is no class, subclass or group, or a range that runs backwards, would never match anything.
select
    i.edition,
    i.ipc_from,
    i.ipc_to
from {{ ref('stg_reference__green_inventory') }} as i
where
    not regexp_matches(i.ipc_from, '^[A-H][0-9]{2}([A-Z]( ?[0-9]{1,4}/[0-9]{2,6})?)?$')
    or not regexp_matches(i.ipc_to, '^[A-H][0-9]{2}([A-Z]( ?[0-9]{1,4}/[0-9]{2,6})?)?$')
    or {{ ipc_sort_key('i.ipc_from') }} > {{ ipc_sort_key('i.ipc_to') }}
    or left(i.ipc_from, 4) <> left(i.ipc_to, 4)
