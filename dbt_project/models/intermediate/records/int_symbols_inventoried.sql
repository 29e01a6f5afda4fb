with all_symbols as (

    select
        'ipc' as scheme,
        i.symbol
    from {{ ref('int_ipc_texts_parsed') }} as i
    where i.symbol is not null
    union
    select
        'cpc' as scheme,
        c.symbol
    from {{ ref('int_applications_cpc') }} as c

),

symbols as (

    select
        a.scheme,
        a.symbol,
        {{ ipc_sort_key('a.symbol') }} as sort_key
    from all_symbols as a

)

select
    s.scheme,
    s.symbol,
    e.entry_no
from symbols as s
inner join {{ ref('int_inventory_entries') }} as e
    on s.scheme = e.scheme and s.sort_key >= e.lower_key and s.sort_key < e.upper_key
