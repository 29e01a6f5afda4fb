-- The only names in clear are those that a word proves to be organisations.
select
    d.applicant_id,
    d.type_rule
from {{ ref('dim_applicants') }} as d
where d.published_name not like 'keyed:%' and (d.is_person or d.type_rule not like 'word\_%' escape '\')
