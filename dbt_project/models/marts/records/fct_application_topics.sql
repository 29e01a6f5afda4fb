{{ config(materialized='view') }}

select
    t.application_id,
    t.mode,
    t.scope,
    t.topic,
    t.paper_category,
    t.in_paper7,
    t.symbol,
    t.entry,
    t.edition,
    t.rule,
    t.confidence
from {{ ref('int_applications_tagged') }} as t
