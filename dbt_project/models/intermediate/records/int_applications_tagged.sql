with settings as (

    select string_split(m.inventory_edition, '+') as editions
    from {{ ref('stg_method__settings') }} as m

),

tags as (

    select
        t.symbol,
        t.mode,
        t.topic,
        t.paper_category,
        t.entry
    from {{ ref('int_symbols_tagged') }} as t
    cross join settings as s
    where t.mode in ('prefix', 'exact') and list_contains(s.editions, t.edition)

),

green_texts as (

    select
        p.ipc_text,
        p.position,
        p.is_main,
        p.flag,
        t.symbol,
        t.mode,
        t.topic,
        t.paper_category,
        t.entry
    from {{ ref('int_ipc_texts_parsed') }} as p
    inner join tags as t on p.symbol = t.symbol

),

publications as (

    select
        v.application_id,
        v.ipc_text,
        row_number() over (
            partition by v.application_id
            order by v.publication_date desc, v.publication_step desc, v.publication_id asc
        ) as latest_first
    from {{ ref('int_publications_validated') }} as v
    where v.ipc_text is not null and v.patent_kind <> 'design'

),

-- any: every symbol of every publication of the application
-- main: the first symbol of its latest publication, which carries the final classification
hits as (

    select
        p.application_id,
        'any' as scope,
        p.latest_first * 1000 + g.position as place,
        g.symbol,
        g.mode,
        g.topic,
        g.paper_category,
        g.entry,
        g.flag
    from publications as p
    inner join green_texts as g on p.ipc_text = g.ipc_text
    union all
    select
        p.application_id,
        'main' as scope,
        p.latest_first * 1000 + g.position as place,
        g.symbol,
        g.mode,
        g.topic,
        g.paper_category,
        g.entry,
        g.flag
    from publications as p
    inner join green_texts as g on p.ipc_text = g.ipc_text
    where p.latest_first = 1 and g.is_main

),

-- of several symbols and entries that make an application green, the first one is named
named as (

    select
        h.application_id,
        h.mode,
        h.scope,
        h.topic,
        h.paper_category,
        min(lpad(cast(h.place as varchar), 12, '0') || '|' || h.symbol || '|' || h.entry || '|' || coalesce(h.flag, ''))
            as first_hit
    from hits as h
    group by h.application_id, h.mode, h.scope, h.topic, h.paper_category

)

select
    n.application_id,
    n.mode,
    n.scope,
    n.topic,
    n.paper_category,
    n.paper_category <> '' as in_paper7,
    split_part(n.first_hit, '|', 2) as symbol,
    split_part(n.first_hit, '|', 3) as entry,
    'ipc_' || n.scope || '_' || n.mode as rule,
    -- a symbol whose letter O was read as zero, or that was cut out of a longer text, is a little less certain
    cast(if(split_part(n.first_hit, '|', 4) in ('repaired', 'partial'), 0.90, 1.00) as decimal(4, 2)) as confidence
from named as n
