-- Who shares an invention, at every level; persons stay out when the settings say so (Q-09), partners outside the
-- mainland always (Q-10). A province can be reached through cities of several universes, hence the key.
with applicants as (

    select a.*
    from {{ ref('int_network_applicants') }} as a
    cross join {{ ref('stg_method__settings') }} as s
    where a.n_applicants > 1
        and not a.is_outside
        and (s.individuals_in_network or not a.is_person)

)

select
    'applicant' as level,
    a.application_id,
    a.applicant_id as node,
    cast(278 as integer) as universe_from,
    cast(max(a.identity_confidence) as decimal(4, 2)) as confidence
from applicants as a
group by a.application_id, a.applicant_id
union all
select
    'city' as level,
    a.application_id,
    a.node_code as node,
    a.universe_from,
    cast(max(a.confidence) as decimal(4, 2)) as confidence
from applicants as a
where a.node_code is not null
group by a.application_id, a.node_code, a.universe_from
union all
select
    'province' as level,
    a.application_id,
    a.province_code as node,
    a.universe_from,
    cast(max(a.confidence) as decimal(4, 2)) as confidence
from applicants as a
where a.node_code is not null
group by a.application_id, a.province_code, a.universe_from
