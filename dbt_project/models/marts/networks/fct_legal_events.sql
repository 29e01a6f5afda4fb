with events as (

    select * from {{ ref('int_assignments_identified') }}

),

-- Listings of one event, the one that counts included; one without content belongs to all its told twins and to none.
listings as (

    select
        e.assignment_id,
        count(*) as n_listings
    from events as e
    group by e.assignment_id

)

select
    e.assignment_id as event_id,
    e.row_id,
    e.application_id,
    e.application_no,
    e.application_rule,
    e.gazette_date,
    e.effective_date,
    e.year,
    e.year_basis,
    e.event_type,
    e.event_code,
    e.event_class,
    e.parsed_type,
    e.item,
    e.reference_no,
    cast(len(e.before_names) as integer) as n_before,
    cast(len(e.after_names) as integer) as n_after,
    nullif(array_to_string(e.parse_problems, '; '), '') as problems,
    cast(l.n_listings as integer) as n_listings,
    e.source_table,
    e.landing_month,
    e.source_file,
    e.source_row,
    e.raw_pointer
from events as e
inner join listings as l
    on e.assignment_id = l.assignment_id
where e.repetition is null
order by e.gazette_date, e.application_no, e.assignment_id
