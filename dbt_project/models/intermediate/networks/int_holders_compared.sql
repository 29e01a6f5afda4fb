-- Who leaves, who stays, who arrives.
with parties as (

    select * from {{ ref('int_parties_unnested') }}

),

classified as (

    select
        c.applicant_name,
        c.is_person,
        c.published_name
    from {{ ref('int_applicants_classified') }} as c

)

select
    p.party_id,
    p.assignment_id,
    p.side,
    p.party_seq,
    p.party_name,
    p.address_text,
    case
        when o.party_id is not null then 'stays'
        when p.side = 'before' then 'leaves'
        else 'arrives'
    end as role,
    coalesce(c.is_person, false) as is_person,
    coalesce(c.published_name, {{ keyed('p.party_name') }}) as published_name
from parties as p
left join parties as o
    on p.assignment_id = o.assignment_id
    and p.party_name = o.party_name
    and p.side <> o.side
left join classified as c
    on p.party_name = c.applicant_name
