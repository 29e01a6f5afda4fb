-- Who owns under a name: the organisation behind it, else the name itself. Inside one patent a person is told by the
-- name.
select
    c.applicant_name,
    c.applicant_id,
    coalesce(e.entity_id, c.applicant_id) as owner_key,
    c.is_person,
    c.published_name
from {{ ref('int_applicants_classified') }} as c
left join {{ ref('int_applicant_entities') }} as e
    on c.applicant_name = e.applicant_name
