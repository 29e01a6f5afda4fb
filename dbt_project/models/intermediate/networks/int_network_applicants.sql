-- Applicants of these inventions as the networks see them: who, in which node of the registry, how sure.
with applicants as (

    select
        a.application_id,
        l.applicant_seq,
        l.applicant_id,
        l.applicant_name,
        l.is_person,
        l.country_or_area,
        l.node_code,
        l.confidence
    from {{ ref('int_network_applications') }} as a
    inner join {{ ref('int_applicants_located') }} as l
        on a.application_key = l.application_key

),

sizes as (

    select
        a.application_id,
        cast(count(*) as integer) as n_applicants
    from applicants as a
    group by a.application_id

)

select
    a.application_id,
    a.applicant_seq,
    s.n_applicants,
    coalesce(e.entity_id, a.applicant_id) as applicant_id,
    a.is_person,
    coalesce(a.country_or_area, 'CN') <> 'CN' as is_outside,
    n.node_code,
    n.province_code,
    n.universe_from,
    a.confidence,
    if(a.is_person, cast(1 as decimal(4, 2)), coalesce(e.confidence, cast(1 as decimal(4, 2)))) as identity_confidence
from applicants as a
inner join sizes as s
    on a.application_id = s.application_id
left join {{ ref('int_applicant_entities') }} as e
    on a.applicant_name = e.applicant_name
left join {{ ref('int_nodes') }} as n
    on a.node_code = n.node_code
