-- Text -> place: what the names say, then the postcode, then the head office of a provincial grid company; or
-- nothing, with the candidates and a reason.
with tokens as (

    select * from {{ ref('int_place_tokens') }}

),

bodies as (

    select distinct
        t.text,
        t.text_kind,
        t.postcode,
        t.body
    from tokens as t

),

province_prefixes as (

    select
        s.postcode_prefix,
        s.target_adcode as province_code
    from {{ ref('postcode_prefixes') }} as s
    where s.target_level = 'province'

),

-- the longest prefix that is known, learned before seed
postcodes as (

    select
        d.postcode,
        arg_max(p.place_code, length(p.postcode_prefix) * 2 + if(p.source = 'learned', 1, 0)) as place_code,
        any_value(v.province_code) as province_code
    from (select distinct b.postcode from bodies as b where b.postcode is not null) as d
    left join {{ ref('int_postcodes_learned') }} as p
        on p.postcode_prefix in (left(d.postcode, 4), left(d.postcode, 3), left(d.postcode, 2))
    left join province_prefixes as v on left(d.postcode, 2) = v.postcode_prefix
    group by d.postcode

),

places as (

    select
        p.adcode as place_code,
        p.province_code,
        true as is_prefecture
    from {{ ref('stg_reference__prefectures') }} as p
    where p.is_current

    union all

    select
        u.adcode as place_code,
        u.province_code,
        false as is_prefecture
    from {{ ref('stg_reference__province_administered_units') }} as u

),

-- 国网江苏省电力有限公司检修分公司, 贵州电网有限责任公司: the head office of a province sits in its capital, the
-- prefecture-level unit that the coding of divisions (GB/T 2260) puts first
provincial_heads as (

    select distinct
        b.text,
        p.adcode as place_code
    from bodies as b
    inner join tokens as t on b.text = t.text and b.text_kind = t.text_kind
    inner join {{ ref('int_place_names') }} as n
        on t.word = n.name and n.level = 'province'
    inner join {{ ref('stg_reference__prefectures') }} as p
        on p.is_current and p.adcode = left(n.province_code, 2) || '0100'
    where
        b.text_kind = 'name'
        and (
            (
                t.start_at = 1
                and regexp_matches(
                    substr(b.body, t.end_at + 1),
                    '^省?(人民医院|肿瘤医院|农业科学院|林业科学研究院|科学院|社会科学院|疾病预防控制中心|计量科学研究院)$'
                )
            )
            or (
                (t.start_at = 1 or substr(b.body, 1, t.start_at - 1) in ('国网', '国家电网', '国家电网公司'))
                and regexp_matches(substr(b.body, t.end_at + 1), '^省?(电力|电网)(\(集团\))?(有限)?(责任)?公司')
                -- supply companies sit where they supply, power stations where the power is
                and not regexp_matches(b.body, '供电(有限|分)?公司|供电局|供电段|电厂|水电|发电|抽水|蓄能|农电')
            )
            or (
                substr(b.body, 1, t.start_at - 1) in ('中国移动通信集团', '中国移动通信集团公司')
                and regexp_matches(substr(b.body, t.end_at + 1), '^省?有限公司$')
            )
            or (
                (
                    t.start_at = 1
                    or regexp_matches(substr(b.body, 1, t.start_at - 1), '^中国(电力工程顾问集团|电建集团|能源建设集团)$')
                )
                and regexp_matches(substr(b.body, t.end_at + 1), '^省?电力(工程)?(勘察|勘测|咨询|规划)*设计(研究)?院(有限公司)?$')
            )
        )

),

choices as (

    select
        t.text,
        t.text_kind,
        t.year,
        b.postcode,
        b.body,
        c.chain_kind,
        c.verdict,
        c.place_code,
        c.candidates,
        c.share,
        c.province_code,
        c.has_prefecture,
        c.has_county,
        c.has_former,
        c.has_zone,
        c.is_country,
        c.is_of_the_year,
        c.adcode_then,
        c.county_code,
        z.place_code as postcode_place,
        z.province_code as postcode_province,
        h.place_code as head_place
    from {{ ref('int_place_texts') }} as t
    inner join bodies as b on t.text = b.text and t.text_kind = b.text_kind
    left join {{ ref('int_place_choices') }} as c
        on t.text = c.text and t.text_kind = c.text_kind and t.year is not distinct from c.year
    left join postcodes as z on b.postcode = z.postcode
    left join provincial_heads as h on t.text = h.text and t.text_kind = 'name'

),

-- a province alone proposes nothing, so it has no row among the choices
province_only as (

    select
        t.text,
        t.text_kind,
        arg_min(n.province_code, t.start_at) as province_code
    from tokens as t
    inner join {{ ref('int_place_names') }} as n on t.word = n.name and n.level = 'province'
    group by t.text, t.text_kind

),

