-- Symbols first, then distinct texts, then applications. A condition ("A in combination with B") is met by any symbol
-- of the application.
with text_hits as (

    select
        p.ipc_key,
        s.entry_no,
        min(p.symbol) as symbol
    from {{ ref('int_ipc_texts_parsed') }} as p
    inner join {{ ref('int_symbols_inventoried') }} as s on p.symbol = s.symbol
    where s.scheme = 'ipc'
    group by p.ipc_key, s.entry_no

),

publications as (

    select
        k.application_key,
        k.ipc_key
    from {{ ref('int_publications_kept') }} as k
    where k.ipc_key is not null and k.patent_kind_no <> 1

),

all_hits as (

    select
        p.application_key,
        h.entry_no,
        h.symbol
    from publications as p
    inner join text_hits as h on p.ipc_key = h.ipc_key
    union all
    select
        c.application_key,
        s.entry_no,
        s.symbol
    from {{ ref('int_applications_cpc') }} as c
    inner join {{ ref('int_symbols_inventoried') }} as s on c.symbol = s.symbol
    where s.scheme = 'cpc'

),

hits as (

    select
        h.application_key,
        h.entry_no,
        min(h.symbol) as symbol
    from all_hits as h
    group by h.application_key, h.entry_no

),

conditional as (

    select
        h.application_key,
        h.entry_no,
        e.required_symbol
    from hits as h
    inner join {{ ref('int_inventory_entries') }} as e on h.entry_no = e.entry_no
    where e.required_symbol is not null

),

-- the few symbols that conditions name, in all texts that have one
required_symbols as (

    select distinct e.required_symbol
    from {{ ref('int_inventory_entries') }} as e
    where e.required_symbol is not null

),

required_texts as (

    select distinct
        p.ipc_key,
        r.required_symbol
    from {{ ref('int_ipc_texts_parsed') }} as p
    inner join required_symbols as r
        on left(p.symbol, 3) = left(r.required_symbol, 3) and starts_with(p.symbol, r.required_symbol)

),

met as (

    select distinct
        c.application_key,
        c.entry_no
    from conditional as c
    inner join publications as p on c.application_key = p.application_key
    inner join required_texts as t on p.ipc_key = t.ipc_key and c.required_symbol = t.required_symbol

),

kept as (

    select
        h.application_key,
        h.symbol,
        e.entry_no,
        e.inventory,
        e.category
    from hits as h
    inner join {{ ref('int_inventory_entries') }} as e on h.entry_no = e.entry_no
    left join met as m on h.application_key = m.application_key and h.entry_no = m.entry_no
    where e.required_symbol is null or m.entry_no is not null

),

-- of several entries of a category one is named: without a condition before one with it, then the first
named as (

    select
        k.application_key,
        k.inventory,
        k.category,
        min(if(e.required_symbol is null, 0, 1) * 1000000 + k.entry_no) % 1000000 as entry_no
    from kept as k
    inner join {{ ref('int_inventory_entries') }} as e on k.entry_no = e.entry_no
    group by k.application_key, k.inventory, k.category

)

select
    n.application_key,
    n.inventory,
    n.category,
    e.subcategory,
    h.symbol,
    e.scheme,
    e.entry,
    e.required_symbol as condition,
    e.edition
from named as n
inner join {{ ref('int_inventory_entries') }} as e on n.entry_no = e.entry_no
inner join hits as h on n.application_key = h.application_key and n.entry_no = h.entry_no
