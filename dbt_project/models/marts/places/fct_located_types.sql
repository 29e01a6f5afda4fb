-- How many applicants of each type have a city, and by which rule.
with applicants as (

    select
        l.year,
        l.n_applications,
        case when l.applicant_seq = 1 then 'first' else 'other' end as applicant_position,
        l.applicant_type,
        l.node_code is not null as is_located,
        case
            when l.node_code is not null then coalesce(l.city_rule, 'no_rule')
            when l.country_or_area <> 'CN' then 'outside_the_mainland'
            else coalesce(l.reason, 'no_evidence')
        end as rule
    from {{ ref('int_groups_located') }} as l
    where l.year is not null

),

counted as (

    select
        a.year,
        a.applicant_position,
        a.applicant_type,
        a.is_located,
        a.rule,
        cast(sum(a.n_applications) as bigint) as n_applicants
    from applicants as a
    group by a.year, a.applicant_position, a.applicant_type, a.is_located, a.rule

)

select
    cast(c.year as integer) as year,
    c.applicant_position,
    c.applicant_type,
    c.is_located,
    c.rule,
    c.n_applicants,
    cast(
        100.0 * c.n_applicants / sum(c.n_applicants) over (partition by c.year, c.applicant_position, c.applicant_type)
        as decimal(5, 2)
    ) as share_percent
from counted as c
