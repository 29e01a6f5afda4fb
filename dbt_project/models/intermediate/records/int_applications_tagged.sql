-- A view over units: dozens of tags for every green application are written out only where somebody asks.
{{ config(materialized='view') }}

with scopes as (

    select
        u.unit_no,
        u.mode,
        'any' as scope,
        u.topic,
        u.paper_category,
        u.any_key as reason_key
    from {{ ref('int_tag_units') }} as u
    union all
    select
        u.unit_no,
        u.mode,
        'main' as scope,
        u.topic,
        u.paper_category,
        u.main_key as reason_key
    from {{ ref('int_tag_units') }} as u
    where u.main_key is not null

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
    a.application_key,
    a.application_id,
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
from {{ ref('int_application_units') }} as a
inner join scopes as s on a.unit_no = s.unit_no
inner join reason_keys as r on s.reason_key = r.reason_key
