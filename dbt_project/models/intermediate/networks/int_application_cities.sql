-- Cities of the green inventions under the settings, each once, with the best evidence for it.
select
    a.application_id,
    a.node_code,
    i.filing_year,
    i.publication_year,
    i.grant_year,
    cast(max(a.n_applicants) as integer) as n_applicants,
    cast(count(*) as integer) as n_applicants_in_city,
    bool_or(a.applicant_seq = 1) as has_first_applicant,
    cast(max(a.confidence) as decimal(4, 2)) as confidence
from {{ ref('int_network_applicants') }} as a
inner join {{ ref('int_network_applications') }} as i
    on a.application_id = i.application_id
cross join {{ ref('stg_method__settings') }} as s
where i.is_green
    and a.node_code is not null
    and a.confidence >= s.min_city_confidence
    and a.universe_from <= cast(s.node_universe as integer)
    and (s.individuals_in_network or not a.is_person)
group by a.application_id, a.node_code, i.filing_year, i.publication_year, i.grant_year
