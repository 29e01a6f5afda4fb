with settings as (

    select
        m.green_mode,
        m.green_scope,
        m.green_set
    from {{ ref('stg_method__settings') }} as m

),

tags as (

    select
        t.*,
        if(s.green_set = 'paper7', t.paper_category, t.topic) as tag
    from {{ ref('int_applications_tagged') }} as t
    cross join settings as s
    where
        t.mode = s.green_mode
        and t.scope = s.green_scope
        and (s.green_set = 'wipo_full' or t.in_paper7)

),

green as (

    select
        t.application_id,
        count(distinct t.tag) as n_topics,
        string_agg(distinct t.tag, '|' order by t.tag) as green_topics,
        arg_min(t.symbol, t.tag || '|' || t.symbol || '|' || t.entry) as symbol,
        arg_min(t.entry, t.tag || '|' || t.symbol || '|' || t.entry) as entry,
        min(t.rule) as rule,
        min(t.confidence) as confidence
    from tags as t
    group by t.application_id

)

select
    a.application_id,
    g.application_id is not null as is_green,
    cast(coalesce(g.n_topics, 0) as integer) as n_topics,
    g.green_topics,
    g.symbol as green_symbol,
    g.entry as green_entry,
    g.rule as green_rule,
    g.confidence as green_confidence
from {{ ref('int_applications_folded') }} as a
left join green as g on a.application_id = g.application_id
