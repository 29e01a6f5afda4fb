-- Tool score (政策工具) of every document that counts; a document without text cannot be scored.
with kinds as (

    select
        s.row_id,
        count(distinct r.kind) as n_kinds,
        count(*) filter (where r.kind = 'supply') as n_supply,
        count(*) filter (where r.kind = 'demand') as n_demand,
        count(*) filter (where r.kind = 'environment') as n_environment
    from {{ ref('int_policy_sentences') }} as s
    inner join {{ ref('int_policy_sentences_read') }} as r
        on s.sentence = r.sentence
    where not r.is_negated
    group by s.row_id

)

select
    d.row_id,
    d.document_id,
    d.province_code,
    d.year,
    coalesce(len(d.issuers), 0) as n_issuers,
    cast(case when d.document_text is not null then coalesce(k.n_supply, 0) end as integer) as n_supply,
    cast(case when d.document_text is not null then coalesce(k.n_demand, 0) end as integer) as n_demand,
    cast(case when d.document_text is not null then coalesce(k.n_environment, 0) end as integer) as n_environment,
    cast(case when d.document_text is not null then coalesce(k.n_kinds, 0) end as integer) as score_one_two_three,
    cast(case
        when d.document_text is null then null
        when k.n_kinds = 3 then 3
        when k.n_kinds > 0 then 1
        else 0
    end as integer) as score_one_or_three
from {{ ref('int_policy_documents') }} as d
left join kinds as k
    on d.row_id = k.row_id
where d.problem is null
