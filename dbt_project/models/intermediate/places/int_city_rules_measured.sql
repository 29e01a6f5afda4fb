-- How often each rule is right, measured where the truth is printed: first applicants with an own address. Every such
-- record is taken out in turn (leave one out) and the rule is asked what it would have said without it.
with filings as (

    select * from {{ ref('int_own_addresses') }} as o
    where o.source = 'filing'

),

transfers as (

    select * from {{ ref('int_own_addresses') }} as o
    where o.source = 'transfer'

),

-- records of one name, year and place are alike: one of them stands for all, weighted by their number
truths as (

    select
        md5(f.applicant_name || ':' || coalesce(cast(f.year as varchar), '') || ':' || f.place_key) as wanted_id,
        f.applicant_name,
        f.year,
        f.place_key as left_out,
        f.n,
        c.is_person
    from filings as f
    inner join {{ ref('int_applicants_classified') }} as c on f.applicant_name = c.applicant_name

),

by_filing as (

    select * from {{ nearest_place('truths', 'filings') }} as f

),

-- an event leaves no filing out
transfer_truths as (

    select
        t.wanted_id,
        t.applicant_name,
        t.year,
        cast(null as varchar) as left_out
    from truths as t

),

by_transfer as (

    select * from {{ nearest_place('transfer_truths', 'transfers') }} as t

),

entity_evidence as (

    select * from {{ ref('int_entity_addresses') }} as e

),

by_entity as (

    select * from {{ nearest_place('transfer_truths', 'entity_evidence') }} as e

),

witnesses as (

    select
        t.wanted_id,
        count(distinct w.place_key) filter (where w.n_left > 0) as n_places,
        sum(w.n_left) as n_witnesses
    from truths as t
    inner join (
        select
            u.wanted_id,
            o.place_key,
            o.n - if(o.source = 'filing' and o.place_key = u.left_out and o.year is not distinct from u.year, 1, 0)
                as n_left
        from truths as u
        inner join {{ ref('int_own_addresses') }} as o on u.applicant_name = o.applicant_name
    ) as w on t.wanted_id = w.wanted_id
    group by t.wanted_id

),

answers as (

    select
        if(t.is_person, 'person_in_other_filing', 'own_address_other_filing') as rule,
        t.n,
        f.place_key = t.left_out as is_right
    from truths as t
    inner join by_filing as f on t.wanted_id = f.wanted_id
    inner join witnesses as w on t.wanted_id = w.wanted_id
    where
        f.place_key is not null
        and (not t.is_person or w.n_places = 1 and (length(t.applicant_name) > 2 or w.n_witnesses > 1))

    union all

    select
        if(t.is_person, 'person_in_transfer', 'own_address_transfer') as rule,
        t.n,
        b.place_key = t.left_out as is_right
    from truths as t
    inner join by_transfer as b on t.wanted_id = b.wanted_id
    inner join witnesses as w on t.wanted_id = w.wanted_id
    where
        b.place_key is not null
        and (not t.is_person or w.n_places = 1 and (length(t.applicant_name) > 2 or w.n_witnesses > 1))

    union all

    select
        'entity_other_name' as rule,
        t.n,
        e.place_key = t.left_out as is_right
    from truths as t
    inner join by_entity as e on t.wanted_id = e.wanted_id
    where e.place_key is not null and not t.is_person

    union all

    select
        l.rule,
        t.n,
        coalesce(
            l.node_code, 'unit:' || l.unit_code, if(l.country_or_area <> 'CN', 'country:' || l.country_or_area, null)
        ) = t.left_out as is_right
    from truths as t
    inner join {{ ref('int_place_texts_located') }} as l
        on t.applicant_name = l.text and l.text_kind = 'name' and t.year is not distinct from l.year
    where l.rule is not null and not t.is_person

    union all

    select
        'parent_organisation' as rule,
        t.n,
        d.parent_place = t.left_out as is_right
    from truths as t
    inner join {{ ref('int_name_rungs') }} as d
        on t.applicant_name = d.applicant_name and t.year is not distinct from d.year
    where d.parent_place is not null and not t.is_person

)

select
    a.rule,
    cast(sum(a.n) as bigint) as n_records,
    cast(sum(if(a.is_right, a.n, 0)) as bigint) as n_right,
    cast(sum(if(a.is_right, a.n, 0)) / sum(a.n) as decimal(6, 4)) as share_right,
    any_value(r.confidence) as documented_confidence
from answers as a
left join {{ ref('city_rules') }} as r on a.rule = r.rule
group by a.rule
