-- Every applicant with its city, once for applications that are alike: the own address where there is one, else the
-- ladder.
with applicants as (

    select
        s.applicants_key,
        s.group_address,
        s.group_year,
        s.own_key,
        s.n_applications,
        s.applicant_seq,
        s.applicant_name,
        s.address_text,
        s.basis_year as year,
        c.applicant_id as name_id,
        c.applicant_type,
        c.is_person
    from {{ ref('int_applicant_groups') }} as s
    inner join {{ ref('int_applicants_classified') }} as c on s.applicant_name = c.applicant_name

),

rungs as (

    select
        a.*,
        l.rule is not null as has_own,
        l.node_code as own_node,
        l.adcode_at_date as own_adcode_at_date,
        l.country_or_area as own_country,
        l.confidence as own_confidence,
        l.reason as own_reason,
        l.candidates as own_candidates,
        d.node_code as ladder_node,
        d.country_or_area as ladder_country,
        d.city_rule as ladder_rule,
        d.confidence as ladder_confidence,
        d.reason as ladder_reason,
        -- an ambiguous own address still rules out every place it cannot mean
        a.address_text is null
        or l.candidates is null
        or list_contains(string_split(l.candidates, ';'), d.place_key) as is_ladder_possible
    from applicants as a
    left join {{ ref('int_place_texts_located') }} as l
        on a.address_text = l.text and l.text_kind = 'address' and a.year is not distinct from l.year
    left join {{ ref('int_names_located') }} as d
        on a.applicant_name = d.applicant_name and a.year is not distinct from d.year

),

placed as (

    select
        r.applicants_key,
        r.group_address,
        r.group_year,
        r.own_key,
        r.n_applications,
        r.applicant_seq,
        r.applicant_name,
        r.name_id,
        r.applicant_type,
        r.is_person,
        r.year,
        case
            when r.has_own then r.own_node
            when r.is_ladder_possible then r.ladder_node
        end as node_code,
        if(r.has_own, r.own_adcode_at_date, null) as own_adcode_at_date,
        r.has_own,
        case
            when r.has_own then r.own_country
            when r.is_ladder_possible and r.ladder_rule is not null then r.ladder_country
            else r.own_country
        end as country_or_area,
        case
            when r.has_own then 'own_address'
            when r.is_ladder_possible then r.ladder_rule
        end as city_rule,
        case
            when r.has_own then r.own_confidence
            when r.is_ladder_possible then coalesce(r.ladder_confidence, 0)
            else 0
        end as confidence,
        case
            when r.has_own then r.own_reason
            when r.is_ladder_possible and r.ladder_rule is not null then r.ladder_reason
            when r.address_text is not null then coalesce('address_' || r.own_reason, 'address_unread')
            else coalesce(r.ladder_reason, 'no_evidence')
        end as reason
    from rungs as r

)

select
    p.applicants_key,
    p.group_address,
    p.group_year,
    p.own_key,
    p.n_applications,
    p.applicant_seq,
    -- a person is one applicant per name and place, an organisation one per name
    if(
        p.is_person, md5(p.name_id || ':' || coalesce(p.node_code, p.country_or_area, '')), p.name_id
    ) as applicant_id,
    p.applicant_name,
    p.applicant_type,
    p.is_person,
    p.year,
    p.node_code,
    -- the unit of that year is known from an own address; otherwise it is the present one if that was in force
    case
        when p.has_own then p.own_adcode_at_date
        when p.year is null or p.year >= coalesce(s.valid_from_year, 0) then p.node_code
    end as adcode_at_date,
    p.country_or_area,
    p.city_rule,
    cast(p.confidence as decimal(4, 2)) as confidence,
    p.reason
from placed as p
left join {{ ref('stg_reference__prefectures') }} as s on p.node_code = s.adcode and s.is_current
