-- A correction (更正) of a holder's name holds from the beginning: whoever was printed under the wrong name has
-- always been the right one. Wrong and right names are paired by position, further wrong ones mean the last right
-- one; a name that is corrected to nothing was never that of a holder.
with events as (

    select
        t.application_id,
        t.assignment_id,
        coalesce(t.gazette_date, t.effective_date) as correction_date,
        e.parties_before,
        coalesce(e.parties_after, []) as parties_after
    from {{ ref('int_assignments_typed') }} as t
    inner join {{ ref('int_assignments_identified') }} as e
        on t.assignment_id = e.assignment_id and e.repetition is null
    where t.transfer_type = 'correction' and t.application_id is not null

),

positions as (

    select
        e.application_id,
        e.assignment_id,
        e.correction_date,
        e.parties_after,
        unnest(e.parties_before) as wrong_party,
        unnest(range(1, len(e.parties_before) + 1)) as position
    from events as e

),

paired as (

    select
        p.application_id,
        p.assignment_id,
        p.correction_date,
        p.wrong_party['name'] as wrong_raw,
        list_extract(p.parties_after, least(p.position, len(p.parties_after)))['name'] as right_raw
    from positions as p

),

named as (

    select
        p.application_id,
        p.assignment_id,
        p.correction_date,
        w.party_name as wrong_name,
        r.party_name as right_name
    from paired as p
    inner join {{ ref('int_party_names') }} as w
        on p.wrong_raw = w.party_name_raw
    left join {{ ref('int_party_names') }} as r
        on p.right_raw = r.party_name_raw
    where w.party_name is distinct from r.party_name

),

ranked as (

    select
        n.*,
        -- corrected twice: the later correction holds
        row_number() over (
            partition by n.application_id, n.wrong_name
            order by n.correction_date desc, n.assignment_id asc, n.right_name asc
        ) as place
    from named as n

)

select
    r.application_id,
    r.wrong_name,
    r.right_name,
    r.correction_date,
    r.assignment_id
from ranked as r
where r.place = 1
