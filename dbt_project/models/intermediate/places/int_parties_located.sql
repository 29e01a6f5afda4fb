-- Every holder named in a legal event with its city: the own address in the event, else the ladder.
with parties as (

    select
        p.assignment_id,
        p.side,
        p.party_seq,
        {{ clean_text('p.party_name') }} as party_name,
        p.address_text,
        cast(p.effective_year as integer) as year
    from {{ ref('int_parties_unnested') }} as p

),

rungs as (

    select
        p.*,
        c.applicant_id as name_id,
        c.is_person,
        l.rule is not null as has_own,
        l.node_code as own_node,
        l.country_or_area as own_country,
        l.confidence as own_confidence,
        l.reason as own_reason,
        d.node_code as ladder_node,
        d.country_or_area as ladder_country,
        d.city_rule as ladder_rule,
        d.confidence as ladder_confidence,
        d.reason as ladder_reason,
        p.address_text is null
        or l.candidates is null
        or list_contains(string_split(l.candidates, ';'), d.place_key) as is_ladder_possible
    from parties as p
    left join {{ ref('int_applicants_classified') }} as c on p.party_name = c.applicant_name
    left join {{ ref('int_place_texts_located') }} as l
        on p.address_text = l.text and l.text_kind = 'address' and p.year is not distinct from l.year
    left join {{ ref('int_names_located') }} as d
        on p.party_name = d.applicant_name and p.year is not distinct from d.year

),

placed as (

    select
        r.*,
        case
            when r.has_own then r.own_node
            when r.is_ladder_possible then r.ladder_node
        end as node_code,
        case
            when r.has_own then r.own_country
            when r.is_ladder_possible and r.ladder_rule is not null then r.ladder_country
            else r.own_country
        end as country_or_area
    from rungs as r

)

select
    p.assignment_id,
    p.side,
    p.party_seq,
    if(
        p.is_person, md5(p.name_id || ':' || coalesce(p.node_code, p.country_or_area, '')), p.name_id
    ) as applicant_id,
    p.party_name,
    p.node_code,
    p.country_or_area,
    case
        when p.has_own then 'own_address'
        when p.is_ladder_possible then p.ladder_rule
    end as city_rule,
    cast(case
        when p.has_own then p.own_confidence
        when p.is_ladder_possible then coalesce(p.ladder_confidence, 0)
        else 0
    end as decimal(4, 2)) as confidence,
    case
        when p.has_own then p.own_reason
        when p.is_ladder_possible and p.ladder_rule is not null then p.ladder_reason
        when p.address_text is not null then coalesce('address_' || p.own_reason, 'address_unread')
        else coalesce(p.ladder_reason, 'no_evidence')
    end as reason
from placed as p
