-- The entity that a name belongs to. A name that nothing links to another one is an entity of its own; persons are
-- told apart by name and place elsewhere.
select
    c.applicant_name,
    c.applicant_id,
    case when c.is_person then null else coalesce(e.entity_id, c.applicant_id) end as entity_id,
    case when c.is_person then 'person' else coalesce(e.entity_rule, 'own_name') end as entity_rule,
    cast(case when c.is_person then 0 else coalesce(e.confidence, 1) end as decimal(4, 2)) as confidence
from {{ ref('int_applicants_classified') }} as c
left join {{ source('analysis', 'applicant_entities') }} as e on c.applicant_id = e.applicant_id
