-- Who leaves, who stays, who arrives: by name, and by the organisation behind the name.
with parties as (

    select * from {{ ref('int_parties_unnested') }}

),

keyed_parties as (

    select
        p.party_id,
        p.assignment_id,
        p.side,
        p.party_seq,
        p.party_name,
        p.address_text,
        coalesce(k.is_person, false) as is_person,
        coalesce(k.published_name, {{ keyed('p.party_name') }}) as published_name,
        coalesce(k.owner_key, md5('applicant:' || {{ keyed('p.party_name') }})) as owner_key
    from parties as p
    left join {{ ref('int_applicant_keys') }} as k
        on p.party_name = k.applicant_name

),

owners as (

    select distinct
        k.assignment_id,
        k.side,
        k.owner_key
    from keyed_parties as k

)

select
    k.party_id,
    k.assignment_id,
    k.side,
    k.party_seq,
    k.party_name,
    k.address_text,
    case
        when o.party_id is not null then 'stays'
        when k.side = 'before' then 'leaves'
        else 'arrives'
    end as role,
    k.owner_key,
    case
        when n.owner_key is not null then 'stays'
        when k.side = 'before' then 'leaves'
        else 'arrives'
    end as entity_role,
    k.is_person,
    k.published_name
from keyed_parties as k
left join parties as o
    on k.assignment_id = o.assignment_id
    and k.party_name = o.party_name
    and k.side <> o.side
left join owners as n
    on k.assignment_id = n.assignment_id
    and k.owner_key = n.owner_key
    and k.side <> n.side
