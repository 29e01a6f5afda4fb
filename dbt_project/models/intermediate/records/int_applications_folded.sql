-- A and B (C, U, Y, S, D) of one application become one row. Most applications have one publication and pass as they are;
-- only the others are ranked and folded.
with publications as (

    select
        k.application_key,
        k.publication_id,
        k.publication_no,
        k.landed_key,
        k.application_id_rule,
        k.application_id_confidence,
        k.folding_application_no,
        k.publication_digits,
        k.kind_code,
        k.patent_kind,
        k.publication_step,
        k.is_reissue,
        k.publication_date,
        k.filing_date,
        k.has_title,
        k.applicants_text,
        k.applicants_truncated,
        k.address_text
    from {{ ref('int_publications_kept') }} as k

),

list_lengths as (

    select
        l.applicants_text,
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
        p.folding_application_no as application_no,
        p.publication_digits,
        p.kind_code,
        p.application_id_rule,
        p.application_id_confidence,
        1 as n_publications,
        p.patent_kind,
        p.publication_date as first_publication_date,
        if(p.publication_step = 'application' and not p.is_reissue, p.publication_date, null)
            as application_publication_date,
        p.filing_date,
        p.filing_date as earliest_filing_date,
        p.filing_date as latest_filing_date,
        if(p.publication_step = 'grant' and not p.is_reissue, p.publication_date, null) as grant_date,
        p.publication_step = 'grant' as is_granted,
        if(p.has_title, p.landed_key, null) as title_landed_key,
        p.applicants_text,
        p.applicants_truncated,
        p.address_text,
        p.publication_no as applicants_publication_no,
        p.publication_date as applicants_publication_date
    from publications as p
    anti join several as s on p.application_key = s.application_key

),

ranked as (

    select
        p.*,
        -- the latest publication is the corrected one; ties by the id
        row_number() over (
            partition by p.application_key
            order by p.publication_date desc, p.publication_step desc, p.publication_id asc
        ) as latest_first,
        -- the list of applicants is that of the longest intact publication, on ties the latest; one that was cut off is
        -- used only when no publication has a whole one
        if(l.n_names is null, null, row_number() over (
            partition by p.application_key
            order by
                if(l.n_names is null, 1, 0) asc,
                if(p.applicants_truncated, 1, 0) asc,
                l.n_names desc,
                p.publication_date desc,
                p.publication_id asc
        )) as list_first
    from publications as p
    inner join several as s on p.application_key = s.application_key
    left join list_lengths as l on p.applicants_text = l.applicants_text

),

folded as (

    select
        p.application_key,
        min(p.folding_application_no) as application_no,
        min(p.publication_digits) as publication_digits,
        min(p.kind_code) as kind_code,
        coalesce(
            arg_min(p.application_id_rule, p.latest_first) filter (where p.application_id_rule = 'application_no'),
            arg_min(p.application_id_rule, p.latest_first)
        ) as application_id_rule,
        min(p.application_id_confidence) as application_id_confidence,
        count(*) as n_publications,
        min(p.patent_kind) as patent_kind,
        min(p.publication_date) as first_publication_date,
        min(if(p.publication_step = 'application' and not p.is_reissue, p.publication_date, null))
            as application_publication_date,
        arg_min(p.filing_date, p.latest_first) filter (where p.filing_date is not null) as filing_date,
        min(p.filing_date) as earliest_filing_date,
        max(p.filing_date) as latest_filing_date,
        min(if(p.publication_step = 'grant' and not p.is_reissue, p.publication_date, null)) as grant_date,
        bool_or(p.publication_step = 'grant') as is_granted,
        arg_min(p.landed_key, p.latest_first) filter (where p.has_title) as title_landed_key,
        min(if(p.list_first = 1, p.applicants_text, null)) as applicants_text,
        bool_or(if(p.list_first = 1, p.applicants_truncated, null)) as applicants_truncated,
        min(if(p.list_first = 1, p.address_text, null)) as address_text,
        min(if(p.list_first = 1, p.publication_no, null)) as applicants_publication_no,
        min(if(p.list_first = 1, p.publication_date, null)) as applicants_publication_date
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
    {{ application_id('a.application_no', 'a.publication_digits', 'a.kind_code') }} as application_id,
    a.application_no,
    a.application_id_rule,
    a.application_id_confidence,
    a.patent_kind,
    a.filing_date,
    cast(year(a.filing_date) as integer) as filing_year,
    a.first_publication_date,
    a.application_publication_date,
    a.earliest_filing_date,
    a.latest_filing_date,
    a.grant_date,
    cast(year(a.grant_date) as integer) as grant_year,
    a.is_granted,
    cast(a.n_publications as integer) as n_publications,
    -- where the title stands
    a.title_landed_key,
    -- the list of applicants, the first one's address, and the publication that lends both
    a.applicants_text,
    a.applicants_truncated,
    a.address_text,
    a.applicants_publication_no,
    a.applicants_publication_date,
    -- the year in which a place name is read
    coalesce(cast(year(a.filing_date) as integer), cast(year(a.applicants_publication_date) as integer)) as basis_year
from applications as a
