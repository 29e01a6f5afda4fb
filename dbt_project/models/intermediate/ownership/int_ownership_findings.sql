-- Where events and ledger do not fit, and what was done about it.
with steps as (

    select
        s.application_id,
        s.assignment_id,
        s.step,
        s.event_date,
        s.rule,
        s.denominator
    from {{ ref('int_ownership_steps') }} as s

),

-- Corrections whose wrong name a record or an event prints.
corrected as (

    select c.assignment_id
    from {{ ref('int_ownership_corrections') }} as c
    inner join {{ ref('int_assignments_identified') }} as i
        on c.application_id = i.application_id
    inner join {{ ref('int_applicants_split') }} as a
        on i.application_key = a.application_key and c.wrong_name = a.applicant_name
    union
    select c.assignment_id
    from {{ ref('int_ownership_corrections') }} as c
    inner join {{ ref('int_assignments_typed') }} as t
        on c.application_id = t.application_id
    inner join {{ ref('int_holders_compared') }} as h
        on t.assignment_id = h.assignment_id and c.wrong_name = h.party_name

),

found as (

    select
        s.application_id, s.assignment_id, s.event_date,
        case s.rule
            when 'unmentioned_owners_keep' then 'owners_not_mentioned'
            when 'unseen_move' then 'old_holders_unknown'
            when 'unseen_added_holder' then 'further_old_holders'
            when 'already_in_force' then 'told_again'
            when 'old_holders_not_named' then 'old_holders_missing'
            when 'new_holders_not_named' then 'new_holders_missing'
            else 'parties_missing'
        end as finding,
        s.rule as repair_rule
    from steps as s
    where s.step > 0 and s.rule <> 'as_told'
    union all
    select
        s.application_id, cast(null as varchar) as assignment_id, cast(null as date) as event_date,
        if(s.rule = 'applicants_cut_off', 'applicants_cut_off', 'record_prints_later_holders') as finding,
        s.rule as repair_rule
    from steps as s
    where s.step = 0 and s.rule <> 'applicants_in_equal_parts'
    union all
    select
        s.application_id, s.assignment_id, s.event_date,
        'event_before_filing' as finding, 'dated_at_filing' as repair_rule
    from steps as s
    inner join {{ ref('int_ownership_starts') }} as f
        on s.application_id = f.application_id
    where s.event_date < f.start_date
    union all
    select
        s.application_id, s.assignment_id, s.event_date,
        'shares_of_too_many_parts' as finding, 'shares_rounded' as repair_rule
    from steps as s
    where s.denominator = {{ ownership_most_parts() }}
    union all
    select
        t.application_id, t.assignment_id, cast(null as date) as event_date,
        'event_undated' as finding, 'event_left_out' as repair_rule
    from {{ ref('int_assignments_typed') }} as t
    where t.event_class in ('transfer', 'change') and t.application_id is not null
        and t.effective_date is null and t.gazette_date is null
    union all
    select
        t.application_id, t.assignment_id, coalesce(t.effective_date, t.gazette_date) as event_date,
        'application_not_landed' as finding, 'event_left_out' as repair_rule
    from {{ ref('int_assignments_typed') }} as t
    where t.event_class = 'transfer' and t.application_id is null
    union all
    select
        e.application_id, e.assignment_id, e.event_date,
        'no_applicant_known' as finding, 'event_left_out' as repair_rule
    from {{ ref('int_ownership_events') }} as e
    left join {{ ref('int_ownership_starts') }} as f
        on e.application_id = f.application_id
    where f.application_id is null
    union all
    -- the record prints the right name already
    select
        t.application_id, t.assignment_id, t.gazette_date as event_date,
        'correction_without_effect' as finding, 'nothing_to_correct' as repair_rule
    from {{ ref('int_assignments_typed') }} as t
    where t.transfer_type = 'correction' and t.application_id is not null
        and t.assignment_id not in (select c.assignment_id from corrected as c)

)

select
    md5(concat_ws('|', 'finding', f.finding, coalesce(f.application_id, ''), coalesce(f.assignment_id, '')))
        as finding_id,
    f.application_id,
    f.assignment_id,
    f.event_date,
    f.finding,
    f.repair_rule
from found as f
