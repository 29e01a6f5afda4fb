with applicants as (

    select
        s.basis_year as year,
        case when s.applicant_seq = 1 then 'first' else 'other' end as applicant_position,
        l.node_code is not null as is_located,
        case
            when l.node_code is not null then coalesce(l.city_rule, 'no_rule')
            when l.country_or_area <> 'CN' then 'outside_the_mainland'
            else coalesce(l.reason, 'no_evidence')
        end as rule,
        l.confidence
    from {{ ref('int_applicants_split') }} as s
    left join {{ ref('int_applicants_located') }} as l
        on s.application_id = l.application_id
        and s.applicant_seq = l.applicant_seq

)

select
    cast(a.year as integer) as year,
    a.applicant_position,
    a.is_located,
    a.rule,
    count(*) as n_applicants,
    cast(min(a.confidence) filter (where a.is_located) as decimal(4, 2)) as lowest_confidence,
    cast(
        sum(a.confidence) filter (where a.is_located) / nullif(count(*), 0) as decimal(6, 4)
    ) as mean_confidence
from applicants as a
where a.year is not null
group by a.year, a.applicant_position, a.is_located, a.rule
