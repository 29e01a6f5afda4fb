{{ config(tags=['report']) }}

-- The named partners are those of Table 1: continuing and new are C_n, continuing X_n, new Z_n, lost T_n.
with lists as (

    select
        l.year,
        sum(case when l.state <> 'lost' then l.n else 0 end) as n_partners,
        sum(case when l.state = 'continuing' then l.n else 0 end) as n_kept,
        sum(case when l.state = 'new' then l.n else 0 end) as n_new,
        sum(case when l.state = 'lost' then l.n else 0 end) as n_lost,
        sum(
            abs(l.n - len(string_split(l.partners, '、')))
        ) as n_unnamed
    from {{ ref('rpt_partner_lists') }} as l
    where l.basis = 'application'
    group by l.year

)

select
    t.year,
    t.n_partners,
    t.n_kept,
    t.n_new,
    t.n_lost,
    l.n_partners as n_listed
from {{ ref('rpt_table1_partner_dynamics') }} as t
left join lists as l
    on t.year = l.year
where coalesce(l.n_partners, 0) <> t.n_partners
    or coalesce(t.n_kept, coalesce(l.n_kept, 0)) <> coalesce(l.n_kept, 0)
    or coalesce(t.n_new, coalesce(l.n_new, 0)) <> coalesce(l.n_new, 0)
    or coalesce(t.n_lost, coalesce(l.n_lost, 0)) <> coalesce(l.n_lost, 0)
    or coalesce(l.n_unnamed, 0) > 0
