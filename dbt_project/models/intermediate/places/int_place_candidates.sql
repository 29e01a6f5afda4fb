-- The places a chain of names can mean, in the year of the text, scored by how many of its names agree. Names weigh by
-- position, the first most: 2^(9 - place_no), so that no number of later names outvotes an earlier one.
{{ config(materialized='reused', driver='int_place_texts', key=['text', 'text_kind', 'year'], companions=['int_place_tokens']) }}

with tokens as (

    select * from {{ ref('int_place_tokens') }} as t
    where t.chain_no > 0 or t.chain_kind is not null

),

texts as (

    select * from {{ ref('int_place_texts') }}

),

readings as (

    select
        t.text,
        t.text_kind,
        t.chain_no,
        t.chain_kind,
        t.place_no,
        t.word,
        t.is_adjacent,
        t.is_generic,
        n.is_stem,
        n.is_proposing,
        n.level,
        n.place_code,
        n.province_code,
        n.province_then,
        n.adcode_then,
        n.county_code,
        n.valid_from_year,
        n.valid_to_year,
        n.share
    from tokens as t
    inner join {{ ref('int_place_names') }} as n
        on t.word = n.name and n.text_kind in (t.text_kind, 'both')

),

-- a generic name never proposes a place, it only agrees with one
proposed as (

    select distinct
        r.text,
        r.text_kind,
        r.chain_no,
        r.place_code,
        r.province_code
    from readings as r
    where r.place_code is not null and r.is_proposing and not r.is_generic

),

-- provinces that held the place, now or then (四川省重庆市)
proposed_provinces as (

    select distinct
        r.place_code,
        v.province_code
    from {{ ref('int_place_names') }} as r
    cross join lateral (values (r.province_code), (r.province_then)) as v (province_code)
    where r.place_code is not null and v.province_code is not null

),

agreements as (

    select
        p.text,
        p.text_kind,
        p.chain_no,
        p.place_code,
        p.province_code,
        r.place_no,
        r.level,
        r.level = 'county' and r.is_adjacent and not r.is_stem as is_adjacent_county,
        r.adcode_then,
        r.county_code,
        r.valid_from_year,
        r.valid_to_year,
        r.share
    from proposed as p
    inner join readings as r
        on p.text = r.text and p.text_kind = r.text_kind and p.chain_no = r.chain_no and p.place_code = r.place_code

    union all

    select
        p.text,
        p.text_kind,
        p.chain_no,
        p.place_code,
        p.province_code,
        r.place_no,
        r.level,
        false as is_adjacent_county,
        null as adcode_then,
        null as county_code,
        r.valid_from_year,
        r.valid_to_year,
        null as share
    from proposed as p
    inner join readings as r
        on p.text = r.text and p.text_kind = r.text_kind and p.chain_no = r.chain_no and r.level = 'province'
    inner join proposed_provinces as v on p.place_code = v.place_code and r.province_code = v.province_code

    union all

    -- 资阳市|简阳市: the county has moved to another prefecture since, so the old one agrees with the new
    select distinct
        p.text,
        p.text_kind,
        p.chain_no,
        p.place_code,
        p.province_code,
        r.place_no,
        r.level,
        false as is_adjacent_county,
        null as adcode_then,
        null as county_code,
        r.valid_from_year,
        r.valid_to_year,
        null as share
    from proposed as p
    inner join readings as c
        on p.text = c.text and p.text_kind = c.text_kind and p.chain_no = c.chain_no
        and p.place_code = c.place_code and c.level = 'county'
    inner join readings as r
        on p.text = r.text and p.text_kind = r.text_kind and p.chain_no = r.chain_no
        and r.level in ('prefecture', 'former_prefecture')
        and r.adcode_then = c.adcode_then and r.place_code <> p.place_code
        and r.valid_from_year <= c.valid_to_year and r.valid_to_year >= c.valid_from_year

),

-- one line per name and place: several readings of one name that mean the same place count once
by_name as (

    select
        a.text,
        a.text_kind,
        a.chain_no,
        a.place_code,
        t.year,
        a.place_no,
        bool_or(t.year is null or t.year between a.valid_from_year and a.valid_to_year) as is_of_the_year,
        bool_or(a.level = 'province') as is_province,
        bool_or(a.level = 'prefecture') as is_prefecture,
        bool_or(a.level = 'former_prefecture') as is_former,
        bool_or(a.level = 'county') as is_county,
        bool_or(a.is_adjacent_county) as is_adjacent_county,
        any_value(a.province_code) as province_code,
        bool_or(a.level = 'zone') as is_zone,
        bool_or(a.level = 'seat') as is_seat,
        bool_or(a.level = 'country') as is_country,
        coalesce(
            max(if(t.year between a.valid_from_year and a.valid_to_year, a.share, null)), max(a.share)
        ) as share,
        -- the unit the place belonged to in that year, by the readings that were valid then
        max(if(t.year between a.valid_from_year and a.valid_to_year, a.adcode_then, null)) as adcode_then,
        max(if(t.year between a.valid_from_year and a.valid_to_year or t.year is null, a.county_code, null)) as county_code
    from agreements as a
    inner join texts as t on a.text = t.text and a.text_kind = t.text_kind
    -- a place keeps the names of other years; an organisation that moved is at its seat of the year alone
    where a.level <> 'seat' or coalesce(t.year, {{ last_boundary_year() }}) between a.valid_from_year and a.valid_to_year
    group by a.text, a.text_kind, a.chain_no, a.place_code, t.year, a.place_no

)

select
    b.text,
    b.text_kind,
    b.year,
    b.chain_no,
    b.place_code,
    any_value(b.province_code) as province_code,
    cast(sum(cast(power(2, 9 - b.place_no) as integer)) as integer) as score,
    cast(sum(if(b.is_of_the_year, cast(power(2, 9 - b.place_no) as integer), 0)) as integer) as score_of_the_year,
    -- the share of the narrowest name: a county settles what a former prefecture leaves open
    arg_max(b.share, b.place_no) as share,
    bool_or(b.is_prefecture and not b.is_province) as has_prefecture,
    bool_or(b.is_county) as has_county,
    bool_or(b.is_adjacent_county) as has_adjacent_county,
    bool_or(b.is_former and not b.is_county and not b.is_prefecture) as has_former,
    bool_or(b.is_zone) as has_zone,
    bool_or(b.is_seat) as has_seat,
    bool_or(b.is_country) as is_country,
    bool_and(b.is_province) as is_province_name_only,
    bool_or(b.is_of_the_year and not b.is_province) as is_of_the_year,
    arg_max(b.adcode_then, b.place_no) as adcode_then,
    arg_max(b.county_code, b.place_no) as county_code
from by_name as b
group by b.text, b.text_kind, b.year, b.chain_no, b.place_code
