select
    f.finding_id,
    f.application_id,
    f.assignment_id,
    f.event_date,
    f.finding,
    f.repair_rule
from {{ ref('int_ownership_findings') }} as f
