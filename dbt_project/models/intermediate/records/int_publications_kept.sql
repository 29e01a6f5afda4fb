-- Accepted publications with what was read in them. A view: what is dropped or lent a number is little, so that nothing
-- is written twice. Texts are named by their key; who asks for one joins int_publication_texts.
{{ config(materialized='view') }}

with accepted as (

    select p.*
    from {{ ref('int_publications_parsed') }} as p
    anti join {{ ref('int_publications_repeated') }} as d on p.landed_key = d.landed_key
    where p.publication_key is not null and p.publication_date is not null

),

identified as (

    select
        a.*,
        case
            when a.application_number is not null then 'application_no'
            when l.application_number is not null then 'application_no_of_same_publication_digits'
            else 'publication_digits'
        end as application_id_rule,
        coalesce(a.application_number, l.application_number) as folding_application_number,
        coalesce(
            a.application_number, l.application_number, {{ numberless_application_key('a.publication_key') }}
        ) as application_key
    from accepted as a
    -- plain equality: a second condition here makes the engine compare every pair
    left join {{ ref('int_application_numbers_linked') }} as l on {{ lending_key('a.publication_key') }} = l.lending_key

)

select
    ---------- keys of the warehouse, ids of the world
    i.publication_key,
    i.application_key,
    i.landed_key,
    md5('publication|' || i.publication_no) as publication_id,
    {{ application_id('i.application_key') }} as application_id,
    i.application_id_rule,
    cast(
        case i.application_id_rule
            when 'application_no' then 1.00
            when 'application_no_of_same_publication_digits' then 0.99
            else 0.95
        end as decimal(4, 2)
    ) as application_id_confidence,
    ---------- numbers
    i.publication_no,
    i.publication_digits,
    i.kind_code,
    i.kind_rule,
    i.patent_kind,
    {{ publication_key_kind_no('i.publication_key') }} as patent_kind_no,
    if({{ publication_key_is_grant('i.publication_key') }}, 'grant', 'application') as publication_step,
    {{ publication_key_is_grant('i.publication_key') }} as is_grant,
    {{ publication_key_is_reissue('i.publication_key') }} as is_reissue,
    i.publication_date,
    i.application_no,
    i.application_no_rule,
    i.application_number,
    i.folding_application_number,
    {{ application_number_text('i.folding_application_number') }} as folding_application_no,
    i.filing_date,
    i.filing_date_read,
    ---------- text
    i.applicants_key,
    i.applicants_truncated,
    i.address_key,
    i.ipc_key,
    i.has_title,
    ---------- where it came from
    i.source_table,
    i.part,
    ---------- fields that were refused
    i.application_no_reason,
    i.filing_date_reason,
    i.source_type_reason
from identified as i
