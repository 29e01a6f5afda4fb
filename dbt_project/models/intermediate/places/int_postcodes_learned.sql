-- Postcode prefixes (邮政编码) and the place they belong to: learned from the addresses that tell their place without
-- them, and, where there are too few of these, from a short seed of prefixes known to belong to one place.
with located as (

    select
        t.postcode,
        c.place_code
    from (
        select distinct k.text, k.postcode from {{ ref('int_place_tokens') }} as k
        where k.text_kind = 'address' and k.postcode is not null
    ) as t
    inner join (
        select distinct h.text, h.place_code from {{ ref('int_place_choices') }} as h
        where h.text_kind = 'address' and h.verdict = 'unique' and not h.is_country
    ) as c on t.text = c.text

),

counted as (

    select
        left(l.postcode, 4) as postcode_prefix,
        l.place_code,
        count(*) as n_addresses
    from located as l
    group by left(l.postcode, 4), l.place_code

),

ranked as (

    select
        c.*,
        sum(c.n_addresses) over (partition by c.postcode_prefix) as n_all,
        row_number() over (partition by c.postcode_prefix order by c.n_addresses desc, c.place_code asc) as place_rank
    from counted as c

)

select
    r.postcode_prefix,
    r.place_code,
    cast(r.n_all as bigint) as n_addresses,
    cast(r.n_addresses / r.n_all as decimal(4, 2)) as share,
    'learned' as source
from ranked as r
-- eight addresses of which nine in ten agree: a prefix seen twice proves nothing
where r.place_rank = 1 and r.n_all >= 8 and r.n_addresses >= 0.9 * r.n_all

union all

select
    s.postcode_prefix,
    s.target_adcode as place_code,
    cast(0 as bigint) as n_addresses,
    cast(1 as decimal(4, 2)) as share,
    'seed' as source
from {{ ref('postcode_prefixes') }} as s
inner join {{ ref('stg_reference__prefectures') }} as p on s.target_adcode = p.adcode and p.is_current
where s.target_level = 'prefecture'
