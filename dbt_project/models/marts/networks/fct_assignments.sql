with events as (

    select * from {{ ref('int_assignments_typed') }}

),

located as (

    select
        h.assignment_id,
        h.side,
        h.party_seq,
        h.published_name,
        l.node_code
    from {{ ref('int_holders_compared') }} as h
    left join {{ ref('int_parties_located') }} as l
        on h.assignment_id = l.assignment_id
        and h.side = l.side
        and h.party_seq = l.party_seq

),

sides as (

    select
        l.assignment_id,
        string_agg(l.published_name, '; ' order by l.party_seq)
            filter (where l.side = 'before') as before_names,
        string_agg(l.published_name, '; ' order by l.party_seq)
            filter (where l.side = 'after') as after_names,
        string_agg(coalesce(l.node_code, '?'), '; ' order by l.party_seq)
            filter (where l.side = 'before') as before_cities,
        string_agg(coalesce(l.node_code, '?'), '; ' order by l.party_seq)
            filter (where l.side = 'after') as after_cities
    from located as l
    group by l.assignment_id

)

select
    e.assignment_id,
    e.row_id,
    e.application_id,
    e.application_no,
    e.event_type,
    e.transfer_type,
    e.effective_date,
    e.gazette_date,
    e.year,
    e.year_basis,
    e.is_granted_at_event,
    coalesce(g.is_green and a.patent_kind = 'invention', false) as is_green_invention,
    e.n_before,
    e.n_after,
    s.before_names,
    s.after_names,
    s.before_cities,
    s.after_cities,
    e.rule,
    e.confidence,
    e.reason,
    e.deal_id,
    e.source_table,
    e.landing_month,
    e.source_file,
    e.source_row,
    e.raw_pointer
from events as e
left join sides as s
    on e.assignment_id = s.assignment_id
left join {{ ref('int_applications_folded') }} as a
    on e.application_key = a.application_key
left join {{ ref('int_applications_green') }} as g
    on e.application_key = g.application_key
