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
        {{ rungs_of('p') }}
    from parties as p
    left join {{ ref('int_applicants_classified') }} as c on p.party_name = c.applicant_name
    {{ join_rungs('p', 'party_name') }}

),

placed as (

    select
        r.*,
        {{ own_or_ladder('r') }}
    from rungs as r

)

select
    p.assignment_id,
    p.side,
    p.party_seq,
    {{ placed_applicant_id('p') }} as applicant_id,
    p.party_name,
    p.node_code,
    p.country_or_area,
    p.city_rule,
    p.confidence,
    p.reason
from placed as p
