-- Everything a text can contain that tells a place, with the places it can mean and the years in which it did.
-- One row is one reading of a name: a name with several readings is ambiguous until its neighbours decide.
with prefectures as (

    select * from {{ ref('stg_reference__prefectures') }}

),

current_places as (

    select
        p.adcode as place_code,
        p.province_code
    from prefectures as p
    where p.is_current

    union all

    select
        u.adcode as place_code,
        u.province_code
    from {{ ref('stg_reference__province_administered_units') }} as u

),

divisions as (

    select
        d.adcode,
        d.name_zh,
        d.kind,
        d.province_code,
        d.parent_adcode,
        d.parent_name_zh,
        -- 460000 stands as parent of the counties that Hainan itself administered
        if(d.parent_kind = 'province_direct' or (d.parent_adcode = d.province_code and d.parent_kind <> 'municipality'),
            null, d.parent_adcode) as prefecture_then,
        d.valid_from_year,
        coalesce(d.valid_to_year, 9999) as valid_to_year,
        unnest(string_split(d.current_prefecture_adcodes, ';')) as place_now
    from {{ ref('stg_reference__divisions') }} as d
    where d.current_prefecture_adcodes is not null

),

counties as (

    select
        d.*,
        regexp_replace(d.place_now, '^direct:', '') as place_code,
        1.0 / count(*) over (partition by d.adcode, d.name_zh, d.valid_from_year) as share
    from divisions as d

),

-- A prefecture that is gone: where the county-level units it held are now, and how many of them
former_prefectures as (

    select
        c.parent_adcode,
        c.parent_name_zh,
        c.place_code,
        c.province_code,
        min(c.valid_from_year) as valid_from_year,
        max(c.valid_to_year) as valid_to_year,
        count(distinct c.adcode) as n_units
    from counties as c
    where
        c.prefecture_then is not null
        and not exists (
            select 1 from prefectures as p
            where p.is_current and p.adcode = c.parent_adcode and p.name_zh = c.parent_name_zh
        )
    group by c.parent_adcode, c.parent_name_zh, c.place_code, c.province_code

),

former_shares as (

    select
        f.*,
        f.n_units / sum(f.n_units) over (partition by f.parent_adcode, f.parent_name_zh) as share,
        -- most of it is still where its code is: renamed. (A code alone proves nothing, 511400 was Fuling before it
        -- was Meishan.)
        max(if(f.place_code = f.parent_adcode, f.n_units, 0)) over (partition by f.parent_adcode, f.parent_name_zh)
        >= 0.5 * sum(f.n_units) over (partition by f.parent_adcode, f.parent_name_zh) as is_renamed
    from former_prefectures as f

),

former_targets as (

    select
        f.parent_name_zh as name,
        f.parent_adcode as adcode_then,
        f.place_code,
        f.province_code as province_then,
        f.valid_from_year,
        f.valid_to_year,
        if(f.is_renamed, 1, f.share) as share
    from former_shares as f
    where not f.is_renamed or f.place_code = f.parent_adcode

    union all

    -- spells of the city table that the division table does not know, for a user's own table
    select
        p.name_zh as name,
        p.adcode as adcode_then,
        p.successor_adcode as place_code,
        p.province_code as province_then,
        p.valid_from_year,
        coalesce(p.valid_to_year, 9999) as valid_to_year,
        1.0 as share
    from prefectures as p
    where
        not p.is_current
        and p.successor_adcode is not null
        and not exists (
            select 1 from former_prefectures as f
            where f.parent_adcode = p.adcode and f.parent_name_zh = p.name_zh
        )

),

provinces as (

    select distinct
        p.province_code,
        p.province_zh,
        regexp_replace(p.province_zh, '(壮族自治区|回族自治区|维吾尔自治区|自治区|省|市)$', '') as province_short
    from prefectures as p
    where p.province_code not in (select m.adcode from prefectures as m where m.is_current)

),

province_names as (

    select p.province_zh as name, 'full' as form, p.province_code from provinces as p
    union
    select p.province_short as name, 'stem' as form, p.province_code from provinces as p
    union
    select p.province_short || '自治区' as name, 'full' as form, p.province_code from provinces as p
    where p.province_zh like '%自治区'

),

aliases as (

    select
        a.alias as name,
        a.alias_type,
        a.target_adcode,
        a.target_level,
        a.candidate_adcodes,
        a.valid_from_year,
        a.valid_to_year
    from {{ ref('stg_reference__aliases') }} as a
    -- single characters never stand for a place in running text; the other three repeat what the tables of
    -- units say, as warnings to a reader; non-mainland names stand in their own seed
    where
        length(a.alias) > 1
        and a.alias_type not in (
            'province_one_char', 'province_one_char_alt', 'stem_collision', 'near_homophone', 'street_trap',
            'non_mainland', 'ambiguous_county_name_current', 'ambiguous_county_name_since_2000', 'old_prefecture_name'
        )

),

