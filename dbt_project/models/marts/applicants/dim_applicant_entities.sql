-- Organisations, once each, with the names they bore.
with names as (

    select
        e.entity_id,
        e.applicant_id,
        e.applicant_name,
        c.published_name,
        c.applicant_type,
        c.sub_type,
        u.first_printed,
        u.last_printed,
        u.n_printed,
        y.valid_from_date
    from {{ ref('int_applicant_entities') }} as e
    inner join {{ ref('int_applicants_classified') }} as c on e.applicant_name = c.applicant_name
    inner join {{ ref('int_applicant_uses') }} as u on e.applicant_name = u.applicant_name
    left join {{ ref('int_applicant_name_years') }} as y on e.applicant_name = y.applicant_name
    where e.entity_id is not null

),

-- the name it bears now: the last one that it took; of writings of one name the most frequent one
ranked as (

    select
        n.*,
        row_number() over (
            partition by n.entity_id
            order by
                n.valid_from_date desc nulls last, n.n_printed desc, n.last_printed desc nulls last, n.applicant_name asc
        ) as name_rank
    from names as n

)

select
    r.entity_id,
    max(r.published_name) filter (where r.name_rank = 1) as entity_name,
    max(r.applicant_type) filter (where r.name_rank = 1) as applicant_type,
    max(r.sub_type) filter (where r.name_rank = 1) as sub_type,
    cast(count(*) as bigint) as n_names,
    string_agg(r.published_name, '; ' order by r.first_printed asc nulls last, r.published_name asc) as published_names,
    cast(sum(r.n_printed) as bigint) as n_applications,
    min(r.first_printed) as first_printed_date,
    max(r.last_printed) as last_printed_date
from ranked as r
group by r.entity_id
