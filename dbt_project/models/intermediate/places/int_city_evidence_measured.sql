-- How often an own address in another filing is right, by the years between: every first applicant's record is taken out
-- in turn, and the filings of its name so many years away are asked. A name counts as often as it stands behind another
-- applicant, because it is those that have no address.
with filings as (

    select
        o.applicant_name,
        o.year,
        o.place_key,
        o.n,
        c.is_person
    from {{ ref('int_own_addresses') }} as o
    inner join {{ ref('int_applicants_classified') }} as c on o.applicant_name = c.applicant_name
    where o.source = 'filing' and o.year is not null

),

uses as (

    select
        s.applicant_name,
        cast(sum(s.n_applications) as bigint) as n_uses
    from {{ ref('int_applicant_groups') }} as s
    where s.applicant_seq > 1
    group by s.applicant_name

),

records as (

    select
        f.applicant_name,
        sum(f.n) as n_records
    from filings as f
    group by f.applicant_name

),

compared as (

    select
        t.applicant_name,
        t.year,
        t.place_key,
        t.n,
        t.is_person,
        {{ year_distance('abs(e.year - t.year)') }} as evidence,
        e.place_key as other_place,
        sum(e.n - if(e.year = t.year and e.place_key = t.place_key, 1, 0)) as n_others
    from filings as t
    inner join filings as e on t.applicant_name = e.applicant_name
    group by
        t.applicant_name, t.year, t.place_key, t.n, t.is_person,
        {{ year_distance('abs(e.year - t.year)') }}, e.place_key

),

-- of a person all other records have to agree, as in the ladder
agreeing as (

    select
        c.applicant_name,
        c.year,
        c.place_key,
        count(distinct c.other_place) filter (where c.n_others > 0) as n_places,
        sum(c.n_others) as n_witnesses
    from compared as c
    where c.is_person
    group by c.applicant_name, c.year, c.place_key

),

ranked as (

    select
        c.*,
        rank() over (
            partition by c.applicant_name, c.year, c.place_key, c.evidence order by c.n_others desc
        ) as place_rank
    from compared as c
    where c.n_others > 0

),

answers as (

    select
        r.applicant_name,
        r.year,
        r.place_key,
        r.evidence,
        r.is_person,
        r.n,
        max(r.other_place) = r.place_key as is_right
    from ranked as r
    where r.place_rank = 1
    group by r.applicant_name, r.year, r.place_key, r.evidence, r.is_person, r.n
    having count(*) = 1

),

weighed as (

    select
        if(a.is_person, 'person_in_other_filing', 'own_address_other_filing') as rule,
        a.evidence,
        a.n,
        a.is_right,
        cast(coalesce(u.n_uses, 0) / r.n_records as decimal(18, 6)) as weight
    from answers as a
    inner join records as r on a.applicant_name = r.applicant_name
    left join uses as u on a.applicant_name = u.applicant_name
    left join agreeing as g
        on a.applicant_name = g.applicant_name and a.year = g.year and a.place_key = g.place_key
    where not a.is_person or g.n_places = 1 and (length(a.applicant_name) > 2 or g.n_witnesses > 1)

)

select
    w.rule,
    w.evidence,
    cast(sum(w.n) as bigint) as n_records,
    cast(sum(if(w.is_right, w.n, 0)) as bigint) as n_right,
    cast(coalesce(sum(if(w.weight > 0, w.n, 0)), 0) as bigint) as n_records_of_co_applicants,
    cast(
        case
            when sum(if(w.weight > 0, w.n, 0)) >= 100
                then sum(if(w.is_right, w.n * w.weight, 0)) / sum(w.n * w.weight)
            else sum(if(w.is_right, w.n, 0)) / sum(w.n)
        end as decimal(6, 4)
    ) as share_right
from weighed as w
group by w.rule, w.evidence
