-- Which application a damaged application number belonged to, where the publication number tells: grants since
-- April 2010 carry the digits of the published application (A and B), so an intact sibling lends its number.
with damaged as (

    select distinct {{ lending_key('p.publication_key') }} as lending_key
    from {{ ref('int_publications_read') }} as p
    where p.application_number is null and {{ lending_key('p.publication_key') }} is not null

),

accepted as (

    select
        d.lending_key,
        p.application_number
    from {{ ref('int_publications_read') }} as p
    inner join damaged as d on {{ lending_key('p.publication_key') }} = d.lending_key
    where p.application_number is not null and p.publication_date is not null

)

select
    a.lending_key,
    min(a.application_number) as application_number
from accepted as a
group by a.lending_key
having count(distinct a.application_number) = 1  -- a contradiction links nothing
