-- Who owned which part of a patent from when until when, for patents that an event speaks of. All others are owned by
-- their applicants in equal parts from the day of filing on.
with steps as (

    select
        s.application_id,
        s.step,
        s.assignment_id,
        s.owners,
        s.denominator,
        s.rule,
        -- nothing happens before the filing
        greatest(coalesce(s.event_date, f.start_date), f.start_date) as valid_from
    from {{ ref('int_ownership_steps') }} as s
    inner join {{ ref('int_ownership_starts') }} as f
        on s.application_id = f.application_id

),

-- Several events of one day leave one state: the last.
days as (

    select
        s.*,
        lead(s.valid_from) over (partition by s.application_id order by s.step) as next_from,
        -- an event that does not say who has the right now leaves doubt until one names holders again
        max(if(s.rule in ('no_party_named', 'new_holders_not_named'), s.step, 0)) over (
            partition by s.application_id order by s.step
        ) as last_doubt,
        max(if(s.rule in ('no_party_named', 'new_holders_not_named'), 0, s.step)) over (
            partition by s.application_id order by s.step
        ) as last_told
    from steps as s

),

spells as (

    select
        d.application_id,
        d.step,
        d.assignment_id,
        d.denominator,
        d.rule,
        d.valid_from,
        d.next_from as valid_to,
        d.last_doubt > d.last_told as is_uncertain,
        unnest(d.owners) as owner,
        unnest(range(1, len(d.owners) + 1)) as owner_seq
    from days as d
    where d.next_from is null or d.valid_from is null or d.next_from > d.valid_from

)

select
    p.application_id,
    p.step,
    p.valid_from,
    p.valid_to,
    cast(p.owner_seq as integer) as owner_seq,
    p.owner.owner_key as owner_key,
    p.owner.owner_name as owner_name,
    p.owner.units as numerator,
    p.denominator,
    p.assignment_id,
    p.rule,
    cast(
        case
            when p.is_uncertain then least(r.confidence, 0.30)
            when p.step = 0 then r.confidence
            else least(r.confidence, coalesce(t.confidence, r.confidence))
        end as decimal(4, 2)
    ) as confidence
from spells as p
left join {{ ref('ownership_rules') }} as r
    on p.rule = r.rule
left join {{ ref('int_assignments_typed') }} as t
    on p.assignment_id = t.assignment_id
