{{ config(store_failures=true) }}

-- Nothing is repaired silently: a step that does not go as told has its finding, and every assumed move belongs to one.
select
    s.application_id,
    s.assignment_id,
    s.rule
from {{ ref('int_ownership_steps') }} as s
left join {{ ref('fct_ownership_findings') }} as f
    on s.assignment_id = f.assignment_id and s.rule = f.repair_rule
where s.step > 0 and f.finding_id is null
    and (s.rule <> 'as_told' or len(s.repair_moves) > 0)
