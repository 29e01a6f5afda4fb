-- Inventions that are green in any way, with the years under which they can count (Q-01, Q-02).
select
    m.application_key,
    m.application_id,
    a.filing_year,
    cast(year(a.first_publication_date) as integer) as publication_year,
    case when a.is_granted then a.grant_year end as grant_year,
    p.green_profile,
    g.is_green
from {{ ref('int_applications_green_masked') }} as m
inner join {{ ref('int_green_profiles') }} as p
    on m.any_variants = p.any_variants and m.main_variants = p.main_variants
inner join {{ ref('int_applications_folded') }} as a
    on m.application_key = a.application_key
inner join {{ ref('int_applications_green') }} as g
    on m.application_key = g.application_key
where a.patent_kind = 'invention'
