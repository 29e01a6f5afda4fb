-- Events that can move or rename owners, in the order in which they happened to each patent.
with events as (

    select
        t.assignment_id,
        t.application_id,
        t.event_class,
        t.transfer_type,
        t.rule,
        coalesce(t.effective_date, t.gazette_date) as event_date,
        t.gazette_date,
        t.chain_position,
        t.confidence,
        t.source_file,
        t.source_row,
        t.raw_pointer
    from {{ ref('int_assignments_typed') }} as t
    where t.event_class in ('transfer', 'change')
        and t.application_id is not null
        and coalesce(t.effective_date, t.gazette_date) is not null

),

-- Names as they were corrected later.
parties as (

    select
        h.assignment_id,
        h.side,
        h.party_seq,
        if(c.wrong_name is null, h.party_name, c.right_name) as party_name,
        h.party_name as printed_name,
        h.owner_key,
        h.published_name
    from {{ ref('int_holders_compared') }} as h
    inner join events as e
        on h.assignment_id = e.assignment_id
    left join {{ ref('int_ownership_corrections') }} as c
        on e.application_id = c.application_id
        and h.party_name = c.wrong_name
        and e.event_date <= c.correction_date

),

owners as (

    select
        p.assignment_id,
        p.side,
        p.party_seq,
        if(p.party_name = p.printed_name, p.owner_key, {{ owner_key_of('k', 'p.party_name') }}) as owner_key,
        if(
            p.party_name = p.printed_name, p.published_name,
            coalesce(k.published_name, {{ keyed('p.party_name') }})
        ) as owner_name
    from parties as p
    left join {{ ref('int_applicant_keys') }} as k
        on p.party_name = k.applicant_name
    where p.party_name is not null

),

-- Two names of one organisation on one side are one owner.
distinct_owners as (

    select
        o.assignment_id,
        o.side,
        o.owner_key,
        min(o.party_seq) as party_seq,
        arg_min(o.owner_name, o.party_seq) as owner_name
    from owners as o
    group by o.assignment_id, o.side, o.owner_key

),

sides as (

    select
        d.assignment_id,
        list({{ owner_struct('d.owner_key', 'd.owner_name') }} order by d.party_seq)
            filter (where d.side = 'before') as before_owners,
        list({{ owner_struct('d.owner_key', 'd.owner_name') }} order by d.party_seq)
            filter (where d.side = 'after') as after_owners
    from distinct_owners as d
    group by d.assignment_id

)

select
    e.application_id,
    cast(row_number() over (
        partition by e.application_id
        order by
            -- links of a chain stand where the first of them stands; a change of name follows the transfers of its day
            e.event_date, (e.event_class = 'change'), e.chain_position, e.gazette_date,
            e.source_file, e.source_row, e.raw_pointer, e.assignment_id
    ) as integer) as step,
    e.assignment_id,
    e.event_class,
    e.transfer_type,
    e.event_date,
    e.confidence,
    coalesce(s.before_owners, []) as before_owners,
    coalesce(s.after_owners, []) as after_owners
from events as e
left join sides as s
    on e.assignment_id = s.assignment_id
-- a change without parties is one of an address
where e.event_class = 'transfer' or s.assignment_id is not null
