-- The words the scanner looks for, by kind of text: place names, and for names of organisations also the words that
-- end an organisation (behind them a place names a branch) and the groups that put a place behind their own name.
with words as (

    select
        n.name as word,
        t.text_kind,
        'place' as word_kind,
        bool_and(n.is_stem) as is_stem,
        bool_and(n.level = 'seat') as is_seat,
        bool_and(n.level = 'country') as is_country,
        bool_and(n.level in ('county', 'province', 'zone')) as is_county_or_province
    from {{ ref('int_place_names') }} as n
    cross join (values ('address'), ('name')) as t (text_kind)
    where n.text_kind in (t.text_kind, 'both')
    group by n.name, t.text_kind

    union all

    select
        o.word,
        'name' as text_kind,
        o.part as word_kind,
        false as is_stem,
        false as is_seat,
        false as is_country,
        false as is_county_or_province
    from {{ ref('organisation_parts') }} as o
    where o.word not in (select n.name from {{ ref('int_place_names') }} as n where n.level = 'seat')

    union all

    -- in an address the name of an organisation only hides the place it seems to contain (中山大学)
    select
        s.organisation as word,
        'address' as text_kind,
        'organisation' as word_kind,
        false as is_stem,
        false as is_seat,
        false as is_country,
        false as is_county_or_province
    from (select distinct o.organisation from {{ ref('organisation_seats') }} as o) as s

)

select
    w.word,
    w.text_kind,
    w.word_kind,
    w.is_stem,
    w.is_seat,
    w.is_country,
    w.is_county_or_province,
    -- two-character districts (东区, 城区) are words of everyday language: never alone
    w.word_kind = 'place' and not w.is_stem and length(w.word) = 2 and w.word like '%区' as is_generic,
    -- bare stems, two-character names and everything in the name of an organisation count only at the start of
    -- the text, right behind another word of this list, or behind an opening bracket
    w.word_kind = 'place' and (w.is_stem or length(w.word) = 2 or w.text_kind = 'name') as needs_anchor,
    substr(w.word, 1, if(length(w.word) < 4, 2, 4)) as prefix,
    cast(length(w.word) as integer) as word_length
from words as w
