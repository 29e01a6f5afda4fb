with tags as (

    select
        t.application_id,
        t.symbol,
        t.entry,
        t.edition,
        t.rule,
        t.confidence,
        {{ green_class('s.green_set', 't.topic', 't.paper_category') }} as tag
    from {{ ref('int_applications_tagged') }} as t
    inner join {{ ref('stg_method__settings') }} as s
        on t.mode = s.green_mode and t.scope = s.green_scope

),

green as (

    select
        t.application_id,
        count(distinct t.tag) as n_topics,
        string_agg(distinct t.tag, '|' order by t.tag) as green_topics,
        arg_min(t.symbol, t.tag || '|' || t.symbol || '|' || t.entry || '|' || t.edition) as symbol,
        arg_min(t.entry, t.tag || '|' || t.symbol || '|' || t.entry || '|' || t.edition) as entry,
        arg_min(t.edition, t.tag || '|' || t.symbol || '|' || t.entry || '|' || t.edition) as edition,
        min(t.rule) as rule,
        min(t.confidence) as confidence
    from tags as t
    where t.tag <> ''
    group by t.application_id

)

select
    a.application_id,
    g.application_id is not null as is_green,
    cast(coalesce(g.n_topics, 0) as integer) as n_topics,
    g.green_topics,
    g.symbol as green_symbol,
    g.entry as green_entry,
    g.edition as green_edition,
    g.rule as green_rule,
    g.confidence as green_confidence
from {{ ref('int_applications_folded') }} as a
left join green as g on a.application_id = g.application_id
