with publications as (

    select
        k.application_key,
        k.ipc_text,
        row_number() over (partition by k.application_key order by {{ publication_place('k') }} desc) as latest_first
    from {{ ref('int_publications_kept') }} as k
    -- most applications are not green in any way; the others need all their publications
    inner join {{ ref('int_applications_green_masked') }} as g on k.application_key = g.application_key
    where k.ipc_text is not null and k.patent_kind <> 'design'

),

-- any: every symbol of every publication of the application
-- main: the first symbol of its latest publication, which carries the final classification
-- of several symbols and entries that make an application green, the first one is named
hits as (

    select
        p.application_key,
        t.mode,
        t.topic,
        t.paper_category,
        min(p.latest_first * 1000 * {{ reason_room() }} + t.any_key) % {{ reason_room() }} as any_key,
        min(case when p.latest_first = 1 then t.main_key end) as main_key
    from publications as p
    inner join {{ ref('int_ipc_texts_tagged') }} as t on p.ipc_text = t.ipc_text
    group by p.application_key, t.mode, t.topic, t.paper_category

),

scopes as (

    select
        h.application_key,
        h.mode,
        'any' as scope,
        h.topic,
        h.paper_category,
        h.any_key as reason_key
    from hits as h
    union all
    select
        h.application_key,
        h.mode,
        'main' as scope,
        h.topic,
        h.paper_category,
        h.main_key as reason_key
    from hits as h
    where h.main_key is not null

),

reasons as (

    select
        t.reason_no,
        any_value(t.symbol) as symbol,
        any_value(t.entry) as entry,
        any_value(t.edition) as edition
    from {{ ref('int_symbols_tagged') }} as t
    group by t.reason_no

),

reason_keys as (

    select
        r.reason_no * 2 as reason_key,
        r.symbol,
        r.entry,
        r.edition,
        cast(1.00 as decimal(4, 2)) as confidence
    from reasons as r
    union all
    select
        r.reason_no * 2 + 1 as reason_key,
        r.symbol,
        r.entry,
        r.edition,
        cast(0.90 as decimal(4, 2)) as confidence
    from reasons as r

)

select
    s.application_key,
    g.application_id,
    s.mode,
    s.scope,
    s.topic,
    s.paper_category,
    s.paper_category <> '' as in_paper7,
    r.symbol,
    r.entry,
    r.edition,
    'ipc_' || s.scope || '_' || s.mode as rule,
    r.confidence
from scopes as s
inner join {{ ref('int_applications_green_masked') }} as g on s.application_key = g.application_key
inner join reason_keys as r on s.reason_key = r.reason_key
