-- An organisation that hands all it ever filed to one other organisation on one day, at least three patents, and
-- is never heard of again has been absorbed (吸收合并), even where no text says so.
with transfers as (

    select
        h.assignment_id,
        e.application_id,
        e.effective_date,
        min(h.owner_key) filter (where h.entity_role = 'leaves') as from_key,
        min(h.owner_key) filter (where h.entity_role = 'arrives') as to_key
    from {{ ref('int_assignments_identified') }} as e
    inner join {{ ref('int_holders_compared') }} as h
        on e.assignment_id = h.assignment_id
    where e.repetition is null and e.event_class = 'transfer'
        and e.application_id is not null and e.effective_date is not null
    group by h.assignment_id, e.application_id, e.effective_date
    having count(distinct h.owner_key) filter (where h.entity_role = 'leaves') = 1
        and count(distinct h.owner_key) filter (where h.entity_role = 'arrives') = 1
        and not bool_or(h.is_person)

),

days as (

    select
        t.from_key,
        t.to_key,
        t.effective_date,
        count(distinct t.application_id) as n_patents
    from transfers as t
    group by t.from_key, t.to_key, t.effective_date
    having count(distinct t.application_id) >= 3

),

-- What the organisation filed under all its names.
filings as (

    select
        k.owner_key as from_key,
        sum(u.n_printed) as n_filed
    from {{ ref('int_applicant_keys') }} as k
    inner join {{ ref('int_applicant_uses') }} as u
        on k.applicant_name = u.applicant_name
    where k.owner_key in (select d.from_key from days as d)
    group by k.owner_key

),

handed as (

    select
        d.from_key,
        d.to_key,
        d.effective_date,
        count(distinct t.application_id) as n_handed
    from days as d
    inner join transfers as t
        on d.from_key = t.from_key
    where t.effective_date <= d.effective_date
    group by d.from_key, d.to_key, d.effective_date

),

heard as (

    select
        d.from_key,
        max(coalesce(e.effective_date, e.gazette_date)) as last_event
    from (select distinct y.from_key from days as y) as d
    inner join {{ ref('int_holders_compared') }} as h
        on d.from_key = h.owner_key
    inner join {{ ref('int_assignments_identified') }} as e
        on h.assignment_id = e.assignment_id
    where e.repetition is null
    group by d.from_key

)

select
    t.assignment_id,
    md5('merger|' || d.from_key || '|' || d.to_key || '|' || cast(d.effective_date as varchar)) as merger_id,
    cast(d.n_patents as integer) as n_patents
from days as d
inner join handed as n
    on d.from_key = n.from_key and d.to_key = n.to_key and d.effective_date = n.effective_date
inner join heard as q
    on d.from_key = q.from_key and d.effective_date >= q.last_event
left join filings as f
    on d.from_key = f.from_key
inner join transfers as t
    on d.from_key = t.from_key and d.to_key = t.to_key and d.effective_date = t.effective_date
-- all it ever filed was handed over by then, so it has filed nothing since
where coalesce(f.n_filed, 0) <= n.n_handed
