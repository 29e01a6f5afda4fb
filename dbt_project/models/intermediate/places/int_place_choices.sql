-- What a text says about its place before postcodes are asked: per text and year the best chain of names, its best
-- candidates and, where there is exactly one, the place.
{{ config(materialized='reused', driver='int_place_candidates', key=['text', 'text_kind', 'year'], companions=['int_place_tokens']) }}

with candidates as (

    select * from {{ ref('int_place_candidates') }}

),

-- the best score of a chain, then the best score with names of that year
ranked as (

    select
        c.*,
        max(c.score) over (partition by c.text_kind, c.text, c.year, c.chain_no) as best_score,
        rank() over (
            partition by c.text_kind, c.text, c.year, c.chain_no
            order by c.score desc, c.score_of_the_year desc
        ) as place_rank
    from candidates as c

),

chain_provinces as (

    select
        t.text,
        t.text_kind,
        t.chain_no,
        max(t.chain_kind) as chain_kind,
        -- 浙江大学城市学院, 福建师范大学泉港石化研究院, 中国人民解放军总医院海南分院: branches, and colleges and institutes of
        -- a university, are as often elsewhere as at the seat; clinics and schools of medicine are not
        bool_or(
            t.text_kind = 'name' and t.chain_kind in ('prefix', 'seat')
            and t.end_at < length(t.body)
            and (
                t.is_seat and regexp_matches(t.body, '(分院|分校|校区|分部|分公司)$')
                or regexp_matches(t.body, '大学.+(学院|研究院|校区|分校)$')
            )
            and not regexp_matches(t.body, '(医学院|研究生院|设计研究院|设计院)$')
        ) as is_of_unknown_branch,
        min(t.place_no) as first_place_no,
        min(if(n.level = 'province', t.place_no, null)) as province_no,
        arg_min(n.province_code, t.place_no) filter (where n.level = 'province') as province_code
    from {{ ref('int_place_tokens') }} as t
    inner join {{ ref('int_place_names') }} as n on t.word = n.name and n.text_kind in (t.text_kind, 'both')
    group by t.text, t.text_kind, t.chain_no

),

leaders as (

    select
        r.text,
        r.text_kind,
        r.year,
        r.chain_no,
        count(*) as n_leaders,
        string_agg(r.place_code, ';' order by r.place_code) as candidates,
        -- a former prefecture that was split: the present one that holds most of it leads when it holds three fifths
        arg_max(r.place_code, (coalesce(r.share, 0), r.place_code)) as place_code,
        max(coalesce(r.share, 0)) as share,
        bool_and(r.is_country) as is_country,
        bool_and(r.is_province_name_only) as is_province_name_only,
        bool_or(r.has_former) as has_former,
        max(r.score) as score
    from ranked as r
    where r.place_rank = 1
    group by r.text, r.text_kind, r.year, r.chain_no

),

-- 江苏省无锡市昆山市: the county right behind the prefecture lies in another one of the same province. Registers of
-- addresses get the prefecture wrong, not the county, but only the postcode can tell.
rivals as (

    select
        l.text,
        l.text_kind,
        l.year,
        l.chain_no,
        min(r.place_code) as place_code,
        min(r.place_code) not in (
            select p.adcode from {{ ref('stg_reference__prefectures') }} as p where p.is_current
        ) as is_unit
    from leaders as l
    inner join ranked as a
        on l.text = a.text and l.text_kind = a.text_kind and l.year is not distinct from a.year
        and l.chain_no = a.chain_no and l.place_code = a.place_code
    inner join ranked as r
        on l.text = r.text and l.text_kind = r.text_kind and l.year is not distinct from r.year
        and l.chain_no = r.chain_no
    where
        l.text_kind = 'address'
        and l.n_leaders = 1
        and not a.has_county and not a.has_former and not a.has_zone
        and r.place_code <> a.place_code
        and r.has_adjacent_county
        and r.province_code = a.province_code
    group by l.text, l.text_kind, l.year, l.chain_no
    having count(distinct r.place_code) = 1

),

judged as (

    select
        l.text,
        l.text_kind,
        l.year,
        l.chain_no,
        -- 阿克苏地区阿拉尔市: no prefecture holds the unit, so naming the one around it contradicts nothing
        if(w.is_unit, w.place_code, l.place_code) as place_code,
        if(w.place_code is null, l.candidates, least(l.place_code, w.place_code) || ';' || greatest(l.place_code, w.place_code))
            as candidates,
        l.share,
        v.chain_kind,
        v.province_code,
        case
            -- 吉林 alone is the province; behind a company of the province it is the city
            -- (国网吉林省电力有限公司吉林供电公司)
            when
                l.is_province_name_only
                and not (
                    v.chain_kind = 'branch'
                    and exists (
                        select 1 from chain_provinces as e
                        where e.text = v.text and e.text_kind = v.text_kind
                            and e.chain_no < v.chain_no and e.province_code = v.province_code
                    )
                )
                then 'province_only'
            -- the text begins with a province that none of the places lies in (广东省深州市): the first name weighs
            -- as much as all others together
            when v.province_no = 1 and l.score < power(2, 8) then 'inconsistent'
            when v.is_of_unknown_branch then 'ambiguous'
            when w.place_code is not null and not w.is_unit then 'ambiguous'
            when l.n_leaders = 1 then 'unique'
            when l.has_former and l.share >= 0.6 then 'majority'
            else 'ambiguous'
        end as verdict
    from leaders as l
    inner join chain_provinces as v
        on l.text = v.text and l.text_kind = v.text_kind and l.chain_no = v.chain_no
    left join rivals as w
        on l.text = w.text and l.text_kind = w.text_kind and l.year is not distinct from w.year
        and l.chain_no = w.chain_no

),

-- Which chain speaks for the organisation: a branch most (the last one), then brackets, a known seat, the beginning
best as (

    select
        j.*,
        row_number() over (
            partition by j.text_kind, j.text, j.year
            order by
                j.verdict in ('unique', 'majority') desc,
                case j.chain_kind
                    when 'branch' then 1 when 'bracket' then 2 when 'seat' then 3 else 4
                end,
                j.chain_no desc
        ) as chain_rank
    from judged as j

),

-- What is left open lends nothing of one candidate. The place is emptied here and not in the join below: a condition
-- on one side of a left join makes the engine compare every pair.
chosen as (

    select
        b.text,
        b.text_kind,
        b.year,
        b.chain_no,
        b.chain_kind,
        b.verdict,
        if(b.verdict in ('unique', 'majority'), b.place_code, null) as place_code,
        b.candidates,
        cast(b.share as double) as share,
        b.province_code
    from best as b
    where b.chain_rank = 1

)

select
    b.text,
    b.text_kind,
    b.year,
    b.chain_no,
    b.chain_kind,
    b.verdict,
    b.place_code,
    b.candidates,
    b.share,
    b.province_code,
    c.has_prefecture,
    c.has_county,
    c.has_former,
    c.has_zone,
    c.has_seat,
    c.is_country,
    c.is_of_the_year,
    c.adcode_then,
    c.county_code
from chosen as b
left join candidates as c
    on b.text = c.text and b.text_kind = c.text_kind and b.year is not distinct from c.year
    and b.chain_no = c.chain_no and b.place_code = c.place_code
