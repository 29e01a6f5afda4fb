-- Entries of the inventories beside WIPO's, in one shape.
with entries as (

    select
        'oecd_env_tech' as inventory,
        '2015' as edition,
        o.level2 as category,
        o.level3 as subcategory,
        o.scheme,
        o.symbol_from,
        o.symbol_to,
        o.required_symbol
    from {{ ref('stg_reference__oecd_env_tech') }} as o
    union all
    select
        'cpc_y02' as inventory,
        'y02_y04s' as edition,
        y.subclass as category,
        y.meaning as subcategory,
        'cpc' as scheme,
        y.subclass as symbol_from,
        y.subclass as symbol_to,
        cast(null as varchar) as required_symbol
    from {{ ref('stg_reference__cpc_y02_groups') }} as y

)

select
    cast(
        row_number() over (
            order by
                e.inventory asc, e.category asc, e.symbol_from asc, e.symbol_to asc, e.scheme asc,
                e.required_symbol asc, e.subcategory asc
        ) as integer
    ) as entry_no,
    e.inventory,
    e.edition,
    e.category,
    e.subcategory,
    e.scheme,
    {{ entry_name('e.symbol_from', 'e.symbol_to') }} as entry,
    e.required_symbol,
    {{ entry_lower_key('prefix', 'e.symbol_from', 'e.symbol_to') }} as lower_key,
    {{ entry_upper_key('prefix', 'e.symbol_to') }} as upper_key
from entries as e
