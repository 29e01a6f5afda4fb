-- Table 1 for every city: partners kept, won and lost from one year to the next (R-C01).
with partners as (

    select distinct e.basis, e.year, e.city_a as adcode, e.city_b as partner
    from {{ ref('fct_joint_edges') }} as e
    where e.counting = 'pair'
    union
    select distinct e.basis, e.year, e.city_b as adcode, e.city_a as partner
    from {{ ref('fct_joint_edges') }} as e
    where e.counting = 'pair'

),

cells as (

    select
        n.node_code as adcode,
        n.city_name,
        b.basis,
        y.year,
        p.year is not null as has_previous_year
    from {{ ref('int_universe_nodes') }} as n
    cross join (
        select unnest(['application', 'grant']) as basis
    ) as b
    cross join {{ ref('int_panel_years') }} as y
    left join {{ ref('int_panel_years') }} as p
        on y.year = p.year + 1

),

present as (

    select
        t.adcode,
        t.basis,
        t.year,
        count(*) as n_partners,
        count(p.partner) as n_kept
    from partners as t
    left join partners as p
        on t.adcode = p.adcode
        and t.basis = p.basis
        and t.partner = p.partner
        and t.year = p.year + 1
    group by t.adcode, t.basis, t.year

),

counted as (

    select
        c.adcode,
        c.city_name,
        c.basis,
        c.year,
        c.has_previous_year,
        coalesce(t.n_partners, 0) as n_partners,
        coalesce(q.n_partners, 0) as n_partners_before,
        coalesce(t.n_kept, 0) as n_kept
    from cells as c
    left join present as t
        on c.adcode = t.adcode and c.basis = t.basis and c.year = t.year
    left join present as q
        on c.adcode = q.adcode and c.basis = q.basis and c.year = q.year + 1

)

select
    k.adcode,
    k.city_name,
    k.basis,
    k.year,
    cast(k.n_partners as integer) as n_partners,
    cast(case when k.has_previous_year then k.n_kept end as integer) as n_kept,
    cast(case when k.has_previous_year then k.n_partners - k.n_kept end as integer) as n_new,
    cast(case when k.has_previous_year then k.n_partners_before - k.n_kept end as integer)
        as n_lost,
    cast(case
        when k.has_previous_year and k.n_partners > 0 then 100.0 * k.n_kept / k.n_partners
    end as decimal(4, 1)) as kept_percent,
    cast(case
        when k.has_previous_year and k.n_partners > 0
            then 100.0 * (k.n_partners - k.n_kept) / k.n_partners
    end as decimal(4, 1)) as new_percent,
    cast(case
        when k.has_previous_year and k.n_partners_before > 0
            then 100.0 * (k.n_partners_before - k.n_kept) / k.n_partners_before
    end as decimal(4, 1)) as lost_percent
from counted as k
