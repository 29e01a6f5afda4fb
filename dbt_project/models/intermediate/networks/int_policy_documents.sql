-- A document that stands on the site twice under two ids (same province and number, else same title, date and text) is
-- one; the one published last counts, it may be the corrected one.
with places as (

    select
        n.province_name,
        min(n.province_code) as province_code
    from {{ ref('int_nodes') }} as n
    group by n.province_name

),

documents as (

    select
        d.*,
        p.province_code,
        cast(year(coalesce(d.issued_date, d.published_date)) as integer) as year,
        if(d.issued_date is not null, 'issued', 'published') as year_basis,
        case
            when d.document_no is not null
                then 'number|' || regexp_replace({{ clean_text('d.document_no') }}, '[\s\[\]()〔〕【】]', '', 'g')
            else concat_ws('|', 'text', d.title, cast(d.issued_date as varchar), d.document_text)
        end as document_key
    from {{ ref('stg_policy__documents') }} as d
    left join places as p
        on d.province_name = p.province_name

),

ranked as (

    select
        d.*,
        case
            when d.province_code is null then 'unknown_province'
            when d.year is null then 'no_date'
        end as problem,
        row_number() over latest_first as place,
        first_value(d.raw_pointer) over latest_first as latest_raw_pointer
    from documents as d
    window latest_first as (
        partition by d.province_name, d.document_key
        order by
            d.published_date desc nulls last, if(d.source_table = 'policy_documents', 0, 1), d.document_id desc, d.source_file desc, d.source_row desc,
            d.raw_pointer desc
    )

)

select
    r.row_id,
    r.source_table,
    r.document_id,
    r.province_code,
    r.province_name,
    r.year,
    r.year_basis,
    r.title,
    r.document_no,
    r.issuers,
    r.issued_date_raw,
    r.issued_date,
    r.published_date_raw,
    r.published_date,
    r.document_text,
    -- a document without a known province or year is no repetition of anything that counts
    case
        when r.problem is not null then r.problem
        when r.place > 1 then 'document_listed_twice'
    end as problem,
    case when r.problem is null and r.place > 1 then r.latest_raw_pointer end as kept_raw_pointer,
    r.source_file,
    r.source_row,
    r.raw_pointer
from ranked as r
