-- Every application that can carry a symbol is in one combination, none in two.
with counted as (

    select
        o.patent_kind,
        cast(sum(o.n_applications) as bigint) as n_counted
    from {{ ref('fct_inventory_overlaps') }} as o
    group by o.patent_kind

),

totals as (

    select
        f.patent_kind,
        count(*) as n_applications
    from {{ ref('int_applications_folded') }} as f
    where f.patent_kind <> 'design'
    group by f.patent_kind

)

select
    t.patent_kind,
    t.n_applications,
    c.n_counted
from totals as t
left join counted as c on t.patent_kind = c.patent_kind
where t.n_applications is distinct from c.n_counted
