-- Organisations that leave and arrive in one event and share a group name (集团内部).
with leaving as (

    select distinct h.assignment_id, h.party_name, h.owner_key
    from {{ ref('int_holders_compared') }} as h
    where h.side = 'before' and h.entity_role = 'leaves' and not h.is_person

),

arriving as (

    select distinct h.assignment_id, h.party_name, h.owner_key
    from {{ ref('int_holders_compared') }} as h
    where h.side = 'after' and h.entity_role = 'arrives' and not h.is_person

),

generic as (

    select list(w.word order by w.word) as words
    from {{ ref('company_words') }} as w

),

pairs as (

    select
        l.assignment_id,
        l.party_name as from_name,
        a.party_name as to_name,
        a.owner_key as to_key,
        f.core_name as from_core,
        t.core_name as to_core,
        f.brand as from_brand,
        t.brand as to_brand
    from leaving as l
    inner join arriving as a
        on l.assignment_id = a.assignment_id
    inner join {{ ref('int_holder_names_reduced') }} as f
        on l.party_name = f.party_name
    inner join {{ ref('int_holder_names_reduced') }} as t
        on a.party_name = t.party_name

)

select
    p.assignment_id,
    p.from_name,
    p.to_name,
    p.to_key,
    case
        when starts_with(p.to_name, p.from_name) or starts_with(p.from_name, p.to_name)
            then 'branch_name'
        when length(p.from_core) >= 2 and p.from_core = p.to_core
            and not list_contains(g.words, p.from_core)
            then 'shared_core_name'
        when length(p.from_brand) >= 2 and p.from_brand = p.to_brand
            and not list_contains(g.words, p.from_brand)
            then 'shared_brand'
    end as group_rule
from pairs as p
cross join generic as g
where starts_with(p.to_name, p.from_name)
    or starts_with(p.from_name, p.to_name)
    or (
        length(p.from_core) >= 2 and p.from_core = p.to_core
        and not list_contains(g.words, p.from_core)
    )
    or (
        length(p.from_brand) >= 2 and p.from_brand = p.to_brand
        and not list_contains(g.words, p.from_brand)
    )
