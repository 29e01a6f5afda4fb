-- Every word of the lexicon that a text contains, leftmost-longest, in order. Set-based: the texts are exploded into
-- positions, joined with the lexicon on their first characters, and one pass over each text's matches keeps those that do
-- not overlap and stand where they may.
{{ config(materialized='reused', driver='int_place_texts', key=['text', 'text_kind']) }}

with strings as (

    select
        string_agg(c.traditional, '' order by c.traditional) as traditional,
        string_agg(c.simplified, '' order by c.traditional) as simplified
    from {{ ref('traditional_characters') }} as c

),

-- a number instead of the text in the joins below
numbered as (

    select
        p.text,
        p.text_kind,
        row_number() over (order by p.text_kind, p.text) as text_no
    from (select distinct t.text, t.text_kind from {{ ref('int_place_texts') }} as t) as p

),

-- Plain texts, the great majority, are spared the slow replacement of characters
compatible as (

    select
        n.text,
        n.text_kind,
        n.text_no,
        case
            when regexp_matches(n.text, '^[!-~\x{4E00}-\x{9FFF}]*$') then n.text
            else {{ nfkc('n.text') }}
        end as plain
    from numbered as n

),

traditional_texts as (

    select distinct h.text_no
    from (
        select
            c.text_no,
            unnest(string_split(c.plain, '')) as character
        from compatible as c
    ) as h
    inner join {{ ref('traditional_characters') }} as r on h.character = r.traditional

),

simplified as (

    select
        c.text,
        c.text_kind,
        c.text_no,
        c.plain
    from compatible as c
    left join traditional_texts as r on c.text_no = r.text_no
    where r.text_no is null

    union all

    select
        c.text,
        c.text_kind,
        c.text_no,
        translate(c.plain, s.traditional, s.simplified) as plain
    from compatible as c
    inner join traditional_texts as r on c.text_no = r.text_no
    cross join strings as s

),

texts as (

    select
        n.text,
        n.text_kind,
        n.text_no,
        {{ place_text('n.plain') }} as normal
    from simplified as n

),

-- A postcode stands glued to the front of an address or behind the word 邮编
coded as (

    select
        t.text,
        t.text_kind,
        t.text_no,
        case
            when t.text_kind <> 'address' then null
            when regexp_matches(t.normal, '^[0-9]{6}[^0-9]') then substr(t.normal, 1, 6)
            when not regexp_matches(t.normal, '[0-9]{6}') then null
            else nullif(
                coalesce(
                    nullif(regexp_extract(t.normal, '^\(?(?:邮编|邮政编码)?[:：]?([0-9]{6})(?:[^0-9]|$)', 1), ''),
                    regexp_extract(t.normal, '(?:邮编|邮政编码)[:：]?([0-9]{6})(?:[^0-9]|$)', 1)
                ), ''
            )
        end as postcode,
        case
            when t.text_kind <> 'address' or not regexp_matches(t.normal, '[0-9]{6}') then t.normal
            else regexp_replace(
                regexp_replace(t.normal, '\(?(邮编|邮政编码)[:：]?[0-9]{6}\)?', ''),
                '^[0-9]{6}([^0-9]|$)', '\1'
            )
        end as body
    from texts as t

),

stripped as (

    select
        c.text,
        c.text_kind,
        c.text_no,
        c.postcode,
        -- the country may stand behind the postcode
        {{ without_country('c.body') }} as body
    from coded as c

),

positions as (

    select
        s.text_no,
        s.text_kind,
        s.body,
        unnest(generate_series(1, least(length(s.body), 60))) as start_at
    from stripped as s
    where s.body <> ''

),

-- short words are found by two characters, longer ones by four: half of all organisations begin like a province
keyed as (

    select
        p.text_no,
        p.text_kind,
        p.body,
        p.start_at,
        substr(p.body, p.start_at, 2) as prefix
    from positions as p

    union all

    select
        p.text_no,
        p.text_kind,
        p.body,
        p.start_at,
        substr(p.body, p.start_at, 4) as prefix
    from positions as p
    where p.start_at + 3 <= length(p.body)

),

found as (

    select
        p.text_no,
        p.text_kind,
        p.start_at,
        p.start_at + l.word_length - 1 as end_at,
        l.word,
        l.word_kind,
        l.word_length,
        l.is_seat,
        l.is_country,
        l.is_stem,
        l.is_county_or_province,
        l.is_generic,
        l.needs_anchor,
        substr(p.body, p.start_at - 1, 1) = '(' as is_bracketed,
        substr(p.body, p.start_at + l.word_length, 5) as follows
    from keyed as p
    inner join {{ ref('int_place_lexicon') }} as l
        on p.text_kind = l.text_kind
        and p.prefix = l.prefix
        and substr(p.body, p.start_at, l.word_length) = l.word

),

