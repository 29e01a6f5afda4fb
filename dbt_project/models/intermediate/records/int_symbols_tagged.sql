with symbols as (

    select
        d.symbol,
        {{ ipc_sort_key('d.symbol') }} as sort_key
    from (
        select distinct p.symbol
        from {{ ref('int_ipc_texts_parsed') }} as p
        where p.symbol is not null
    ) as d

),

entries as (

    select distinct
        i.edition,
        i.topic,
        i.paper_category,
        i.ipc_from,
        i.ipc_to,
        {{ entry_name('i.ipc_from', 'i.ipc_to') }} as entry
    from {{ ref('stg_reference__green_inventory') }} as i

),

bounds as (

    select
        e.*,
        'prefix' as mode,
        {{ entry_lower_key('prefix', 'e.ipc_from', 'e.ipc_to') }} as lower_key,
        {{ entry_upper_key('prefix', 'e.ipc_to') }} as upper_key
    from entries as e
    union all
    select
        e.*,
        'exact' as mode,
        {{ entry_lower_key('exact', 'e.ipc_from', 'e.ipc_to') }} as lower_key,
        {{ entry_upper_key('exact', 'e.ipc_to') }} as upper_key
    from entries as e

),

-- WIPO's own search: as prefix, and what stands below an entry by dots although its digits do not tell
all_bounds as (

    select
        b.mode,
        b.edition,
        b.topic,
        b.paper_category,
        b.entry,
        b.lower_key,
        b.upper_key
    from bounds as b
    union all
    select
        'hierarchical' as mode,
        b.edition,
        b.topic,
        b.paper_category,
        b.entry,
        b.lower_key,
        b.upper_key
    from bounds as b
    where b.mode = 'prefix'
    union all
    select
        'hierarchical' as mode,
        e.edition,
        e.topic,
        e.paper_category,
        e.entry,
        {{ ipc_sort_key('g.other_symbol') }} as lower_key,
        {{ ipc_sort_key('g.other_symbol') }} || ':' as upper_key
    from entries as e
    inner join {{ ref('stg_reference__ipc_hierarchy_gaps') }} as g
        on e.ipc_to = g.inventory_symbol and g.relation = 'descendant_not_prefix'

),

tagged as (

    select distinct
        s.symbol,
        b.mode,
        b.topic,
        b.paper_category,
        b.entry,
        b.edition
    from symbols as s
    inner join all_bounds as b
        on s.sort_key >= b.lower_key and s.sort_key < b.upper_key

)

select
    t.symbol,
    t.mode,
    t.topic,
    t.paper_category,
    t.entry,
    t.edition,
    -- symbol, entry and edition as one number, in their order: what follows carries it in place of three texts
    cast(dense_rank() over (order by t.symbol asc, t.entry asc, t.edition asc) as bigint) as reason_no
from tagged as t
