with applicants as (

    select
        s.basis_year as year,
        case when s.applicant_seq = 1 then 'first' else 'other' end as applicant_position,
        s.n_applications,
        l.node_code is not null as is_located,
        case
            when l.node_code is not null then coalesce(l.city_rule, 'no_rule')
            when l.country_or_area <> 'CN' then 'outside_the_mainland'
            else coalesce(l.reason, 'no_evidence')
        end as rule,
        l.confidence
    from {{ ref('int_applicant_groups') }} as s
    left join {{ ref('int_groups_located') }} as l
        on s.applicants_key = l.applicants_key
        and s.group_address = l.group_address
        and s.group_year = l.group_year
        and s.own_key = l.own_key
        and s.applicant_seq = l.applicant_seq

)

select
    cast(a.year as integer) as year,
    a.applicant_position,
    a.is_located,
    a.rule,
    cast(sum(a.n_applications) as bigint) as n_applicants,
    cast(min(a.confidence) filter (where a.is_located) as decimal(4, 2)) as lowest_confidence,
    cast(
        sum(a.confidence * a.n_applications) filter (where a.is_located) / nullif(sum(a.n_applications), 0) as decimal(6, 4)
    ) as mean_confidence
from applicants as a
where a.year is not null
group by a.year, a.applicant_position, a.is_located, a.rule