matches as (

    select
        f.text_no,
        f.start_at,
        f.end_at,
        f.word,
        f.word_kind,
        f.is_seat,
        f.is_generic,
        f.needs_anchor and not f.is_bracketed as needs_anchor,
        f.is_bracketed,
        row_number() over (partition by f.text_no, f.start_at order by f.word_length desc) as length_rank
    from found as f
    where
        -- 南京路, 重庆南路, 屯溪街: a street named after a place; but 南京路桥工程公司 builds roads and bridges
        not (
            f.is_stem and not f.is_seat and not f.is_country
            and not (f.text_kind = 'name' and regexp_matches(f.follows, '^(路桥|道路|路面|街区|桥梁)'))
            and regexp_matches(f.follows, '^[东南西北中一二三四五六七八九十]{0,2}(路|街|道|巷|大道|大街|弄|里弄)')
            -- 永州道县, 台州路桥区: counties whose name begins like a street
            and not regexp_matches(f.follows, '^(道县|道真|道孚|道里区|道外区|路南区|路北区|路南县|路南彝|路桥区)')
        )
        -- 南华大学, 长江学院: a school named after more than the county
        and not (
            f.is_stem and not f.is_seat and f.is_county_or_province
            and f.text_kind = 'name'
            and regexp_matches(f.follows, '^(大学|学院)')
        )

),

scanned as (

    select
        m.text_no,
        {{ leftmost_longest('m') }} as tokens
    from matches as m
    where m.length_rank = 1
    group by m.text_no

),

tokens as (

    select
        s.text_no,
        unnest(s.tokens) as token,
        generate_subscripts(s.tokens, 1) - 1 as token_no
    from scanned as s

),

neighbours as (

    select
        t.text_no,
        b.text_kind,
        b.body,
        t.token_no,
        t.token.start_at,
        t.token.end_at,
        t.token.word,
        t.token.word_kind,
        t.token.is_seat,
        t.token.is_generic,
        t.token.is_bracketed,
        lag(t.token.word_kind) over (partition by t.text_no order by t.token_no) as word_kind_before,
        lag(t.token.is_seat) over (partition by t.text_no order by t.token_no) as is_seat_before,
        lag(t.token.end_at) over (partition by t.text_no order by t.token_no) as end_before
    from tokens as t
    inner join stripped as b on t.text_no = b.text_no

),

-- Places that stand side by side form a chain (浙江|杭州|余杭区); where a chain starts says what it is
starts as (

    select
        n.*,
        case
            when n.text_kind = 'address' then if(n.token_no = 1, 'address', null)
            when n.is_bracketed then 'bracket'
            when n.word_kind_before in ('organisation_end', 'parent') or n.is_seat_before then 'branch'
            when n.word_kind_before = 'start' and n.is_seat then 'seat'
            when n.word_kind_before = 'start' then 'prefix'
        end as chain_start
    from neighbours as n
    where n.token_no > 0

),

places as (

    select
        s.*,
        count(s.chain_start) over (
            partition by s.text_no order by s.token_no rows unbounded preceding
        ) as chain_no
    from starts as s
    where
        s.word_kind = 'place'
        -- a known seat speaks at the beginning of a name or of its branch, not behind a place (西安|电子科技大学) nor in
        -- brackets; and that of a company speaks for the company alone, not for its branches elsewhere
        and not (
            s.is_seat and (
                s.word_kind_before = 'place' and not s.is_seat_before
                or s.is_bracketed
                or s.word like '%公司' and s.end_at < length(s.body)
            )
        )
        and (s.text_kind = 'address' or s.word_kind_before is distinct from 'other' or s.is_bracketed)

),

chains as (

    select
        p.text_no,
        p.chain_no,
        coalesce(
            max(p.chain_start) over (partition by p.text_no, p.chain_no),
            if(p.text_kind = 'address', 'address', 'prefix')
        ) as chain_kind,
        row_number() over (partition by p.text_no, p.chain_no order by p.token_no) as place_no,
        p.start_at = p.end_before + 1 as is_adjacent,
        p.start_at,
        p.end_at,
        p.word,
        p.is_seat,
        p.is_generic
    from places as p

)

select
    s.text,
    s.text_kind,
    s.postcode,
    s.body,
    coalesce(c.chain_no, 0) as chain_no,
    c.chain_kind,
    c.place_no,
    c.start_at,
    c.end_at,
    c.word,
    c.is_adjacent,
    c.is_seat,
    c.is_generic
from stripped as s
left join chains as c on s.text_no = c.text_no
where c.place_no is null or c.place_no <= 8