alias_targets as (

    select
        a.name,
        a.alias_type,
        a.target_adcode as code,
        a.valid_from_year,
        a.valid_to_year
    from aliases as a
    where a.target_adcode is not null and coalesce(a.target_level, '') <> 'province'

    union

    select
        a.name,
        a.alias_type,
        regexp_extract(c.candidate, '([0-9]{6})', 1) as code,
        a.valid_from_year,
        a.valid_to_year
    from aliases as a
    cross join unnest(string_split(a.candidate_adcodes, ';')) as c (candidate)
    where a.target_adcode is null and a.candidate_adcodes is not null

),

county_now as (

    select
        c.adcode,
        c.place_code,
        c.province_code
    from counties as c
    where c.valid_to_year = 9999

),

readings as (

    ---------- provinces
    select
        n.name,
        n.form,
        'province' as level,
        cast(null as varchar) as place_code,
        n.province_code as province_then,
        cast(null as varchar) as adcode_then,
        cast(null as varchar) as county_code,
        0 as valid_from_year,
        9999 as valid_to_year,
        1.0 as share,
        'both' as text_kind,
        true as is_proposing
    from province_names as n

    union all

    ---------- prefecture-level units in force
    select
        v.name,
        v.form,
        'prefecture' as level,
        p.adcode as place_code,
        p.province_code as province_then,
        p.adcode as adcode_then,
        cast(null as varchar) as county_code,
        coalesce(p.valid_from_year, 0) as valid_from_year,
        9999 as valid_to_year,
        1.0 as share,
        'both' as text_kind,
        true as is_proposing
    from prefectures as p
    cross join lateral (
        values
        (p.name_zh, 'full'),
        (p.short_name_zh, if(p.short_name_zh like '%州' and p.name_zh like '%自治州' and length(p.short_name_zh) > 2, 'full', 'stem')),
        (if(p.name_zh like '%自治州' and p.short_name_zh not like '%州', p.short_name_zh || '州', null), 'full')
    ) as v (name, form)
    where p.is_current and v.name is not null

    union all

    ---------- prefecture-level units of the past
    select
        f.name,
        'full' as form,
        'former_prefecture' as level,
        f.place_code,
        f.province_then,
        f.adcode_then,
        cast(null as varchar) as county_code,
        coalesce(f.valid_from_year, 0) as valid_from_year,
        f.valid_to_year,
        cast(f.share as double) as share,
        'both' as text_kind,
        true as is_proposing
    from former_targets as f

    union all

    -- 乌兰察布 for 乌兰察布盟: agrees with the counties that it held then, and proposes nothing by itself, because nearly
    -- all of these names go on as that of a present prefecture or county
    select
        regexp_replace(f.name, '(地区|盟|市)$', '') as name,
        'stem' as form,
        'former_prefecture' as level,
        f.place_code,
        f.province_then,
        f.adcode_then,
        cast(null as varchar) as county_code,
        coalesce(f.valid_from_year, 0) as valid_from_year,
        f.valid_to_year,
        cast(f.share as double) as share,
        'address' as text_kind,
        false as is_proposing
    from former_targets as f
    where regexp_matches(f.name, '^.{2,}(地区|盟|市)$')

    union all

    ---------- county-level units, then and now
    select
        v.name,
        v.form,
        'county' as level,
        c.place_code,
        c.province_code as province_then,
        coalesce(c.prefecture_then, c.adcode) as adcode_then,
        c.adcode as county_code,
        c.valid_from_year,
        c.valid_to_year,
        cast(c.share as double) as share,
        v.text_kind,
        true as is_proposing
    from counties as c
    cross join lateral (
        values
        (c.name_zh, 'full', 'both'),
        (if(c.kind <> 'district' and length({{ county_stem('c.name_zh') }}) > 1, {{ county_stem('c.name_zh') }}, null), 'stem', 'address'),
        (if(c.name_zh like '%自治县', {{ county_stem('c.name_zh') }} || '县', null), 'full', 'both')
    ) as v (name, form, text_kind)
    where v.name is not null

    union all

    -- in the name of an organisation a bare stem is a place only when it is no ordinary word
    select
        s.name,
        'stem' as form,
        'county' as level,
        c.place_code,
        c.province_code as province_then,
        coalesce(c.prefecture_then, c.adcode) as adcode_then,
        c.adcode as county_code,
        c.valid_from_year,
        c.valid_to_year,
        cast(c.share as double) as share,
        'name' as text_kind,
        true as is_proposing
    from {{ ref('county_stems_in_names') }} as s
    inner join counties as c on s.name = {{ county_stem('c.name_zh') }}
    -- 区 as well: firms keep the name of the county that became a district (萧山, 顺德)
    where c.kind <> 'district' or exists (
        select 1 from counties as former
        where former.name_zh <> c.name_zh
            and {{ county_stem('former.name_zh') }} = s.name
            and former.place_code = c.place_code
    )

    union all

    ---------- province-administered units of the units table
    select
        v.name,
        v.form,
        'county' as level,
        u.adcode as place_code,
        u.province_code as province_then,
        u.adcode as adcode_then,
        u.adcode as county_code,
        coalesce(u.valid_from_year, 0) as valid_from_year,
        coalesce(u.valid_to_year, 9999) as valid_to_year,
        1.0 as share,
        v.text_kind,
        true as is_proposing
    from {{ ref('stg_reference__province_administered_units') }} as u
    cross join lateral (
        values
        (u.name_zh, 'full', 'both'),
        (if(length({{ county_stem('u.name_zh') }}) > 1, {{ county_stem('u.name_zh') }}, null), 'stem', 'address')
    ) as v (name, form, text_kind)
    where v.name is not null

    union all

    ---------- other names: short and old ones, new areas, development zones, divisions of the XPCC
    select
        a.name,
        if(
            regexp_matches(a.name, '(区|园|园区|新城|师|盟|市|县)$') or a.alias_type = 'landmark',
            'full', 'stem'
        ) as form,
        'zone' as level,
        coalesce(p.place_code, c.place_code) as place_code,
        coalesce(p.province_code, c.province_code) as province_then,
        coalesce(p.place_code, c.place_code) as adcode_then,
        if(p.place_code is null, c.adcode, null) as county_code,
        coalesce(a.valid_from_year, 0) as valid_from_year,
        coalesce(a.valid_to_year, 9999) as valid_to_year,
        1.0 as share,
        if(a.alias_type in ('landmark', 'homograph'), 'address', 'both') as text_kind,
        true as is_proposing
    from alias_targets as a
    left join current_places as p on a.code = p.place_code
    left join county_now as c on a.code = c.adcode
    where p.place_code is not null or c.place_code is not null

    union all

    select
        b.name,
        'full' as form,
        'zone' as level,
        b.target_adcode as place_code,
        p.province_code as province_then,
        b.target_adcode as adcode_then,
        cast(null as varchar) as county_code,
        0 as valid_from_year,
        9999 as valid_to_year,
        1.0 as share,
        b.text_kind,
        true as is_proposing
    from {{ ref('place_abbreviations') }} as b
    inner join current_places as p on b.target_adcode = p.place_code

    union all

    ---------- outside the mainland
    select
        f.name,
        'stem' as form,
        'country' as level,
        'country:' || f.country_or_area as place_code,
        cast(null as varchar) as province_then,
        cast(null as varchar) as adcode_then,
        cast(null as varchar) as county_code,
        0 as valid_from_year,
        9999 as valid_to_year,
        1.0 as share,
        f.text_kind,
        true as is_proposing
    from {{ ref('foreign_places') }} as f

    union all

    ---------- organisations whose seat is known but not told by the name
    select
        s.organisation as name,
        'stem' as form,
        'seat' as level,
        p.place_code,
        p.province_code as province_then,
        p.place_code as adcode_then,
        cast(null as varchar) as county_code,
        coalesce(try_cast(s.valid_from_year as integer), 0) as valid_from_year,
        coalesce(try_cast(s.valid_to_year as integer), 9999) as valid_to_year,
        1.0 as share,
        'name' as text_kind,
        true as is_proposing
    from {{ ref('organisation_seats') }} as s
    inner join current_places as p on s.target_adcode = p.place_code

)

select
    r.name,
    r.text_kind,
    r.level,
    r.place_code,
    coalesce(p.province_code, r.province_then) as province_code,
    r.province_then,
    r.adcode_then,
    r.county_code,
    min(r.valid_from_year) as valid_from_year,
    max(r.valid_to_year) as valid_to_year,
    max(r.share) as share,
    bool_and(r.form = 'stem') as is_stem,
    bool_or(r.is_proposing) as is_proposing
from readings as r
left join current_places as p on r.place_code = p.place_code
-- a user's own tables may know fewer places than the seeds
where p.place_code is not null or r.level in ('province', 'country')
group by
    r.name, r.text_kind, r.level, r.place_code, coalesce(p.province_code, r.province_then),
    r.province_then, r.adcode_then, r.county_code
