-- One row per holder named in a transfer or change. Repetitions of an event are gone; parties of other events
-- (licensees, banks) hold no patent.
with events as (

    select * from {{ ref('int_assignments_identified') }}
    where repetition is null and event_class <> 'other'

),

sides as (

    select
        e.assignment_id, 'before' as side, e.parties_before as parties, e.year,
        e.source_file, e.source_row, e.raw_pointer
    from events as e
    union all
    select
        e.assignment_id, 'after' as side, e.parties_after as parties, e.year,
        e.source_file, e.source_row, e.raw_pointer
    from events as e

),

positions as (

    select
        s.assignment_id, s.side, s.year, s.source_file, s.source_row, s.raw_pointer,
        unnest(s.parties) as party,
        unnest(range(1, len(s.parties) + 1)) as position
    from sides as s

),

parties as (

    select
        p.assignment_id, p.side, p.position, p.year, p.source_file, p.source_row, p.raw_pointer,
        n.party_name_raw,
        n.party_name,
        nullif(trim(p.party['address']), '') as address_text,
        nullif(trim(p.party['postcode']), '') as postcode
    from positions as p
    inner join {{ ref('int_party_names') }} as n
        on p.party['name'] = n.party_name_raw

),

named as (

    select
        q.*,
        row_number() over (
            partition by q.assignment_id, q.side, q.party_name order by q.position
        ) as name_rank
    from parties as q

)

select
    md5(
        'party|' || n.assignment_id || '|' || n.side || '|' || n.party_name
    ) as party_id,
    n.assignment_id,
    n.side,
    cast(
        row_number() over (partition by n.assignment_id, n.side order by n.position) as integer
    ) as party_seq,
    n.party_name,
    n.party_name_raw,
    n.address_text,
    n.postcode,
    n.year as effective_year,
    n.source_file,
    n.source_row,
    n.raw_pointer
from named as n
where n.name_rank = 1
