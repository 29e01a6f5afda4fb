-- What makes a unit green under the settings, once for all its applications.
with settings as (

    select
        m.green_mode,
        m.green_scope,
        m.green_set
    from {{ ref('stg_method__settings') }} as m

),

tags as (

    select
        u.unit_no,
        if(s.green_scope = 'main', u.main_key, u.any_key) as reason_key,
        'ipc_' || s.green_scope || '_' || s.green_mode as rule,
        {{ green_class('s.green_set', 'u.topic', 'u.paper_category') }} as tag
    from {{ ref('int_tag_units') }} as u
    inner join settings as s on u.mode = s.green_mode

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

named as (

    select
        t.unit_no,
        t.tag,
        t.rule,
        t.reason_key % 2 as is_doubtful,
        r.symbol,
        r.entry,
        r.edition,
        t.tag || '|' || r.symbol || '|' || r.entry || '|' || r.edition as place
    from tags as t
    inner join reasons as r on t.reason_key // 2 = r.reason_no
    where t.tag <> '' and t.reason_key is not null

)

select
    n.unit_no,
    cast(count(distinct n.tag) as integer) as n_topics,
    string_agg(distinct n.tag, '|' order by n.tag) as green_topics,
    arg_min(n.symbol, n.place) as symbol,
    arg_min(n.entry, n.place) as entry,
    arg_min(n.edition, n.place) as edition,
    min(n.rule) as rule,
    cast(if(max(n.is_doubtful) = 1, 0.90, 1.00) as decimal(4, 2)) as confidence
from named as n
group by n.unit_no
