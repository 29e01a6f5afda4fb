-- Every distinct text of applicants, address and classification, with the whole number that stands for it in all tables
-- that follow: millions of rows carry some ten thousands of them. Kept from build to build; a month adds what is new in it.
{{ config(
    materialized='reused', driver='int_publications_unioned', by='landed_month', distinct_by='text_key',
    tables=['sipo_patents', 'gazette_csv', 'imported_publications']
) }}

with texts as (

    select u.applicants_text as text from {{ ref('int_publications_unioned') }} as u
    union
    select u.address_text as text from {{ ref('int_publications_unioned') }} as u
    union
    select u.ipc_text as text from {{ ref('int_publications_unioned') }} as u

)

select
    {{ text_key('t.text') }} as text_key,
    t.text,
    cast(length(t.text) as integer) as n_characters,
    {{ is_cut_off('t.text') }} as is_cut_off
from texts as t
where t.text is not null
