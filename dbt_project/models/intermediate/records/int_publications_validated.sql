with numbers as (

    select
        p.*,
        case when left(p.kind_code, 1) in ('A', 'B') then p.publication_digits end as lending_digits
    from {{ ref('int_publications_parsed') }} as p
    left join {{ ref('int_publications_repeated') }} as d
        on p.landed_id = d.landed_id
    where
        p.publication_no is not null
        and p.publication_date is not null
        and d.landed_id is null

),

identified as (

    select
        n.*,
        case
            when n.application_no is not null then 'application_no'
            when l.application_no is not null then 'application_no_of_same_publication_digits'
            else 'publication_digits'
        end as application_id_rule,
        coalesce(n.application_no, l.application_no) as folding_application_no
    from numbers as n
    -- plain equality: a second condition here makes the engine compare every pair
    left join {{ ref('int_application_numbers_linked') }} as l on n.lending_digits = l.publication_digits

)

select
    ---------- ids
    md5('publication|' || i.publication_no) as publication_id,
    case
        when i.folding_application_no is not null then md5('application|' || i.folding_application_no)
        else md5(
            'application|CN' || i.publication_digits || '|'
            || if(left(i.kind_code, 1) in ('A', 'B'), 'AB', left(i.kind_code, 1))
        )
    end as application_id,
    i.application_id_rule,
    cast(
        case i.application_id_rule
            when 'application_no' then 1.00
            when 'application_no_of_same_publication_digits' then 0.99
            else 0.95
        end as decimal(4, 2)
    ) as application_id_confidence,
    i.row_id,
    i.landed_id,
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
    ---------- text
    u.title,
    u.applicants_text,
    u.inventors_text,
    u.address_text,
    u.ipc_text,
    i.applicants_truncated,
    ---------- where it came from
    i.source_table,
    i.source_type,
    i.source_file,
    i.source_row,
    i.raw_pointer
from identified as i
inner join {{ ref('int_publications_unioned') }} as u
    on i.landed_id = u.landed_id
