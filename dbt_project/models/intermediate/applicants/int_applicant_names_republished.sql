-- Two publications of one application that print another name at the same position, all other positions alike: a
-- change of name, a transfer, or a misprint; the names decide which.
with pairs as (

    select
        a.application_key,
        a.publication_date as first_date,
        b.publication_date as second_date,
        a.applicants_key as first_key,
        b.applicants_key as second_key
    from {{ ref('int_publications_kept') }} as a
    inner join {{ ref('int_publications_kept') }} as b on a.application_key = b.application_key
    where
        not a.is_grant
        and b.is_grant
        and a.applicants_key <> b.applicants_key
        and not a.applicants_truncated
        and not b.applicants_truncated

),

lists as (

    select
        p.application_key,
        p.first_date,
        p.second_date,
        {{ split_names('a.text') }} as first_names,
        {{ split_names('b.text') }} as second_names
    from pairs as p
    inner join {{ ref('int_publication_texts') }} as a on p.first_key = a.text_key
    inner join {{ ref('int_publication_texts') }} as b on p.second_key = b.text_key

),

positions as (

    select
        l.application_key,
        l.second_date,
        unnest(l.first_names) as first_raw,
        unnest(l.second_names) as second_raw
    from lists as l
    where len(l.first_names) = len(l.second_names)

),

differing as (

    select
        p.application_key,
        any_value(p.second_date) as second_date,
        min(p.first_raw) as first_raw,
        min(p.second_raw) as second_raw
    from positions as p
    where p.first_raw <> p.second_raw
    group by p.application_key
    having count(*) = 1

),

named as (

    select
        d.application_key,
        d.second_date,
        {{ clean_text('d.first_raw') }} as first_name,
        {{ clean_text('d.second_raw') }} as second_name
    from differing as d

)

select
    n.first_name,
    n.second_name,
    count(*) as n_applications,
    min(n.second_date) as first_date
from named as n
inner join {{ ref('int_applicant_names_parsed') }} as a on n.first_name = a.applicant_name
inner join {{ ref('int_applicant_names_parsed') }} as b on n.second_name = b.applicant_name
where n.first_name <> n.second_name
group by n.first_name, n.second_name
