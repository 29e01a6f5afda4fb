with documents as (

    select * from {{ ref('int_policy_documents_scored') }}

)

select
    d.province_code,
    d.year,
    cast(count(*) as integer) as n_documents,
    cast(sum(d.n_issuers) as bigint) as n_issuers,
    cast(count(d.score_one_two_three) as integer) as n_scored,
    cast(sum(d.score_one_two_three) as bigint) as points_one_two_three,
    cast(sum(d.score_one_or_three) as bigint) as points_one_or_three,
    cast(sum(d.n_issuers) as double) / count(*) as mean_issuers,
    cast(sum(d.score_one_two_three) as double) / nullif(count(d.score_one_two_three), 0) as mean_one_two_three,
    cast(sum(d.score_one_or_three) as double) / nullif(count(d.score_one_or_three), 0) as mean_one_or_three
from documents as d
group by d.province_code, d.year
