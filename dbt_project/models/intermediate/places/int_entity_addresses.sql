-- Where the other names of an organisation had an address of their own, and when: evidence for a name that had none.
with names as (

    select
        e.applicant_name,
        e.entity_id,
        e.confidence
    from {{ ref('int_applicant_entities') }} as e
    where e.entity_id is not null

),

several as (

    select n.entity_id
    from names as n
    group by n.entity_id
    having count(*) > 1

),

named as (

    select
        n.applicant_name,
        n.entity_id,
        n.confidence
    from names as n
    inner join several as s on n.entity_id = s.entity_id

),

addresses as (

    select
        n.entity_id,
        n.applicant_name,
        n.confidence,
        o.year,
        o.place_key,
        sum(o.n) as n
    from named as n
    inner join {{ ref('int_own_addresses') }} as o on n.applicant_name = o.applicant_name
    group by n.entity_id, n.applicant_name, n.confidence, o.year, o.place_key

)

select
    n.applicant_name,
    a.year,
    a.place_key,
    cast(sum(a.n) as bigint) as n,
    -- both names have to belong to the organisation
    cast(least(min(n.confidence), min(a.confidence)) as decimal(4, 2)) as confidence
from named as n
inner join addresses as a on n.entity_id = a.entity_id
where a.applicant_name <> n.applicant_name
group by n.applicant_name, a.year, a.place_key
