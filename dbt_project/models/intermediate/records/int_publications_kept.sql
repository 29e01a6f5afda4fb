-- Accepted publications with what was read in them. A view: what is dropped or lent a number is little, so that nothing
-- is written twice.
{{ config(materialized='view') }}

with accepted as (

    select
        p.*,
        case when left(p.kind_code, 1) in ('A', 'B') then p.publication_digits end as lending_digits
    from {{ ref('int_publications_parsed') }} as p
    left join {{ ref('int_publications_repeated') }} as d on p.landed_key = d.landed_key
    where
        p.publication_key is not null
        and p.publication_date is not null
        and d.landed_key is null

),

identified as (

    select
        a.*,
        case
            when a.application_no is not null then 'application_no'
            when l.application_no is not null then 'application_no_of_same_publication_digits'
            else 'publication_digits'
        end as application_id_rule,
        coalesce(a.application_no, l.application_no) as folding_application_no,
        coalesce(a.application_number, l.application_number) as folding_application_number
    from accepted as a
    -- plain equality: a second condition here makes the engine compare every pair
    left join {{ ref('int_application_numbers_linked') }} as l on a.lending_digits = l.publication_digits

)

select
    ---------- keys of the warehouse, ids of the world
    i.publication_key,
    {{ application_key('i.folding_application_number', 'i.publication_digits', 'i.kind_code') }} as application_key,
    i.landed_key,
    md5('publication|' || i.publication_no) as publication_id,
    {{ application_id('i.folding_application_no', 'i.publication_digits', 'i.kind_code') }} as application_id,
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
    if(left(i.kind_code, 1) = 'A', 'application', 'grant') as publication_step,
    length(i.kind_code) > 1 as is_reissue,
    i.publication_date,
    i.application_no,
    i.application_no_rule,
    i.folding_application_no,
    i.filing_date,
    i.filing_date_read,
    ---------- text
    i.applicants_text,
    i.applicants_truncated,
    i.address_text,
    i.ipc_text,
    i.has_title,
    ---------- where it came from
    i.source_table,
    i.source_type,
    i.part,
    i.source_row,
    ---------- fields that were refused
    i.application_no_reason,
    i.filing_date_reason,
    i.source_type_reason
from identified as i
