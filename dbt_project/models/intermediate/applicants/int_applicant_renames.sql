-- Old and new name of an organisation as the change events (变更) tell them, with the day of the change.
with changes as (

    select
        e.assignment_id,
        coalesce(e.effective_date, e.gazette_date) as change_date,
        list_filter(e.before_names, lambda n: not list_contains(e.after_names, n)) as old_names,
        list_filter(e.after_names, lambda n: not list_contains(e.before_names, n)) as new_names
    from {{ ref('int_assignments_identified') }} as e
    where e.event_class = 'change' and e.repetition is null

),

-- with several new names at once nobody says which is whose
single as (

    select
        c.assignment_id,
        c.change_date,
        c.old_names[1] as old_name,
        c.new_names[1] as new_name
    from changes as c
    where len(c.old_names) = 1 and len(c.new_names) = 1

),

pairs as (

    select
        s.old_name,
        s.new_name,
        min(s.change_date) as change_date,
        count(*) as n_events
    from single as s
    group by s.old_name, s.new_name

)

select
    p.old_name,
    p.new_name,
    p.change_date,
    cast(p.n_events as bigint) as n_events,
    o.core_key = n.core_key as is_same_core,
    case
        -- the new name lived beside the old one for years: that is a merger, or a sale told as a change
        when
            o.core_key <> n.core_key
            and v.first_printed < coalesce(u.last_printed, p.change_date) - interval 1095 day
            and v.first_printed < p.change_date - interval 1095 day
            then 'new_name_lived_beside_the_old_one'
        -- a sale under the wrong heading: a university does not become a company
        when
            o.core_key <> n.core_key
            and (o.applicant_type = 'university') <> (n.applicant_type = 'university')
            then 'types_do_not_agree'
        when o.core_key <> n.core_key and o.marks <> n.marks and o.parent_name is not distinct from n.parent_name
            and o.parent_name is not null
            then 'parts_of_one_parent'
    end as doubt
from pairs as p
inner join {{ ref('int_applicant_names_parsed') }} as o on p.old_name = o.applicant_name
inner join {{ ref('int_applicant_names_parsed') }} as n on p.new_name = n.applicant_name
inner join {{ ref('int_applicant_uses') }} as u on p.old_name = u.applicant_name
inner join {{ ref('int_applicant_uses') }} as v on p.new_name = v.applicant_name
where o.name_key <> n.name_key
