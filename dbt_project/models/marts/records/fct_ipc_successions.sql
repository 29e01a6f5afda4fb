-- Nothing is rewritten: most moves are one-to-many. What can be seen is how many applications stand on either side, and
-- whether the inventory reaches both.
with symbols as (

    select
        s.old_symbol,
        s.new_symbol,
        s.ipc_version,
        s.side,
        s.symbol
    from {{ ref('int_succession_symbols') }} as s

),

texts as (

    select distinct
        s.old_symbol,
        s.new_symbol,
        s.ipc_version,
        s.side,
        p.ipc_key
    from {{ ref('int_ipc_texts_parsed') }} as p
    inner join symbols as s on p.symbol = s.symbol

),

publications as (

    select
        t.old_symbol,
        t.new_symbol,
        t.ipc_version,
        t.side,
        k.application_key,
        min(k.publication_date) as publication_date
    from {{ ref('int_publications_kept') }} as k
    inner join texts as t on k.ipc_key = t.ipc_key
    where k.patent_kind_no <> 1
    group by t.old_symbol, t.new_symbol, t.ipc_version, t.side, k.application_key

),

successions as (

    select
        s.old_symbol,
        s.new_symbol,
        s.ipc_version,
        s.in_force_from,
        s.confidence,
        s.basis,
        s.effect_on_inventory
    from {{ ref('stg_reference__ipc_successions') }} as s

),

counted as (

    select
        s.old_symbol,
        s.new_symbol,
        s.ipc_version,
        count(*) filter (where p.side = 'old') as n_with_old,
        count(*) filter (where p.side = 'new') as n_with_new,
        count(*) filter (where p.side = 'old' and p.publication_date >= s.in_force_from) as n_old_after,
        count(*) filter (where p.side = 'new' and p.publication_date < s.in_force_from) as n_new_before
    from successions as s
    inner join publications as p
        on s.old_symbol = p.old_symbol and s.new_symbol = p.new_symbol and s.ipc_version = p.ipc_version
    group by s.old_symbol, s.new_symbol, s.ipc_version

),

listed as (

    select
        s.old_symbol,
        s.new_symbol,
        s.ipc_version,
        string_agg(distinct t.edition, '+' order by t.edition) filter (where s.side = 'old') as old_editions,
        string_agg(distinct t.edition, '+' order by t.edition) filter (where s.side = 'new') as new_editions
    from symbols as s
    inner join {{ ref('int_symbols_tagged') }} as t on s.symbol = t.symbol and t.mode = 'prefix'
    group by s.old_symbol, s.new_symbol, s.ipc_version

)

select
    s.old_symbol,
    s.new_symbol,
    s.ipc_version,
    s.in_force_from,
    s.confidence,
    s.basis,
    s.effect_on_inventory,
    coalesce(c.n_with_old, 0) as n_with_old,
    coalesce(c.n_with_new, 0) as n_with_new,
    coalesce(c.n_old_after, 0) as n_old_after,
    coalesce(c.n_new_before, 0) as n_new_before,
    l.old_editions,
    l.new_editions
from successions as s
left join counted as c
    on s.old_symbol = c.old_symbol and s.new_symbol = c.new_symbol and s.ipc_version = c.ipc_version
left join listed as l
    on s.old_symbol = l.old_symbol and s.new_symbol = l.new_symbol and s.ipc_version = l.ipc_version
