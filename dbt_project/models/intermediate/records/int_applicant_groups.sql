-- Applicants of all applications, told once for those that are alike: the same list, the same address, the same year.
-- What is known of an applicant on an application follows from these alone; counts are sums of n_applications. An
-- application with further addresses of its own is a group of its own.
with own as (

    select distinct o.application_key
    from {{ ref('int_applicant_addresses_imported') }} as o

),

groups as (

    select
        a.applicants_key,
        coalesce(a.address_key, 0) as group_address,
        coalesce(a.basis_year, 0) as group_year,
        coalesce(o.application_key, 0) as own_key,
        count(*) as n_applications,
        min(a.applicants_publication_date) as first_printed,
        max(a.applicants_publication_date) as last_printed
    from {{ ref('int_applications_folded') }} as a
    left join own as o on a.application_key = o.application_key
    where a.applicants_key is not null
    group by a.applicants_key, coalesce(a.address_key, 0), coalesce(a.basis_year, 0), coalesce(o.application_key, 0)

)

select
    g.applicants_key,
    g.group_address,
    cast(g.group_year as integer) as group_year,
    g.own_key,
    g.n_applications,
    g.first_printed,
    g.last_printed,
    l.applicant_seq,
    l.applicant_name,
    if(l.applicant_seq = 1, t.text, o.address_text) as address_text,
    cast(nullif(g.group_year, 0) as integer) as basis_year
from groups as g
inner join {{ ref('int_applicant_lists') }} as l on g.applicants_key = l.applicants_key
left join {{ ref('int_publication_texts') }} as t on g.group_address = t.text_key
left join {{ ref('int_applicant_addresses_imported') }} as o
    on g.own_key = o.application_key and l.applicant_name = o.applicant_name
