-- Who owns under a name: the organisation behind it, else the name itself. Inside one patent a person is told by the
-- name. Only owners that the ledger can meet: holders of events and applicants of their patents, under all their names.
with keyed_names as (

    select
        c.applicant_name,
        c.applicant_id,
        coalesce(e.entity_id, c.applicant_id) as owner_key,
        c.is_person,
        c.published_name
    from {{ ref('int_applicants_classified') }} as c
    left join {{ ref('int_applicant_entities') }} as e
        on c.applicant_name = e.applicant_name

),

patents as (

    select distinct e.application_key
    from {{ ref('int_assignments_identified') }} as e
    where e.repetition is null and e.application_key is not null
        and (e.event_class in ('transfer', 'change') or e.parsed_type = 'correction')

),

met as (

    select p.party_name as applicant_name
    from {{ ref('int_party_names') }} as p
    union
    select s.applicant_name
    from {{ ref('int_applicants_split') }} as s
    inner join patents as p
        on s.application_key = p.application_key

),

owners as (

    select distinct k.owner_key
    from keyed_names as k
    inner join met as m
        on k.applicant_name = m.applicant_name

)

select
    k.applicant_name,
    k.applicant_id,
    k.owner_key,
    k.is_person,
    k.published_name
from keyed_names as k
inner join owners as o
    on k.owner_key = o.owner_key
