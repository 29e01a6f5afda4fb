-- The publications of all applications add up to the accepted publications.
with folded as (

    select sum(a.n_publications) as n
    from {{ ref('fct_applications') }} as a

),

accepted as (

    select count(*) as n
    from {{ ref('fct_publications') }} as p

)

select
    f.n as n_folded,
    a.n as n_accepted
from folded as f
cross join accepted as a
where coalesce(f.n, 0) <> a.n
