-- T-12: partner cities that left and came back, how often, and whether a change of units may explain it.
with partners as (

    select p.basis, p.node, p.partner, p.year
    from {{ ref('fct_partners') }} as p
    where p.level = 'city' and p.status <> 'lost'

),

present as (

    select
        p.basis,
        p.node,
        p.partner,
        p.year,
        b.year is null as has_come
    from partners as p
    left join partners as b
        on p.basis = b.basis and p.node = b.node and p.partner = b.partner and p.year = b.year + 1

),

counted as (

    select
        p.basis,
        p.node,
        p.partner,
        min(p.year) as first_year,
        max(p.year) as last_year,
        count(*) as n_years,
        count(*) filter (where p.has_come) - 1 as n_returns
    from present as p
    group by p.basis, p.node, p.partner
    having count(*) filter (where p.has_come) > 1

),

panel as (

    select count(*) as n_years
    from {{ ref('int_panel_years') }}

),

-- Years in which a unit of this code began, or one of its predecessors ended.
changes as (

    select u.adcode, u.valid_from_year as year
    from {{ ref('stg_reference__prefectures') }} as u
    where u.valid_from_year is not null
    union
    select coalesce(u.successor_adcode, u.adcode) as adcode, u.valid_to_year + 1 as year
    from {{ ref('stg_reference__prefectures') }} as u
    where u.valid_to_year is not null

),

explained as (

    select
        b.basis,
        b.node,
        b.partner,
        min(b.year) as changed_year
    from (
        select c.basis, c.node, c.partner, h.year
        from counted as c
        inner join changes as h
            on c.node = h.adcode
        where h.year between c.first_year and c.last_year
        union all
        select c.basis, c.node, c.partner, h.year
        from counted as c
        inner join changes as h
            on c.partner = h.adcode
        where h.year between c.first_year and c.last_year
    ) as b
    group by b.basis, b.node, b.partner

),

shares as (

    select
        c.*,
        e.changed_year,
        cast(1.0 * c.n_returns / greatest(n.n_years - 1, 1) as decimal(6, 4)) as return_share
    from counted as c
    cross join panel as n
    left join explained as e
        on c.basis = e.basis and c.node = e.node and c.partner = e.partner

)

select
    s.basis,
    s.node,
    s.partner,
    cast(s.first_year as integer) as first_year,
    cast(s.last_year as integer) as last_year,
    s.n_years,
    s.n_returns,
    s.return_share,
    case when s.changed_year is not null then 'unit_changed_in_' || cast(s.changed_year as varchar) end
        as registry_reason,
    s.n_returns > 1 and s.return_share > m.partner_return_share and s.changed_year is null as is_reported
from shares as s
cross join {{ ref('stg_method__settings') }} as m
