-- Symbols and ranges that a succession names, on either side, and the symbols at hand that fall into them. An old group
-- is itself (each has a row of its own), a new one with all that stands below it.
with successions as (

    select
        s.old_symbol,
        s.new_symbol,
        s.ipc_version
    from {{ ref('stg_reference__ipc_successions') }} as s

),

sides as (

    select
        s.old_symbol,
        s.ipc_version,
        s.new_symbol,
        'old' as side,
        unnest(string_split(s.old_symbol, ';')) as piece
    from successions as s
    union all
    select
        s.old_symbol,
        s.ipc_version,
        s.new_symbol,
        'new' as side,
        unnest(string_split(s.new_symbol, ';')) as piece
    from successions as s

),

-- `H01M 2/20-2/34`, `F24J`; remarks (`further places`) name no symbol
ranges as (

    select
        s.old_symbol,
        s.new_symbol,
        s.ipc_version,
        s.side,
        regexp_extract(trim(s.piece), '^([A-H][0-9]{2}[A-Z](?: [0-9]+/[0-9]+)?)', 1) as first_symbol,
        regexp_extract(trim(s.piece), '-([0-9]+/[0-9]+)$', 1) as last_group
    from sides as s

),

bounds as (

    select
        r.old_symbol,
        r.new_symbol,
        r.ipc_version,
        r.side,
        r.first_symbol,
        if(r.last_group = '', r.first_symbol, left(r.first_symbol, 4) || ' ' || r.last_group) as last_symbol
    from ranges as r
    where r.first_symbol <> ''

),

keys as (

    select
        b.old_symbol,
        b.new_symbol,
        b.ipc_version,
        b.side,
        if(
            b.side = 'old',
            {{ entry_lower_key('exact', 'b.first_symbol', 'b.last_symbol') }},
            {{ entry_lower_key('prefix', 'b.first_symbol', 'b.last_symbol') }}
        ) as lower_key,
        if(
            b.side = 'old',
            {{ entry_upper_key('exact', 'b.last_symbol') }},
            {{ entry_upper_key('prefix', 'b.last_symbol') }}
        ) as upper_key
    from bounds as b

),

symbols as (

    select
        d.symbol,
        {{ ipc_sort_key('d.symbol') }} as sort_key
    from (
        select distinct p.symbol
        from {{ ref('int_ipc_texts_parsed') }} as p
        where p.symbol is not null
    ) as d

),

found as (

    select distinct
        k.old_symbol,
        k.new_symbol,
        k.ipc_version,
        k.side,
        s.symbol
    from symbols as s
    inner join keys as k on s.sort_key >= k.lower_key and s.sort_key < k.upper_key

),

-- a group that was dissolved into the one above it (C02F 9/02 into 9/00) is old, though it stands below the new one
old_ones as (

    select
        f.old_symbol,
        f.new_symbol,
        f.ipc_version,
        f.symbol
    from found as f
    where f.side = 'old'

)

select
    f.old_symbol,
    f.new_symbol,
    f.ipc_version,
    f.side,
    f.symbol
from found as f
left join old_ones as o
    on
        f.old_symbol = o.old_symbol
        and f.new_symbol = o.new_symbol
        and f.ipc_version = o.ipc_version
        and f.symbol = o.symbol
where f.side = 'old' or o.symbol is null
