-- Which application a damaged application number belonged to, where the publication number tells: grants since
-- April 2010 carry the digits of the published application (A and B), so an intact sibling lends its number.
with damaged as (

    select distinct p.publication_digits
    from {{ ref('int_publications_parsed') }} as p
    where p.application_no is null and left(p.kind_code, 1) in ('A', 'B')

),

accepted as (

    select
        p.publication_digits,
        p.application_no,
        p.application_number
    from {{ ref('int_publications_parsed') }} as p
    inner join damaged as d on p.publication_digits = d.publication_digits
    where
        p.application_no is not null
        and p.publication_date is not null
        and left(p.kind_code, 1) in ('A', 'B')

)

select
    a.publication_digits,
    min(a.application_no) as application_no,
    min(a.application_number) as application_number
from accepted as a
group by a.publication_digits
having count(distinct a.application_no) = 1  -- a contradiction links nothing
