-- A name in the setting inventory_edition that no list carries would make everything silently not green.
with asked as (

    select unnest(string_split(s.inventory_edition, '+')) as edition
    from {{ ref('stg_method__settings') }} as s

)

select a.edition
from asked as a
left join {{ ref('stg_reference__green_inventory') }} as i on a.edition = i.edition
where i.edition is null
