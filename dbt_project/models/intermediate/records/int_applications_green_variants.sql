-- A view: a filter on the key columns picks masks, and applications follow by equality; all rows at once would be
-- dozens for every green application.
{{ config(materialized='view') }}

select
    a.application_id,
    m.green_mode,
    m.green_scope,
    m.green_set,
    m.green_edition
from {{ ref('int_applications_green_masked') }} as a
inner join {{ ref('int_green_masks') }} as m
    on a.any_variants = m.any_variants and a.main_variants = m.main_variants
