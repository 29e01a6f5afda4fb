-- The ladder: the best rung that says anything decides. A rule that the data at hand show wrong more often than right
-- is not used at all; where they show it often enough, its share of right answers is its confidence.
with rules as (

    select
        r.rule,
        case when m.n_records >= 100 then least(m.share_right, 0.99) else r.confidence end as confidence
    from {{ ref('city_rules') }} as r
    left join {{ ref('int_city_rules_measured') }} as m on r.rule = m.rule

),

-- nearer filings are surer
evidences as (

    select
        e.rule,
        e.evidence,
        least(e.share_right, 0.99) as confidence
    from {{ ref('int_city_evidence_measured') }} as e
    where e.n_records >= 100

),

usable as (

    select * from rules as r
    where r.confidence >= 0.5

),

answers as (

    select
        r.applicant_name,
        r.year,
        v.rung,
        v.city_rule,
        v.text_rule,
        v.place_key,
        v.factor * coalesce(e.confidence, u.confidence) as confidence
    from {{ ref('int_name_rungs') }} as r
    cross join lateral (
        values
        (
            1, if(r.is_person, 'person_in_other_filing', 'own_address_other_filing'), null,
            if(not r.is_person or r.is_person_unique, r.filing_place, null), r.filing_share, r.filing_evidence
        ),
        (
            2, if(r.is_person, 'person_in_transfer', 'own_address_transfer'), null,
            if(not r.is_person or r.is_person_unique, r.transfer_place, null), r.transfer_share, null
        ),
        (3, 'entity_other_name', null, if(r.is_person, null, r.entity_place), r.entity_share, null),
        (4, 'place_in_name', r.name_rule, if(r.is_person, null, r.name_place), 1.0, null),
        (5, 'parent_organisation', null, r.parent_place, r.parent_share, null)
    ) as v (rung, city_rule, text_rule, place_key, factor, evidence)
    inner join usable as u on coalesce(v.text_rule, v.city_rule) = u.rule
    left join evidences as e on v.city_rule = e.rule and v.evidence = e.evidence
    where v.place_key is not null

),

best as (

    select
        a.applicant_name,
        a.year,
        a.city_rule,
        a.text_rule,
        a.place_key,
        a.confidence,
        row_number() over (partition by a.applicant_name, a.year order by a.rung) as rung_rank
    from answers as a

)

select
    r.applicant_name,
    r.year,
    b.place_key,
    n.node_code,
    case
        when b.place_key like 'country:%' then regexp_replace(b.place_key, '^country:', '')
        when b.place_key is not null then 'CN'
    end as country_or_area,
    b.city_rule,
    b.text_rule,
    cast(coalesce(b.confidence, 0) as decimal(4, 2)) as confidence,
    case
        when n.node_code is not null then null
        when b.place_key in ('country:HK', 'country:MO', 'country:TW') then 'non_mainland'
        when b.place_key like 'country:%' then 'foreign'
        when b.place_key is not null then 'province_administered'
        when r.is_person and r.n_places > 1 then 'same_name_in_several_places'
        when r.is_person and r.n_places = 1 then 'common_name_with_one_witness'
        when r.is_person then 'person_without_address'
        when r.n_places > 1 and r.filing_place is null and r.transfer_place is null then 'several_places_equally_near'
        when r.name_reason is not null then 'name_' || r.name_reason
        else 'no_evidence'
    end as reason
from {{ ref('int_name_rungs') }} as r
left join best as b
    on r.applicant_name = b.applicant_name and r.year is not distinct from b.year and b.rung_rank = 1
left join {{ ref('int_nodes') }} as n on b.place_key = n.node_code
