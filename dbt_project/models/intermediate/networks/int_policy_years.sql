with documents as (

    select * from {{ ref('int_policy_documents') }} as d
    where d.problem is null

)

select
    d.province_code,
    d.year,
    cast(count(*) as integer) as n_documents,
    sum(len(d.issuers)) as n_issuers,
    sum(len(d.issuers)) / cast(count(*) as double) as mean_issuers
from documents as d
group by d.province_code, d.year
