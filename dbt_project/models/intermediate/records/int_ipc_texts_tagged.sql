with settings as (

    select unnest(string_split(m.inventory_edition, '+')) as edition
    from {{ ref('stg_method__settings') }} as m

),

tags as (

    select
        t.symbol,
        t.mode,
        t.topic,
        t.paper_category,
        t.reason_no
    from {{ ref('int_symbols_tagged') }} as t
    inner join (select distinct s.edition from settings as s) as e
        on t.edition = e.edition

),

hits as (

    select
        p.ipc_key,
        t.mode,
        t.topic,
        t.paper_category,
        cast(p.position as bigint) as position,
        p.is_main,
        -- a symbol whose letter O was read as zero, or that was cut out of a longer text, is a little less certain
        t.reason_no * 2 + if(coalesce(p.flag, '') in ('repaired', 'partial'), 1, 0) as reason_key
    from {{ ref('int_ipc_texts_parsed') }} as p
    inner join tags as t on p.symbol = t.symbol

),

texts as (

    select
        h.ipc_key,
        h.mode,
        h.topic,
        h.paper_category,
        -- the symbol that stands first, of its entries the first; main: that of the first symbol of the text
        min(h.position * {{ reason_room() }} + h.reason_key) as any_key,
        min(case when h.is_main then h.reason_key end) as main_key
    from hits as h
    group by h.ipc_key, h.mode, h.topic, h.paper_category

)

select
    t.ipc_key,
    g.text_no,
    t.mode,
    t.topic,
    t.paper_category,
    t.any_key,
    t.main_key
from texts as t
inner join {{ ref('int_ipc_texts_green') }} as g on t.ipc_key = g.ipc_key
