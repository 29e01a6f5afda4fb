-- A and B (C, U, Y, S, D) of one application become one row of keys and dates. Most applications have one publication and
-- pass as they are; only the others are folded, by the largest of a number in which what decides stands first.
with publications as (

    select
        k.application_key,
        k.publication_key,
        k.landed_key,
        k.application_number is not null as has_own_number,
        k.publication_date,
        k.patent_kind_no,
        k.is_grant,
        k.is_reissue,
        k.filing_date,
        k.has_title,
        k.applicants_key,
        k.applicants_truncated,
        k.address_key
    from {{ ref('int_publications_kept') }} as k

),

list_lengths as (

    select
        l.applicants_key,
        l.n_applicants as n_names
    from {{ ref('int_applicant_lists') }} as l
    where l.applicant_seq = 1

),

several as (

    select p.application_key
    from publications as p
    group by p.application_key
    having count(*) > 1

),

singles as (

    select
        p.application_key,
        p.has_own_number as has_own_number,
        p.has_own_number as have_all_own_numbers,
        1 as n_publications,
        p.patent_kind_no,
        p.publication_date as first_publication_date,
        if(not p.is_grant and not p.is_reissue, p.publication_date, null) as application_publication_date,
        p.filing_date,
        p.filing_date as earliest_filing_date,
        p.filing_date as latest_filing_date,
        if(p.is_grant and not p.is_reissue, p.publication_date, null) as grant_date,
        p.is_grant as is_granted,
        if(p.has_title, p.landed_key, null) as title_landed_key,
        p.applicants_key,
        p.applicants_truncated,
        p.address_key,
        p.publication_key as applicants_publication_key,
        p.landed_key as applicants_landed_key,
        p.publication_date as applicants_publication_date
    from publications as p
    anti join several as s on p.application_key = s.application_key

),

placed as (

    select
        p.*,
        cast(p.publication_date - date '1900-01-01' as decimal(38, 0)) as day_no,
        -- ties by the publication
        10000000000000 - p.publication_key as tie,
        cast(l.n_names as decimal(38, 0)) as n_names
    from publications as p
    inner join several as s on p.application_key = s.application_key
    left join list_lengths as l on p.applicants_key = l.applicants_key

),

ranked as (

    select
        p.*,
        -- the latest publication is the corrected one
        (p.day_no * 2 + if(p.is_grant, 1, 0)) * 10000000000000 + p.tie as latest_place,
        -- the list of applicants is that of the longest intact publication, on ties the latest; one that was cut off is
        -- used only when no publication has a whole one, and one without a name never
        ((if(p.applicants_truncated, 0, 100000) + p.n_names) * 100000 + p.day_no) * 10000000000000 + p.tie as list_place
    from placed as p

),

folded as (

    select
        p.application_key,
        bool_or(p.has_own_number) as has_own_number,
        bool_and(p.has_own_number) as have_all_own_numbers,
        count(*) as n_publications,
        min(p.patent_kind_no) as patent_kind_no,
        min(p.publication_date) as first_publication_date,
        min(if(not p.is_grant and not p.is_reissue, p.publication_date, null)) as application_publication_date,
        arg_max(p.filing_date, p.latest_place) filter (where p.filing_date is not null) as filing_date,
        min(p.filing_date) as earliest_filing_date,
        max(p.filing_date) as latest_filing_date,
        min(if(p.is_grant and not p.is_reissue, p.publication_date, null)) as grant_date,
        bool_or(p.is_grant) as is_granted,
        arg_max(p.landed_key, p.latest_place) filter (where p.has_title) as title_landed_key,
        arg_max(p.applicants_key, p.list_place) as applicants_key,
        arg_max(p.applicants_truncated, p.list_place) as applicants_truncated,
        nullif(arg_max(coalesce(p.address_key, 0), p.list_place), 0) as address_key,
        arg_max(p.publication_key, p.list_place) as applicants_publication_key,
        arg_max(p.landed_key, p.list_place) as applicants_landed_key,
        arg_max(p.publication_date, p.list_place) as applicants_publication_date
    from ranked as p
    group by p.application_key

),

applications as (

    select * from singles
    union all
    select * from folded

)

select
    a.application_key,
    a.has_own_number,
    a.have_all_own_numbers,
    cast(a.patent_kind_no as tinyint) as patent_kind_no,
    a.filing_date,
    a.first_publication_date,
    a.application_publication_date,
    a.earliest_filing_date,
    a.latest_filing_date,
    a.grant_date,
    a.is_granted,
    cast(a.n_publications as integer) as n_publications,
    a.title_landed_key,
    a.applicants_key,
    a.applicants_truncated,
    a.address_key,
    a.applicants_publication_key,
    a.applicants_landed_key,
    a.applicants_publication_date
from applications as a
