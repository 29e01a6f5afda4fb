-- Every distinct name of a holder is cleaned once and joined by its text.
with written as (

    select s.parties_before as parties
    from {{ ref('int_events_unioned') }} as s
    union all
    select s.parties_after as parties
    from {{ ref('int_events_unioned') }} as s

),

unnested as (

    select unnest(w.parties) as party
    from written as w

),

names as (

    select distinct u.party['name'] as party_name_raw
    from unnested as u
    where u.party['name'] is not null

),

cleaned as (

    select
        n.party_name_raw,
        {{ clean_text('n.party_name_raw') }} as party_name
    from names as n

)

select
    c.party_name_raw,
    c.party_name
from cleaned as c
where c.party_name not in ('', '无')  -- what stands where there is no holder
