with pairs as (

    select * from {{ ref('int_city_pairs') }}

),

weights as (

    select
        p.year, p.city_a, p.city_b, p.basis, 'pair' as counting, p.pair_weight as weight,
        p.confidence
    from pairs as p
    union all
    select
        p.year, p.city_a, p.city_b, p.basis, 'whole' as counting, p.whole_weight as weight,
        p.confidence
    from pairs as p
    union all
    select
        p.year, p.city_a, p.city_b, p.basis, 'fractional' as counting,
        p.fractional_weight as weight, p.confidence
    from pairs as p

)

select
    w.year,
    w.city_a,
    w.city_b,
    w.basis,
    w.counting,
    cast(sum(w.weight) as decimal(18, 6)) as n,
    cast(min(w.confidence) as decimal(4, 2)) as confidence
from weights as w
group by w.year, w.city_a, w.city_b, w.basis, w.counting
