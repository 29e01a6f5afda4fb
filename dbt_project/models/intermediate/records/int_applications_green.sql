{{ config(materialized='view') }}

with green as (

    select
        a.application_key,
        u.n_topics,
        u.green_topics,
        u.symbol,
        u.entry,
        u.edition,
        u.rule,
        u.confidence
    from {{ ref('int_application_units') }} as a
    inner join {{ ref('int_units_green') }} as u on a.unit_no = u.unit_no

)

select
    f.application_key,
    f.application_id,
    g.application_key is not null as is_green,
    coalesce(g.n_topics, 0) as n_topics,
    g.green_topics,
    g.symbol as green_symbol,
    g.entry as green_entry,
    g.edition as green_edition,
    g.rule as green_rule,
    g.confidence as green_confidence
from {{ ref('int_applications_folded') }} as f
left join green as g on f.application_key = g.application_key
