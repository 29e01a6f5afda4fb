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
        if(i.ipc_from = i.ipc_to, i.ipc_from, i.ipc_from || '-' || split_part(i.ipc_to, ' ', 2)) as entry,
        {{ ipc_sort_key('i.ipc_from') }} as from_key,
        {{ ipc_sort_key('i.ipc_to') }} as to_key,
        i.ipc_from like '%/%' as is_group,
        i.ipc_from like '%/00' as from_is_main_group,
        i.ipc_to like '%/00' as to_is_main_group
    from {{ ref('stg_reference__green_inventory') }} as i

),

-- Bounds in the order of sort keys, upper one excluded. Behind a key, '!' sorts before every digit (nothing but
-- the symbol itself), ':' behind every digit (with all that extend it), '~' behind everything (whole class).
bounds as (

    select
        e.*,
        'prefix' as mode,
        case
            when e.is_group and e.ipc_from = e.ipc_to and e.from_is_main_group
                then {{ ipc_main_group_key('e.ipc_from') }}
            else e.from_key  -- the lower bound x/00 of a range is a position, not a whole main group
        end as lower_key,
        case
            when not e.is_group then e.to_key || '~'
            when e.to_is_main_group then {{ ipc_main_group_key('e.ipc_to') }} || ':'
            else e.to_key || ':'
        end as upper_key
    from entries as e
    union all
    select
        e.*,
        'exact' as mode,
        e.from_key as lower_key,
        if(e.is_group, e.to_key || '!', e.to_key || '~') as upper_key
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
