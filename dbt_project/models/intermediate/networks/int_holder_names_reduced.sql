-- Distinct organisation names of holders, reduced to what tells a group: the name without
-- brackets, places and legal forms (core), and the core up to its first dull word (brand).
-- Words are found by joins on pieces of the name: a pattern of all words would be compiled anew
-- for every name.
with names as (

    select
        h.party_name,
        regexp_replace(h.party_name, '[(（][^)）]*[)）]', '', 'g') as rest
    from {{ ref('int_holders_compared') }} as h
    where not h.is_person
    group by h.party_name

),

place_texts as (

    select distinct
        unnest([
            n.city_name, n.short_name, n.province_name,
            regexp_replace(
                n.province_name, '(省|市|壮族自治区|回族自治区|维吾尔自治区|自治区)$', ''
            ),
            '中国', '国家'
        ]) as place
    from {{ ref('int_nodes') }} as n

),

places as (

    select
        t.place,
        length(t.place) as n_letters
    from place_texts as t
    where length(t.place) >= 2

),

place_lengths as (

    select distinct p.n_letters
    from places as p

),

words as (

    select
        w.word,
        w.role,
        length(w.word) as n_letters
    from {{ ref('company_words') }} as w

),

form_lengths as (

    select distinct w.n_letters
    from words as w
    where w.role = 'legal_form'

),

dull_lengths as (

    select distinct w.n_letters
    from words as w
    where w.role in ('legal_form', 'activity')

),

-- Country, province and city may stand one behind the other.
{% for step in range(3) %}
placed_{{ step + 1 }} as (

    select
        n.party_name,
        substr(any_value(n.rest), 1 + coalesce(max(p.n_letters), 0)) as rest
    from {{ 'names' if step == 0 else 'placed_' ~ step }} as n
    left join place_lengths as l
        on length(n.rest) > l.n_letters
    left join places as p
        on l.n_letters = p.n_letters and left(n.rest, l.n_letters) = p.place
    group by n.party_name

),

{% endfor %}

-- "集团股份有限公司" ends in two legal forms.
{% for step in range(3) %}
formed_{{ step + 1 }} as (

    select
        n.party_name,
        left(
            any_value(n.rest), length(any_value(n.rest)) - coalesce(max(w.n_letters), 0)
        ) as rest
    from {{ 'placed_3' if step == 0 else 'formed_' ~ step }} as n
    left join form_lengths as l
        on length(n.rest) >= l.n_letters
    left join words as w
        on w.role = 'legal_form' and l.n_letters = w.n_letters
        and right(n.rest, l.n_letters) = w.word
    group by n.party_name

),

{% endfor %}

positions as (

    select
        f.party_name,
        f.rest,
        unnest(range(1, length(f.rest) + 1)) as position
    from formed_3 as f

),

first_dull_words as (

    select
        p.party_name,
        min(p.position) as position
    from positions as p
    inner join dull_lengths as l
        on p.position + l.n_letters - 1 <= length(p.rest)
    inner join words as w
        on w.role in ('legal_form', 'activity')
        and l.n_letters = w.n_letters
        and substr(p.rest, p.position, l.n_letters) = w.word
    group by p.party_name

)

select
    f.party_name,
    f.rest as core_name,
    left(f.rest, coalesce(d.position - 1, length(f.rest))) as brand
from formed_3 as f
left join first_dull_words as d
    on f.party_name = d.party_name
