with events as (

    select * from {{ ref('int_assignments_identified') }}
    where repetition is null
        and (
            event_class <> 'other'
            or parsed_type in ('licence', 'pledge')
            -- 更正 of a holder; of inventors, titles and the like it is no matter of ownership
            or (
                parsed_type = 'correction' and (item like '%权人%' or item like '%申请人%')
                and len(before_names) > 0
            )
        )

),

holders as (

    select
        h.assignment_id,
        count(*) filter (where h.side = 'before') as n_before,
        count(*) filter (where h.side = 'after') as n_after,
        count(*) filter (where h.role <> 'stays') as n_other_names,
        count(distinct h.owner_key) filter (where h.entity_role = 'leaves') as n_leaving,
        count(distinct h.owner_key) filter (where h.entity_role = 'arrives') as n_arriving,
        count(distinct h.owner_key) filter (where h.entity_role = 'leaves' and h.is_person) as n_leaving_persons,
        count(distinct h.owner_key) filter (where h.entity_role = 'arrives' and h.is_person) as n_arriving_persons
    from {{ ref('int_holders_compared') }} as h
    group by h.assignment_id

),

related as (

    select
        g.assignment_id,
        count(distinct g.to_key) as n_related,
        -- Weakest rule of the event: the arriving holder that is related least.
        max(case g.group_rule
            when 'branch_name' then 1 when 'shared_core_name' then 2 else 3 end) as weakness
    from {{ ref('int_groups_matched') }} as g
    group by g.assignment_id

),

counted as (

    select
        e.assignment_id, e.row_id, e.landing_month, e.source_table, e.application_no_raw, e.application_no, e.event_type,
        e.event_class, e.parsed_type, e.item, e.effective_date, e.gazette_date,
        e.source_file, e.source_row, e.raw_pointer,
        a.application_key, a.application_id, a.grant_date, a.is_granted,
        coalesce(h.n_before, len(e.before_names), 0) as n_before,
        coalesce(h.n_after, len(e.after_names), 0) as n_after,
        coalesce(h.n_other_names, 0) as n_other_names,
        coalesce(h.n_leaving, 0) as n_leaving,
        coalesce(h.n_arriving, 0) as n_arriving,
        coalesce(h.n_leaving_persons, 0) as n_leaving_persons,
        coalesce(h.n_arriving_persons, 0) as n_arriving_persons,
        coalesce(r.n_related, 0) as n_related,
        r.weakness,
        i.employer_rule,
        q.transfer_type as stated_type,
        c.chain_id,
        c.chain_position,
        m.merger_id
    from events as e
    left join {{ ref('int_applications_folded') }} as a
        on e.application_key = a.application_key
    left join holders as h
        on e.assignment_id = h.assignment_id
    left join related as r
        on e.assignment_id = r.assignment_id
    left join {{ ref('int_inventors_matched') }} as i
        on e.assignment_id = i.assignment_id
    left join {{ ref('int_transfer_reasons') }} as q
        on e.landed_id = q.landed_id
    left join {{ ref('int_same_day_chains') }} as c
        on e.assignment_id = c.assignment_id
    left join {{ ref('int_mergers_found') }} as m
        on e.assignment_id = m.assignment_id

),

ruled as (

    select
        c.*,
        case
            when c.event_class = 'address' then 'address_without_holder'
            when c.event_class = 'other' and c.parsed_type = 'licence' then 'licence_event'
            when c.event_class = 'other' and c.parsed_type = 'pledge' then 'pledge_event'
            when c.event_class = 'other' then 'holder_corrected'
            when c.n_before = 0 and c.n_after = 0 then 'no_party_text'
            when c.n_before = 0 or c.n_after = 0 then 'one_side_missing'
            when c.event_class = 'change' and c.n_other_names = 0 then 'same_names_in_change'
            when c.event_class = 'change' then 'other_name_in_change'
            when c.n_other_names = 0 then 'holders_unchanged'
            when c.n_leaving = 0 and c.n_arriving = 0 then 'same_holder_in_transfer'
            -- a chain is one deal: all its links, whatever one of them says
            when c.chain_id is not null then 'same_day_chain'
            when c.stated_type = 'inheritance' then 'inheritance_in_text'
            when c.stated_type = 'merger' then 'merger_in_text'
            when c.n_leaving = 0 then 'old_holders_stay'
            when c.n_arriving = 0 then 'holder_dropped'
            when c.n_leaving_persons = c.n_leaving and c.n_arriving_persons = 0
                then coalesce(c.employer_rule, 'person_to_organisation')
            when c.merger_id is not null then 'all_patents_to_one_holder'
            when c.n_related > 0 and c.n_related = c.n_arriving
                then case c.weakness
                    when 1 then 'branch_name' when 2 then 'shared_core_name' else 'shared_brand'
                end
            else 'other_holder'
        end as rule
    from counted as c

),

-- Q-14: which day gives the year of an event. Execution dates stand in no gazette; where a source states none
-- either, the registration counts.
dated as (

    select
        r.*,
        case
            when m.transfer_year_basis = 'gazette' and r.gazette_date is not null then 'gazette'
            when r.effective_date is not null then 'registration'
            when r.gazette_date is not null then 'gazette'
            else 'none'
        end as year_basis
    from ruled as r
    cross join {{ ref('stg_method__settings') }} as m

)

select
    t.assignment_id,
    t.row_id,
    t.landing_month,
    t.source_table,
    t.application_key,
    t.application_id,
    t.application_no_raw,
    t.application_no,
    t.event_type,
    t.event_class,
    s.transfer_type,
    t.effective_date,
    t.gazette_date,
    cast(
        year(case t.year_basis when 'gazette' then t.gazette_date when 'registration' then t.effective_date end)
        as integer
    ) as year,
    t.year_basis,
    -- The item of the event says which right moved; without it the dates decide.
    case
        when t.item like '%专利权人%' then true
        when t.item like '%申请人%' then false
        else coalesce(
            t.grant_date <= coalesce(t.effective_date, t.gazette_date), false
        )
    end as is_granted_at_event,
    cast(t.n_before as integer) as n_before,
    cast(t.n_after as integer) as n_after,
    -- Events that are one deal: links of a chain, patents of a merger.
    coalesce(t.chain_id, if(t.rule = 'all_patents_to_one_holder', t.merger_id, null)) as deal_id,
    t.chain_position,
    t.rule,
    cast(s.confidence as decimal(4, 2)) as confidence,
    nullif(s.reason, '') as reason,
    t.source_file,
    t.source_row,
    t.raw_pointer
from dated as t
left join {{ ref('transfer_type_rules') }} as s
    on t.rule = s.rule
