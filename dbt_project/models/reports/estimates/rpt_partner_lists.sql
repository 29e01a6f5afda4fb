{{ config(tags=['report']) }}

-- Table 1 with the partners named; of a year without a year before nothing is known to be new.
with hub as (

    {{ hub_city() }}

),

named as (

    select
        h.adcode,
        h.city_name,
        p.basis,
        p.year,
        p.status as state,
        coalesce(c.short_name, p.partner) as partner_name,
        greatest(p.n_patents, coalesce(p.n_patents_before, 0)) as n_patents,
        p.partner
    from {{ ref('fct_partners') }} as p
    inner join hub as h
        on p.node = h.adcode
    left join {{ ref('dim_cities') }} as c
        on p.partner = c.adcode
    where p.level = 'city'

),

ranked as (

    select
        n.*,
        row_number() over (
            partition by n.basis, n.year, n.state order by n.n_patents desc, n.partner
        ) as place
    from named as n

)

select
    r.adcode,
    r.city_name,
    r.basis,
    r.year,
    r.state,
    count(*) as n,
    string_agg(r.partner_name, '、' order by r.place) as partners,
    {{ networks_is_synthetic() }} as is_synthetic
from ranked as r
group by r.adcode, r.city_name, r.basis, r.year, r.state
