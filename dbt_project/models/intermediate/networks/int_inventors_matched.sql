-- Persons who leave in favour of an organisation, and what speaks for employment:
-- they invented the patent, invented other filings of the acquirer, share its address or city.
with holders as (

    select * from {{ ref('int_holders_compared') }}

),

events as (

    select
        e.assignment_id,
        a.application_key
    from {{ ref('int_assignments_identified') }} as e
    inner join {{ ref('int_applications_folded') }} as a on e.application_key = a.application_key
    where e.repetition is null and e.event_class = 'transfer' and e.application_id is not null

),

candidates as (

    select
        l.assignment_id,
        v.application_key,
        l.party_name as person_name,
        r.party_name as acquirer_name,
        l.address_text is not null and l.address_text = r.address_text as is_same_address,
        fl.node_code is not null and fl.node_code = fr.node_code as is_same_city
    from holders as l
    inner join holders as r
        on l.assignment_id = r.assignment_id
        and l.side = 'before' and l.entity_role = 'leaves' and l.is_person
        and r.side = 'after' and r.entity_role = 'arrives' and not r.is_person
    inner join events as v
        on l.assignment_id = v.assignment_id
    left join {{ ref('int_parties_located') }} as fl
        on l.assignment_id = fl.assignment_id and l.side = fl.side and l.party_seq = fl.party_seq
    left join {{ ref('int_parties_located') }} as fr
        on r.assignment_id = fr.assignment_id and r.side = fr.side and r.party_seq = fr.party_seq

),

acquirers as (

    select distinct c.acquirer_name from candidates as c

),

-- Publications that can hold evidence: those of the patents in question, and the acquirers' own.
publications as (

    select
        k.landed_key,
        k.application_key,
        cast(null as varchar) as acquirer_name
    from {{ ref('int_publications_kept') }} as k
    where k.application_key in (select c.application_key from candidates as c)
    union
    select
        a.applicants_landed_key as landed_key,
        a.application_key,
        q.acquirer_name
    from {{ ref('int_applicant_lists') }} as l
    inner join acquirers as q on l.applicant_name = q.acquirer_name
    inner join {{ ref('int_applications_folded') }} as a on l.applicants_key = a.applicants_key

),

inventor_texts as (

    select distinct
        p.application_key,
        p.acquirer_name,
        u.inventors_text
    from {{ ref('int_publications_unioned') }} as u
    inner join publications as p on u.landed_key = p.landed_key
    where u.inventors_text is not null

),

inventor_names as (

    select distinct
        t.application_key,
        t.acquirer_name,
        unnest({{ split_names('t.inventors_text') }}) as inventor_raw
    from inventor_texts as t

),

persons as (

    select distinct c.person_name from candidates as c

),

-- distinct names first: to make one comparable costs more than to look it up
named_persons as (

    select
        r.inventor_raw,
        {{ clean_text('r.inventor_raw') }} as inventor_name
    from (select distinct n.inventor_raw from inventor_names as n) as r
    where {{ clean_text('r.inventor_raw') }} in (select p.person_name from persons as p)

),

inventors as (

    select distinct
        n.application_key,
        n.acquirer_name,
        p.inventor_name
    from inventor_names as n
    inner join named_persons as p on n.inventor_raw = p.inventor_raw

),

own_inventions as (

    select distinct c.assignment_id, c.person_name
    from candidates as c
    inner join inventors as i
        on c.application_key = i.application_key
        and c.person_name = i.inventor_name

),

other_inventions as (

    select distinct c.assignment_id, c.person_name, c.acquirer_name
    from candidates as c
    inner join inventors as i
        on c.acquirer_name = i.acquirer_name
        and c.person_name = i.inventor_name
        and c.application_key <> i.application_key

),

evidence as (

    select
        c.assignment_id,
        c.person_name,
        max(case
            when o.person_name is null then 0
            when x.person_name is not null then 3
            when c.is_same_address then 2
            when c.is_same_city then 1
            else 0
        end) as strength
    from candidates as c
    left join own_inventions as o
        on c.assignment_id = o.assignment_id and c.person_name = o.person_name
    left join other_inventions as x
        on c.assignment_id = x.assignment_id
        and c.person_name = x.person_name
        and c.acquirer_name = x.acquirer_name
    group by c.assignment_id, c.person_name

)

select
    e.assignment_id,
    count(*) as n_persons,
    cast(min(e.strength) as integer) as weakest_strength,
    case min(e.strength)
        when 3 then 'inventor_on_acquirer_filings'
        when 2 then 'inventor_at_acquirer_address'
        when 1 then 'inventor_in_acquirer_city'
    end as employer_rule
from evidence as e
group by e.assignment_id
