-- From which city to which city an event on a green invention moved the right.
with events as (

    select
        t.assignment_id,
        t.application_id,
        cast(t.year as integer) as year,
        t.transfer_type,
        t.is_granted_at_event,
        t.confidence as type_confidence
    from {{ ref('int_assignments_typed') }} as t
    inner join {{ ref('int_applications_folded') }} as a
        on t.application_id = a.application_id
    inner join {{ ref('int_applications_green') }} as g
        on t.application_id = g.application_id
    where g.is_green and a.patent_kind = 'invention' and t.year is not null

),

located as (

    select
        h.assignment_id,
        h.side,
        h.party_seq,
        h.role,
        l.node_code,
        l.confidence
    from {{ ref('int_holders_compared') }} as h
    inner join {{ ref('int_parties_located') }} as l
        on h.assignment_id = l.assignment_id
        and h.side = l.side
        and h.party_seq = l.party_seq
    inner join {{ ref('int_universe_nodes') }} as n
        on l.node_code = n.node_code
    cross join {{ ref('stg_method__settings') }} as m
    where l.confidence >= m.min_city_confidence
        and (m.individuals_in_network or not h.is_person)

),

-- Old holders who stay give nothing away, new ones who were there before receive nothing;
-- where nobody leaves (a holder is added) all old ones give, where nobody arrives (a holder is
-- dropped) the remaining ones receive.
moving as (

    select
        h.assignment_id,
        bool_or(h.role = 'leaves') as somebody_leaves,
        bool_or(h.role = 'arrives') as somebody_arrives
    from {{ ref('int_holders_compared') }} as h
    group by h.assignment_id

),

moves as (

    select
        e.assignment_id,
        e.application_id,
        e.year,
        e.transfer_type,
        e.is_granted_at_event,
        f.node_code as from_city,
        t.node_code as to_city,
        least(f.confidence, t.confidence) as confidence
    from events as e
    inner join moving as m
        on e.assignment_id = m.assignment_id
    inner join located as f
        on e.assignment_id = f.assignment_id and f.side = 'before'
    inner join located as t
        on e.assignment_id = t.assignment_id and t.side = 'after'
    where case
            -- A change of name or address moves each holder to itself.
            when e.transfer_type in ('name_change', 'address_change')
                then f.party_seq = t.party_seq
            else (f.role = 'leaves' or not m.somebody_leaves)
                and (t.role = 'arrives' or not m.somebody_arrives)
        end

)

select
    v.assignment_id,
    v.application_id,
    v.year,
    v.transfer_type,
    v.from_city,
    v.to_city,
    v.from_city = v.to_city as is_within_city,
    bool_or(v.is_granted_at_event) as is_granted_at_event,
    cast(max(v.confidence) as decimal(4, 2)) as confidence
from moves as v
group by
    v.assignment_id, v.application_id, v.year, v.transfer_type, v.from_city, v.to_city
