-- Cities of the green inventions, each once, with the best evidence for it.
with green as (

    select
        a.application_id,
        a.filing_year,
        a.grant_year,
        a.is_granted
    from {{ ref('int_applications_folded') }} as a
    inner join {{ ref('int_applications_green') }} as g
        on a.application_id = g.application_id
    where g.is_green and a.patent_kind = 'invention'

),

applicants as (

    select
        g.application_id,
        g.filing_year,
        g.grant_year,
        g.is_granted,
        s.applicant_seq,
        s.n_applicants,
        l.node_code,
        l.confidence
    from green as g
    inner join {{ ref('int_applicants_split') }} as s
        on g.application_id = s.application_id
    inner join {{ ref('int_applicants_located') }} as l
        on s.application_id = l.application_id
        and s.applicant_seq = l.applicant_seq
    inner join {{ ref('int_universe_nodes') }} as n
        on l.node_code = n.node_code
    left join {{ ref('int_applicants_classified') }} as c
        on s.applicant_name = c.applicant_name
    cross join {{ ref('stg_method__settings') }} as m
    where l.confidence >= m.min_city_confidence
        and (m.individuals_in_network or not coalesce(c.is_person, false))

)

select
    a.application_id,
    a.node_code,
    a.filing_year,
    case when a.is_granted then a.grant_year end as grant_year,
    cast(max(a.n_applicants) as integer) as n_applicants,
    cast(count(*) as integer) as n_applicants_in_city,
    bool_or(a.applicant_seq = 1) as has_first_applicant,
    cast(max(a.confidence) as decimal(4, 2)) as confidence
from applicants as a
group by a.application_id, a.node_code, a.filing_year, a.grant_year, a.is_granted
