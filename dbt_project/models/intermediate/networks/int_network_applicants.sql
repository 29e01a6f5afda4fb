-- Applicants of these inventions as the networks see them: who, in which node of the registry, how sure.
select
    s.application_id,
    s.applicant_seq,
    s.n_applicants,
    coalesce(e.entity_id, l.applicant_id) as applicant_id,
    l.is_person,
    coalesce(l.country_or_area, 'CN') <> 'CN' as is_outside,
    n.node_code,
    n.province_code,
    n.universe_from,
    l.confidence,
    if(l.is_person, cast(1 as decimal(4, 2)), coalesce(e.confidence, cast(1 as decimal(4, 2)))) as identity_confidence
from {{ ref('int_network_applications') }} as a
inner join {{ ref('int_applicants_split') }} as s
    on a.application_id = s.application_id
inner join {{ ref('int_applicants_located') }} as l
    on s.application_id = l.application_id and s.applicant_seq = l.applicant_seq
left join {{ ref('int_applicant_entities') }} as e
    on s.applicant_name = e.applicant_name
left join {{ ref('int_nodes') }} as n
    on l.node_code = n.node_code
