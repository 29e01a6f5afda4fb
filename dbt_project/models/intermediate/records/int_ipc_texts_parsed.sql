-- Distinct texts only, and within them distinct pieces only: millions of publications carry some ten thousand
-- pieces. Designs are classified by Locarno (26-05) and never come here.
-- GREENTIES_IPC_TEXTS may name a Parquet file (ipc_text) whose texts are read instead of those of publications.
{{ config(
    materialized='table' if env_var('GREENTIES_IPC_TEXTS', '') else 'reused',
    driver='int_publications_kept', key=['ipc_key'], companions=['int_publication_texts']
) }}

with texts as (

    {% if env_var('GREENTIES_IPC_TEXTS', '') %}
        select distinct {{ text_key('f.ipc_text') }} as ipc_key, f.ipc_text
        from read_parquet('{{ env_var("GREENTIES_IPC_TEXTS") | replace("'", "''") }}') as f
        where f.ipc_text is not null
    {% else %}
    select
        k.ipc_key,
        t.text as ipc_text
    from (
        select distinct v.ipc_key
        from {{ ref('int_publications_kept') }} as v
        where v.ipc_key is not null and v.patent_kind_no <> 1
    ) as k
    inner join {{ ref('int_publication_texts') }} as t on k.ipc_key = t.text_key
    {% endif %}

),

split_texts as (

    select
        t.ipc_key,
        t.ipc_text,
        string_split_regex(t.ipc_text, '[;；,，、|｜♂\n\r]+|//') as pieces
    from texts as t

),

text_pieces as (

    select
        s.ipc_key,
        s.ipc_text,
        unnest(s.pieces) as piece,
        generate_subscripts(s.pieces, 1) as piece_no
    from split_texts as s

),

distinct_pieces as (

    select distinct p.piece
    from text_pieces as p
    where regexp_matches(p.piece, '[^\s?\x{2000}-\x{200F}\x{00A0}\x{3000}\x{FEFF}]')

),

normalised as (

    select
        d.piece,
        upper({{ clean_text('d.piece') }}) as text,
        upper(regexp_replace({{ nfkc('d.piece') }}, '^[?\s\x{FEFF}]+', '')) as fixed_width
    from distinct_pieces as d

),

without_labels as (

    select
        n.piece,
        case
            -- the 50-position exchange record (WIPO ST.8): the symbol is in positions 1 to 15
            when regexp_matches(n.fixed_width, '^[A-H][0-9]{2}[A-Z][ 0-9]{4}/[0-9 ]{6} {4}[0-9]{8}[ACS]')
                then substr(n.fixed_width, 1, 15)
            else regexp_replace(
                -- the same record where blanks were collapsed: version, levels, dates and office end a symbol
                regexp_replace(
                    n.text, ' ?[0-9]{8}[ACS][FL][IN] ?[0-9]{8} ?[BRVD][HMG][A-Z]{2}', ';', 'g'
                ),
                '^[? ]*([(\[]51[)\]] ?)?(INT ?\.? ?CL ?\.? ?([(\[]?[0-9][)\]]?)?)? ?:? ?', ''
            )
        end as text
    from normalised as n

),

-- (2006.01)I ends a symbol, (2006.01)N ends one of additional information; N survives as ~
without_versions as (

    select
        w.piece,
        string_split(
            replace(
                regexp_replace(
                    regexp_replace(w.text, '[(\[] ?[0-9]{4}\.[0-9]{1,2} ?[)\]] ?N', '~;', 'g'),
                    '[(\[] ?[0-9]{4}\.[0-9]{1,2} ?[)\]] ?I?', ';', 'g'
                ),
                ' ', ''
            ),
            ';'
        ) as parts
    from without_labels as w

),

parts as (

    select
        w.piece,
        generate_subscripts(w.parts, 1) as part_no,
        rtrim(unnest(w.parts), '~') as part,
        unnest(w.parts) like '%~' as is_additional
    from without_versions as w

),

found as (

    select
        p.piece,
        p.part_no,
        p.part,
        p.is_additional,
        case
            when regexp_matches(p.part, '^[A-HY](?:[0-9]{2}|[0-9O]{2}[A-Z])$') then [p.part]
            else regexp_extract_all(p.part, '{{ ipc_symbol_pattern() }}')
        end as found_symbols,
        regexp_replace(p.part, '{{ ipc_symbol_pattern() }}', '', 'g') as left_over
    from parts as p
    where p.part <> ''

),

-- a piece in which nothing was found stays, as one rejected row
pieces_found as (

    select
        d.piece,
        coalesce(f.part_no, 1) as part_no,
        coalesce(f.part, d.piece) as part,
        coalesce(f.is_additional, false) as is_additional,
        unnest(if(len(coalesce(f.found_symbols, [])) = 0, [''], f.found_symbols)) as found_symbol,
        generate_subscripts(if(len(coalesce(f.found_symbols, [])) = 0, [''], f.found_symbols), 1) as symbol_no,
        len(coalesce(f.found_symbols, [])) > 1 or coalesce(f.left_over, '') in ('', f.part) as is_whole
    from distinct_pieces as d
    left join found as f on d.piece = f.piece

),

components as (

    select
        f.*,
        left(f.found_symbol, 1) || replace(substr(f.found_symbol, 2, 2), 'O', '0')
        || substr(f.found_symbol, 4, 1) as subclass,
        case
            when regexp_matches(f.found_symbol, '^.{4}[0-9]{10}$') then substr(f.found_symbol, 5, 4)
            else replace(regexp_extract(f.found_symbol, '^.{4}([0-9O]+)[/:]', 1), 'O', '0')
        end as main_group,
        case
            -- 14-character form: subgroup padded with zeros on the right, at least two digits remain
            when regexp_matches(f.found_symbol, '^.{4}[0-9]{10}$')
                then rpad(
                    rtrim(substr(f.found_symbol, 9, 6), '0'),
                    cast(greatest(2, length(rtrim(substr(f.found_symbol, 9, 6), '0'))) as integer),
                    '0'
                )
            else replace(regexp_extract(f.found_symbol, '[/:]([0-9O]+)$', 1), 'O', '0')
        end as subgroup
    from pieces_found as f

),

symbols as (

    select
        c.piece,
        c.part_no,
        c.symbol_no,
        c.part,
        c.is_additional,
        case
            when c.found_symbol = '' or left(c.found_symbol, 1) = 'Y' then null
            when c.main_group = '' then c.subclass
            else c.subclass || ' ' || cast(try_cast(c.main_group as integer) as varchar) || '/' || c.subgroup
        end as symbol,
        case
            when c.found_symbol = '' then 'reject'
            when left(c.found_symbol, 1) = 'Y' then 'cpc_only'
            when
                length(c.found_symbol) > 3
                and substr(c.found_symbol, 1, 3) || substr(c.found_symbol, 5) like '%O%'
                then 'repaired'
            -- the IPC ends at main group 521 (C07D), the additional series of the CPC begins at 2000
            when try_cast(c.main_group as integer) between 522 and 1999 then 'unknown_group'
            when length(c.subclass) = 4 and k.subclass is null then 'unknown_subclass'
            when not c.is_whole then 'partial'
        end as flag
    from components as c
    left join {{ ref('stg_reference__ipc_subclasses') }} as k on c.subclass = k.subclass

),

in_texts as (

    select
        p.ipc_key,
        p.ipc_text,
        coalesce(s.symbol, s.part) as identity,
        p.piece_no * 10000 + s.part_no * 100 + s.symbol_no as place,
        s.part as token,
        s.symbol,
        s.is_additional,
        s.flag
    from text_pieces as p
    inner join symbols as s on p.piece = s.piece

),

-- a symbol that is named twice counts once, where it stands first
first_named as (

    select
        i.ipc_key,
        i.ipc_text,
        i.identity,
        min(i.place) as place,
        arg_min(i.token, i.place) as token,
        any_value(i.symbol) as symbol,
        arg_min(i.is_additional, i.place) as is_additional,
        arg_min(i.flag, i.place) as flag
    from in_texts as i
    group by i.ipc_key, i.ipc_text, i.identity

)

select
    f.ipc_key,
    f.ipc_text,
    cast(row_number() over (partition by f.ipc_text order by f.place asc) as integer) as position,
    f.symbol,
    -- the first symbol of the list is the main classification; an unreadable first entry leaves none
    f.symbol is not null and row_number() over (partition by f.ipc_text order by f.place asc) = 1 as is_main,
    f.is_additional,
    f.flag,
    f.token
from first_named as f
