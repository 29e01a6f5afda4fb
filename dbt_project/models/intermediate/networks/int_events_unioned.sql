-- Landed events of every source, with the application they speak of: by its number, else by the number of a
-- publication that is landed. Damaged numbers are never completed.
with crawled as (

    select
        s.row_id,
        'sipo_assignments' as source_table,
        1 as source_rank,  -- the office's own listing wins over a copy of it
        s.application_no_raw,
        cast(null as varchar) as publication_no_raw,
        s.event_type,
        cast(null as varchar) as event_code,
        s.event_class,
        s.parsed_type,
        s.item,
        s.event_text,
        s.reference_no,
        s.event_date_raw,
        s.gazette_date,
        s.effective_date_raw,
        s.effective_date,
        s.parties_before,
        s.parties_after,
        s.parse_problems,
        s.source_file,
        s.source_row,
        s.raw_pointer,
        1 as event_seq,
        s.landing_month
    from {{ ref('stg_sipo__assignments') }} as s

),

imported as (

    select
        i.row_id,
        'imported_events' as source_table,
        2 as source_rank,
        i.application_no_raw,
        i.publication_no_raw,
        i.event_type,
        i.event_code,
        i.event_class,
        i.parsed_type,
        i.item,
        i.event_text,
        i.reference_no,
        i.event_date_raw,
        i.gazette_date,
        i.effective_date_raw,
        i.effective_date,
        i.parties_before,
        i.parties_after,
        i.parse_problems,
        i.source_file,
        i.source_row,
        i.raw_pointer,
        -- one row of a file may tell several events
        row_number() over (
            partition by i.source_file, i.source_row, i.raw_pointer
            order by i.gazette_date, i.event_type, i.event_code, i.event_text, i.publication_no_raw
        ) as event_seq,
        i.landing_month
    from {{ ref('stg_imports__events') }} as i

),

all_rows as (

    select * from crawled
    union all
    select * from imported

),

written as (

    select
        a.*,
        {{ networks_application_no('a.application_no_raw') }} as own_application_no,
        nullif(
            regexp_extract({{ clean_number('a.publication_no_raw') }}, '{{ publication_no_pattern() }}', 1), ''
        ) as publication_digits
    from all_rows as a

),

keyed as (

    select
        w.*,
        case
            when not regexp_matches(w.own_application_no, '^0[0-9]{11}[.]')
                then try_cast(split_part(w.own_application_no, '.', 1) as bigint)
        end as own_application_key,
        try_cast('1' || w.publication_digits as bigint) as publication_number
    from written as w

),

-- Digits that more than one application bears say nothing.
published as (

    select
        v.publication_key // 1000 as publication_number,
        min(v.application_key) as application_key,
        min(v.folding_application_number) as application_number
    from {{ ref('int_publications_kept') }} as v
    inner join (select distinct w.publication_number from keyed as w where w.own_application_no is null) as n
        on v.publication_key // 1000 = n.publication_number
    group by v.publication_key // 1000
    having count(distinct v.application_key) = 1

)

select
    md5(
        'landed|' || w.source_table || '|' || cast(w.landing_month as varchar) || '|' || w.source_file || '|'
        || cast(w.source_row as varchar) || '|' || coalesce(w.raw_pointer, '') || '|' || cast(w.event_seq as varchar)
    ) as landed_id,
    w.row_id,
    w.landing_month,
    w.source_table,
    w.source_rank,
    w.application_no_raw,
    w.publication_no_raw,
    w.publication_digits,
    coalesce(w.own_application_no, {{ application_number_text('p.application_number') }}) as application_no,
    coalesce(f.application_key, p.application_key) as application_key,
    {{ application_id('coalesce(f.application_key, p.application_key)') }} as application_id,
    case
        when w.own_application_no is not null then 'application_no'
        when p.application_key is not null then 'publication_no'
        else 'none'
    end as application_rule,
    w.event_type,
    w.event_code,
    w.event_class,
    w.parsed_type,
    w.item,
    w.event_text,
    w.reference_no,
    w.event_date_raw,
    w.gazette_date,
    w.effective_date_raw,
    w.effective_date,
    w.parties_before,
    w.parties_after,
    w.parse_problems,
    w.source_file,
    w.source_row,
    -- the second event of one row has a pointer of its own
    if(w.event_seq > 1, w.raw_pointer || '.' || cast(w.event_seq as varchar), w.raw_pointer) as raw_pointer
from keyed as w
left join {{ ref('int_applications_folded') }} as f
    on w.own_application_key = f.application_key
left join published as p
    on w.publication_number = p.publication_number and w.own_application_no is null
