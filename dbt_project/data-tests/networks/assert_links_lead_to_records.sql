-- Behind every cell stand applications with a publication, and events, that can be looked up.
select
    l.link_id,
    l.variable,
    l.application_id,
    l.assignment_id
from {{ ref('fct_cell_applications') }} as l
left join (select distinct p.application_id from {{ ref('fct_publications') }} as p) as a
    on l.application_id = a.application_id
left join {{ ref('fct_assignments') }} as e
    on l.assignment_id = e.assignment_id and l.application_id = e.application_id
where a.application_id is null
    or (l.assignment_id is not null and e.assignment_id is null)
    or (l.assignment_id is null) <> (l.variable in ('rsi', 'extensive', 'gpatent', 'n_joint_applications'))
