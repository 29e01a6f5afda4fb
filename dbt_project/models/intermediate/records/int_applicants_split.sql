-- The list of applicants of an application is that of one of its publications: the longest intact one, on ties
-- the latest. (A list that was cut off is used only when no publication has a whole one.)
with lists as (

    select
        v.application_id,
        v.publication_id,
        v.publication_date,
        v.applicants_truncated,
        v.address_text,
        {{ split_names('v.applicants_text') }} as names
    from {{ ref('int_publications_validated') }} as v
    where v.applicants_text is not null

),

ranked as (

    select
        l.*,
        len(l.names) as n_names,
        row_number() over (
            partition by l.application_id
            order by
                if(l.applicants_truncated, 1, 0) asc,
                len(l.names) desc,
                l.publication_date desc,
                l.publication_id asc
        ) as place
    from lists as l
    where len(l.names) > 0

),

numbered as (

    select
        r.application_id,
        r.publication_id,
        r.publication_date,
        r.applicants_truncated,
        r.address_text,
        r.n_names,
        unnest(r.names) as applicant_name_raw,
        generate_subscripts(r.names, 1) as applicant_seq
    from ranked as r
    where r.place = 1

),

distinct_names as (

    select
        d.applicant_name_raw,
        {{ clean_text('d.applicant_name_raw') }} as applicant_name
    from (select distinct n.applicant_name_raw from numbered as n) as d

)

select
    n.application_id,
    cast(n.applicant_seq as integer) as applicant_seq,
    cast(n.n_names as integer) as n_applicants,
    n.applicant_name_raw,
    d.applicant_name,
    if(n.applicant_seq = 1, n.address_text, o.address_text) as address_text,
    a.filing_year,
    coalesce(a.filing_year, cast(year(n.publication_date) as integer)) as basis_year,
    n.applicants_truncated,
    n.publication_id,
    n.publication_date
from numbered as n
inner join distinct_names as d on n.applicant_name_raw = d.applicant_name_raw
inner join {{ ref('int_applications_folded') }} as a on n.application_id = a.application_id
left join {{ ref('int_applicant_addresses_imported') }} as o
    on n.application_id = o.application_id and d.applicant_name = o.applicant_name
