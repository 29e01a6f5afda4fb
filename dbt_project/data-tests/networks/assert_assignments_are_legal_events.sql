-- Assignments are the transfers, changes, licences, pledges and corrected holders among the legal events, all of them
-- and nothing else.
with both_sides as (

    select 'event' as side, e.event_id
    from {{ ref('fct_legal_events') }} as e
    where e.event_class <> 'other' or e.parsed_type in ('licence', 'pledge')
        or (e.parsed_type = 'correction' and (e.item like '%权人%' or e.item like '%申请人%') and e.n_before > 0)
    union all
    select 'assignment' as side, a.assignment_id as event_id
    from {{ ref('fct_assignments') }} as a

)

select b.event_id
from both_sides as b
group by b.event_id
having count(distinct b.side) <> 2
