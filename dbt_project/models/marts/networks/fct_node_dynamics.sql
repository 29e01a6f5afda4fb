-- Counts, shares and names of Table 1, and the margins, for every node, year, level and basis. Cities and provinces
-- stand in every year of the panel, applicants in years with a partner or with one the year before.
with names as (

    select 'city' as level, n.node_code as node, n.city_name as name
    from {{ ref('int_universe_nodes') }} as n
    union all
    select 'province' as level, n.province_code as node, any_value(n.province_name) as name
    from {{ ref('int_universe_nodes') }} as n
    group by n.province_code

),

partners as (

    select
        p.level,
        p.basis,
        p.year,
        p.node,
        p.status,
        p.n_patents,
        p.n_patents_before,
        coalesce(n.name, p.partner) as partner_name,
        p.partner
    from {{ ref('fct_partners') }} as p
    left join names as n
        on p.level = n.level and p.partner = n.node

),

grouped as (

    select
        p.level,
        p.basis,
        p.year,
        p.node,
        count(*) filter (where p.status <> 'lost') as n_partners,
        count(*) filter (where p.status in ('continuing', 'lost')) as n_partners_before,
        count(*) filter (where p.status = 'continuing') as n_kept,
        sum(p.n_patents) as n_patents,
        string_agg(p.partner_name, '; ' order by p.partner) filter (where p.status = 'continuing')
            as continuing_partners,
        string_agg(p.partner_name, '; ' order by p.partner) filter (where p.status = 'new') as new_partners,
        string_agg(p.partner_name, '; ' order by p.partner) filter (where p.status = 'lost') as lost_partners
    from partners as p
    group by p.level, p.basis, p.year, p.node

),

cells as (

    select n.level, n.node, b.basis, y.year
    from names as n
    cross join (
        select unnest(['application', 'grant']) as basis
    ) as b
    cross join {{ ref('int_panel_years') }} as y
    union all
    select g.level, g.node, g.basis, g.year
    from grouped as g
    where g.level = 'applicant'

),

counted as (

    select
        c.level,
        c.node,
        c.basis,
        c.year,
        p.year is not null as has_previous_year,
        coalesce(g.n_partners, 0) as n_partners,
        coalesce(g.n_partners_before, 0) as n_partners_before,
        coalesce(g.n_kept, 0) as n_kept,
        coalesce(g.n_patents, 0) as rsi,
        g.continuing_partners,
        g.new_partners,
        g.lost_partners
    from cells as c
    left join {{ ref('int_panel_years') }} as p
        on c.year = p.year + 1
    left join grouped as g
        on c.level = g.level and c.node = g.node and c.basis = g.basis and c.year = g.year

)

select
    k.level,
    k.basis,
    k.year,
    k.node,
    cast(k.n_partners as integer) as n_partners,
    cast(case when k.has_previous_year then k.n_kept end as integer) as n_kept,
    cast(case when k.has_previous_year then k.n_partners - k.n_kept end as integer) as n_new,
    cast(case when k.has_previous_year then k.n_partners_before - k.n_kept end as integer) as n_lost,
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
    end as decimal(4, 1)) as lost_percent,
    k.continuing_partners,
    k.new_partners,
    k.lost_partners,
    cast(k.rsi as bigint) as rsi,
    cast(k.n_partners as integer) as extensive,
    -- 12 places: times the partners and rounded to six it gives rsi back exactly (T-09).
    cast(case
        when k.n_partners = 0 then 0
        else cast(k.rsi as decimal(26, 12)) / k.n_partners
    end as decimal(26, 12)) as intensive
from counted as k
