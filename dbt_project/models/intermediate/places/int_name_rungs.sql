-- What each rung of the ladder says about a name without an address on its record, once per name and year: own address
-- in the nearest filing, own address in the nearest transfer, address under another name, place in the name, parent of the
-- branch.
with wanted as (

    select
        md5('name:' || w.applicant_name || ':' || coalesce(cast(w.year as varchar), '')) as wanted_id,
        w.applicant_name,
        w.year,
        cast(null as varchar) as left_out
    from (
        select s.applicant_name, s.basis_year as year from {{ ref('int_applicant_groups') }} as s
        union
        select
            {{ clean_text('p.party_name') }} as applicant_name,
            cast(p.effective_year as integer) as year
        from {{ ref('int_parties_unnested') }} as p
        where p.party_name is not null
    ) as w
    where w.applicant_name <> ''

),

filings as (

    select * from {{ ref('int_own_addresses') }} as o
    where o.source = 'filing'

),

transfers as (

    select * from {{ ref('int_own_addresses') }} as o
    where o.source = 'transfer'

),

-- a name with one place in all its records; persons are located by nothing less
unique_names as (

    select
        o.applicant_name,
        count(distinct o.place_key) as n_places,
        sum(o.n) as n_witnesses
    from (
        select f.applicant_name, f.place_key, f.n from filings as f
        union all
        select t.applicant_name, t.place_key, t.n from transfers as t
    ) as o
    group by o.applicant_name

),

by_filing as (

    select * from {{ nearest_place('wanted', 'filings') }} as f

),

by_transfer as (

    select * from {{ nearest_place('wanted', 'transfers') }} as t

),

-- a name without any address of its own: that of the organisation's other names
entity_wanted as (

    select distinct
        w.wanted_id,
        w.applicant_name,
        w.year,
        w.left_out
    from wanted as w
    inner join {{ ref('int_entity_addresses') }} as e on w.applicant_name = e.applicant_name
    left join unique_names as u on w.applicant_name = u.applicant_name
    where u.applicant_name is null

),

entity_evidence as (

    select * from {{ ref('int_entity_addresses') }} as e

),

entity_confidences as (

    select
        e.applicant_name,
        min(e.confidence) as confidence
    from entity_evidence as e
    group by e.applicant_name

),

by_entity as (

    select * from {{ nearest_place('entity_wanted', 'entity_evidence') }} as e

),

-- the longest beginning of the name that is itself an organisation with an address
parents as (

    select
        n.applicant_name,
        arg_max(o.applicant_name, length(o.applicant_name)) as parent_name
    from (select distinct w.applicant_name from wanted as w) as n
    cross join {{ ref('organisation_parts') }} as e
    inner join unique_names as o
        on o.applicant_name = substr(n.applicant_name, 1, strpos(n.applicant_name, e.word) + length(e.word) - 1)
    where
        e.part = 'organisation_end'
        and strpos(n.applicant_name, e.word) > 0
        and length(o.applicant_name) < length(n.applicant_name)
        -- branches of trade and supply sit where their customers are
        and not regexp_matches(
            substr(n.applicant_name, length(o.applicant_name) + 1),
            '分公司|分院|分校|分所|分局|校区|销售|供电|东北|华北|华东|华南|华中|西北|西南|中南'
        )
    group by n.applicant_name

),

parents_wanted as (

    select
        w.wanted_id,
        p.parent_name as applicant_name,
        w.year,
        cast(null as varchar) as left_out
    from wanted as w
    inner join parents as p on w.applicant_name = p.applicant_name

),

by_parent as (

    select * from {{ nearest_place('parents_wanted', 'filings') }} as p

),

rungs as (

    select
        w.applicant_name,
        w.year,
        c.is_person,
        u.n_places,
        -- two characters name many people: one witness is too few
        u.n_places = 1 and (length(w.applicant_name) > 2 or u.n_witnesses > 1) as is_person_unique,
        f.place_key as filing_place,
        f.share as filing_share,
        {{ year_distance('f.year_gap') }} as filing_evidence,
        t.place_key as transfer_place,
        t.share as transfer_share,
        e.place_key as entity_place,
        e.share * k.confidence as entity_share,
        l.rule as name_rule,
        l.confidence as name_confidence,
        l.reason as name_reason,
        coalesce(
            l.node_code, 'unit:' || l.unit_code, if(l.country_or_area <> 'CN', 'country:' || l.country_or_area, null)
        ) as name_place,
        p.place_key as parent_place,
        p.share as parent_share
    from wanted as w
    inner join {{ ref('int_applicants_classified') }} as c on w.applicant_name = c.applicant_name
    left join unique_names as u on w.applicant_name = u.applicant_name
    left join by_filing as f on w.wanted_id = f.wanted_id
    left join by_transfer as t on w.wanted_id = t.wanted_id
    left join by_entity as e on w.wanted_id = e.wanted_id
    left join entity_confidences as k on w.applicant_name = k.applicant_name
    left join parents_wanted as a on w.wanted_id = a.wanted_id
    left join by_parent as p on a.wanted_id = p.wanted_id
    left join {{ ref('int_place_texts_located') }} as l
        on w.applicant_name = l.text and l.text_kind = 'name' and w.year is not distinct from l.year

)

select
    r.applicant_name,
    r.year,
    r.is_person,
    r.n_places,
    r.is_person_unique,
    r.filing_place,
    r.filing_share,
    if(r.filing_place is null, null, r.filing_evidence) as filing_evidence,
    r.transfer_place,
    r.transfer_share,
    r.entity_place,
    r.entity_share,
    r.name_place,
    r.name_rule,
    r.name_confidence,
    r.name_reason,
    -- a parent is asked only when the name holds no place at all, not even a province
    if(not r.is_person and r.name_reason = 'no_place', r.parent_place, null) as parent_place,
    r.parent_share
from rungs as r
