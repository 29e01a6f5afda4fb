-- Distinct organisation names of holders, reduced to what tells a group: the name without
-- brackets, places and legal forms (core), and the core without words of activity (brand).
with names as (

    select distinct h.party_name
    from {{ ref('int_holders_compared') }} as h
    where not h.is_person

),

words as (

    select
        string_agg(w.word, '|' order by length(w.word) desc, w.word)
            filter (where w.role = 'legal_form') as legal_forms,
        string_agg(w.word, '|' order by length(w.word) desc, w.word)
            filter (where w.role in ('activity', 'legal_form')) as dull_words
    from {{ ref('company_words') }} as w

),

place_texts as (

    select distinct x.place
    from (
        select unnest([n.city_name, n.short_name, n.province_name,
            regexp_replace(n.province_name, '(省|市|壮族自治区|回族自治区|维吾尔自治区|自治区)$', '')]) as place
        from {{ ref('int_nodes') }} as n
    ) as x
    where length(x.place) >= 2

),

places as (

    select string_agg(t.place, '|' order by length(t.place) desc, t.place) as pattern
    from place_texts as t

),

bare as (

    select
        n.party_name,
        regexp_replace(
            regexp_replace(n.party_name, '[(（][^)）]*[)）]', '', 'g'),
            '^(中国|国家)?((' || coalesce(p.pattern, '.^') || ')(省|市|州|地区|自治区)?)+', ''
        ) as without_place,
        w.legal_forms,
        w.dull_words
    from names as n
    cross join places as p
    cross join words as w

),

cores as (

    select
        b.party_name,
        b.dull_words,
        regexp_replace(b.without_place, '(' || b.legal_forms || ')+$', '') as core_name
    from bare as b

)

select
    c.party_name,
    c.core_name,
    regexp_replace(c.core_name, '(' || c.dull_words || ')+.*$', '') as brand
from cores as c
