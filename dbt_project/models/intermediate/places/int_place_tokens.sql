-- Every word of the lexicon that a text contains, leftmost-longest, in order. Set-based: the texts are exploded into
-- positions, joined with the lexicon on two characters, and one pass over each text's matches keeps those that do
-- not overlap and stand where they may.
with strings as (

    select
        string_agg(c.traditional, '' order by c.traditional) as traditional,
        string_agg(c.simplified, '' order by c.traditional) as simplified
    from {{ ref('traditional_characters') }} as c

),

texts as (

    select
        t.text,
        t.text_kind,
        {{ place_text('t.text', 's') }} as normal
    from (select distinct p.text, p.text_kind from {{ ref('int_place_texts') }} as p) as t
    cross join strings as s

),

-- A postcode stands glued to the front of an address or behind the word 邮编
coded as (

    select
        t.text,
        t.text_kind,
        if(
            t.text_kind = 'address',
            nullif(
                coalesce(
                    nullif(regexp_extract(t.normal, '^\(?(?:邮编|邮政编码)?[:：]?([0-9]{6})(?:[^0-9]|$)', 1), ''),
                    regexp_extract(t.normal, '(?:邮编|邮政编码)[:：]?([0-9]{6})(?:[^0-9]|$)', 1)
                ), ''
            ), null
        ) as postcode,
        if(
            t.text_kind = 'address',
            regexp_replace(
                regexp_replace(t.normal, '\(?(邮编|邮政编码)[:：]?[0-9]{6}\)?', ''),
                '^[0-9]{6}([^0-9]|$)', '\1'
            ), t.normal
        ) as body
    from texts as t

),

stripped as (

    select
        c.text,
        c.text_kind,
        c.postcode,
        -- the country may stand behind the postcode
        regexp_replace(c.body, '^(中华人民共和国|中国)(\p{Han}*(省|市|自治区|台湾|香港|澳门))', '\2') as body
    from coded as c

),

positions as (

    select
        s.text,
        s.text_kind,
        s.body,
        unnest(generate_series(1, least(length(s.body), 60))) as start_at
    from stripped as s
    where s.body <> ''

),

matches as (

    select
        p.text,
        p.text_kind,
        p.start_at,
        p.start_at + l.word_length - 1 as end_at,
        l.word,
        l.word_kind,
        l.is_seat,
        l.is_generic,
        l.needs_anchor and substr(p.body, p.start_at - 1, 1) <> '(' as needs_anchor,
        substr(p.body, p.start_at - 1, 1) = '(' as is_bracketed,
        row_number() over (partition by p.text_kind, p.text, p.start_at order by l.word_length desc) as length_rank
    from positions as p
    inner join {{ ref('int_place_lexicon') }} as l
        on p.text_kind = l.text_kind
        and substr(p.body, p.start_at, 2) = l.prefix
        and substr(p.body, p.start_at, l.word_length) = l.word
    where
        -- 南京路, 重庆南路, 屯溪街: a street named after a place
        not (
            l.is_stem and not l.is_seat and not l.is_country
            -- 南京路桥工程公司 builds roads and bridges
            and not (l.text_kind = 'name' and regexp_matches(substr(p.body, p.start_at + l.word_length, 2), '^(路桥|道路|路面|街区|桥梁)'))
            and regexp_matches(
                substr(p.body, p.start_at + l.word_length, 5),
                '^[东南西北中一二三四五六七八九十]{0,2}(路|街|道|巷|大道|大街|弄|里弄)'
            )
        )
        -- 南华大学, 长江学院: a school named after more than the county
        and not (
            l.is_stem and not l.is_seat and l.is_county_or_province
            and regexp_matches(substr(p.body, p.start_at + l.word_length, 2), '^(大学|学院)')
            and l.text_kind = 'name'
        )

),

scanned as (

    select
        m.text,
        m.text_kind,
        {{ leftmost_longest('m') }} as tokens
    from matches as m
    where m.length_rank = 1
    group by m.text, m.text_kind

),

tokens as (

    select
        s.text,
        s.text_kind,
        unnest(s.tokens) as token,
        generate_subscripts(s.tokens, 1) - 1 as token_no
    from scanned as s

),

neighbours as (

    select
        t.text,
        t.text_kind,
        t.token_no,
        t.token.start_at,
        t.token.end_at,
        t.token.word,
        t.token.word_kind,
        t.token.is_seat,
        t.token.is_generic,
        t.token.is_bracketed,
        lag(t.token.word_kind) over (partition by t.text_kind, t.text order by t.token_no) as word_kind_before,
        lag(t.token.is_seat) over (partition by t.text_kind, t.text order by t.token_no) as is_seat_before,
        lag(t.token.end_at) over (partition by t.text_kind, t.text order by t.token_no) as end_before
    from tokens as t

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
            partition by s.text_kind, s.text order by s.token_no rows unbounded preceding
        ) as chain_no
    from starts as s
    inner join stripped as b on s.text = b.text and s.text_kind = b.text_kind
    where
        s.word_kind = 'place'
        -- a known seat speaks at the beginning of a name or of its branch, not behind a place (西安|电子科技大学) nor in
        -- brackets; and that of a company speaks for the company alone, not for its branches elsewhere
        and not (
            s.is_seat and (
                s.word_kind_before = 'place' and not s.is_seat_before
                or s.is_bracketed
                or s.word like '%公司' and s.end_at < length(b.body)
            )
        )
        and (s.text_kind = 'address' or s.word_kind_before is distinct from 'other' or s.is_bracketed)

),

chains as (

    select
        p.text,
        p.text_kind,
        p.chain_no,
        coalesce(
            max(p.chain_start) over (partition by p.text_kind, p.text, p.chain_no),
            if(p.text_kind = 'address', 'address', 'prefix')
        ) as chain_kind,
        row_number() over (partition by p.text_kind, p.text, p.chain_no order by p.token_no) as place_no,
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
left join chains as c on s.text = c.text and s.text_kind = c.text_kind
where c.place_no is null or c.place_no <= 8