tied as (

    select
        c.text,
        c.text_kind,
        c.year,
        if(
            list_contains(list(x.candidate), any_value(c.postcode_place)), any_value(c.postcode_place),
            if(
                count(*) filter (where p.province_code = c.postcode_province) = 1,
                max(x.candidate) filter (where p.province_code = c.postcode_province), null
            )
        ) as place_code
    from choices as c
    cross join unnest(string_split(c.candidates, ';')) as x (candidate)
    left join places as p on x.candidate = p.place_code
    where c.text_kind = 'address' and c.verdict = 'ambiguous' and c.postcode is not null
    group by c.text, c.text_kind, c.year

),

resolved as (

    select
        c.*,
        coalesce(c.province_code, v.province_code) as text_province,
        case
            when c.place_code is not null then c.place_code
            when c.head_place is not null then c.head_place
            when c.verdict = 'ambiguous' then t.place_code
            -- no name decides: the postcode may, unless it contradicts the province
            when
                c.text_kind = 'address'
                and (c.verdict is null or c.verdict in ('province_only', 'inconsistent'))
                and c.postcode_place is not null
                and coalesce(c.province_code, v.province_code, q.province_code) = q.province_code
                then c.postcode_place
        end as found_place,
        case
            when c.place_code is not null then
                c.text_kind || '_' || case
                    when c.is_country then 'country'
                    when c.text_kind = 'name' then c.chain_kind
                    when c.verdict = 'majority' then 'former_prefecture'
                    when c.has_prefecture then 'prefecture'
                    when c.has_county then 'county'
                    when c.has_former then 'former_prefecture'
                    when c.has_zone then 'zone'
                    else 'prefecture'
                end
            when c.head_place is not null then 'name_provincial_head'
            when c.verdict = 'ambiguous' and t.place_code is not null then 'address_postcode_tie'
            when
                c.text_kind = 'address'
                and (c.verdict is null or c.verdict in ('province_only', 'inconsistent'))
                and c.postcode_place is not null
                and coalesce(c.province_code, v.province_code, q.province_code) = q.province_code
                then 'address_postcode'
        end as found_rule
    from choices as c
    left join province_only as v on c.text = v.text and c.text_kind = v.text_kind
    left join tied as t on c.text = t.text and c.text_kind = t.text_kind and c.year is not distinct from t.year
    left join places as q on c.postcode_place = q.place_code

),

prefecture_spells as (

    select
        p.adcode,
        p.valid_from_year,
        coalesce(p.valid_to_year, 9999) as valid_to_year
    from {{ ref('stg_reference__prefectures') }} as p

)

select
    r.text,
    r.text_kind,
    r.year,
    n.node_code,
    if(p.is_prefecture, p.place_code, null) as prefecture_adcode,
    case
        when p.place_code is null then null
        when r.found_rule in ('address_postcode_tie') or r.adcode_then is null then
            if(r.year is null or exists (
                select 1 from prefecture_spells as s
                where s.adcode = p.place_code and r.year between s.valid_from_year and s.valid_to_year
            ), p.place_code, null)
        else r.adcode_then
    end as adcode_at_date,
    r.county_code,
    if(not p.is_prefecture, p.place_code, null) as unit_code,
    coalesce(p.province_code, if(r.found_place is null and coalesce(r.verdict, 'province_only') = 'province_only', r.text_province, null)) as province_code,
    case
        when r.is_country and r.found_place is not null then regexp_replace(r.found_place, '^country:', '')
        when p.place_code is not null or r.verdict is not null or r.text_province is not null then 'CN'
        -- addresses abroad begin with their country in the gazette; one in Chinese characters that does not is domestic
        when r.text_kind = 'address' and regexp_matches(r.body, '\p{Han}') then 'CN'
    end as country_or_area,
    coalesce(r.candidates, r.found_place) as candidates,
    r.found_rule as rule,
    cast(
        case
            when r.found_place is null then 0
            else u.confidence * if(r.verdict = 'majority', r.share, 1)
        end as decimal(4, 2)
    ) as confidence,
    case
        when n.node_code is not null then null
        when r.is_country and r.found_place in ('country:HK', 'country:MO', 'country:TW') then 'non_mainland'
        when r.is_country and r.found_place is not null then 'foreign'
        when p.place_code is not null then 'province_administered'
        when r.verdict = 'ambiguous' then 'ambiguous_' || if(r.text_kind = 'address', 'district', 'name')
        when r.verdict = 'inconsistent' then 'inconsistent'
        when r.text_province is not null then 'province_only'
        else 'no_place'
    end as reason
from resolved as r
left join places as p on r.found_place = p.place_code
left join {{ ref('int_nodes') }} as n on p.place_code = n.node_code
left join {{ ref('city_rules') }} as u on r.found_rule = u.rule
