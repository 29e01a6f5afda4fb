-- CPC symbols that sources bring: a list of its own in exports, and tags of section Y that stand among the IPC.
-- Taken from every landed row, so that a gazette page that wins over an export does not hide them.
with lists as (

    select
        s.source_file,
        s.source_row,
        s.raw_pointer,
        s.cpc
    from {{ ref('stg_imports__publications') }} as s
    where len(s.cpc) > 0

),

written as (

    select
        v.application_key,
        unnest(l.cpc) as symbol_text
    from lists as l
    inner join {{ ref('int_publications_unioned') }} as u
        on l.source_file = u.source_file
        and l.source_row = u.source_row
        and l.raw_pointer = u.raw_pointer
    inner join {{ ref('int_publications_parsed') }} as p on u.landed_key = p.landed_key
    inner join {{ ref('int_publications_kept') }} as v on p.publication_key = v.publication_key
    where u.source_table = 'imported_publications'

),

among_ipc as (

    select
        i.ipc_key,
        i.token
    from {{ ref('int_ipc_texts_parsed') }} as i
    where i.flag = 'cpc_only'

),

all_written as (

    select
        w.application_key,
        w.symbol_text
    from written as w
    union all
    select
        v.application_key,
        i.token as symbol_text
    from among_ipc as i
    inner join {{ ref('int_publications_kept') }} as v on i.ipc_key = v.ipc_key
    where v.patent_kind_no <> 1

),

distinct_texts as (

    select distinct a.symbol_text
    from all_written as a
    where a.symbol_text is not null

),

bare as (

    select
        d.symbol_text,
        regexp_replace(upper({{ nfkc('d.symbol_text') }}), '\s', '', 'g') as text
    from distinct_texts as d

),

symbols as (

    select
        b.symbol_text,
        case
            when regexp_matches(b.text, '^[A-HY][0-9]{2}[A-Z][0-9]{1,4}/[0-9]{2,6}')
                then left(b.text, 4)
                    || ' ' || cast(cast(regexp_extract(b.text, '^.{4}([0-9]+)/', 1) as integer) as varchar)
                    || '/' || regexp_extract(b.text, '/([0-9]+)', 1)
            when regexp_matches(b.text, '^[A-HY][0-9]{2}[A-Z]$') then b.text
        end as symbol
    from bare as b

)

select distinct
    a.application_key,
    s.symbol
from all_written as a
inner join symbols as s on a.symbol_text = s.symbol_text
where s.symbol is not null
