{{ config(tags=['report']) }}

-- The city with the most partners in the last year stands for Beijing; every city is in the mart.
with dynamics as (

    select * from {{ ref('fct_partner_dynamics') }}
    where basis = 'application'

),

hub as (

    {{ hub_city() }}

),

paper as (

    select
        cast(p.column_label as integer) as year,
        max(p.value) filter (where p.variable = 'C_n') as paper_n_partners,
        max(p.value) filter (where p.variable = 'X_n') as paper_n_kept,
        max(p.value) filter (where p.variable = 'X_n/C_n') as paper_kept_percent,
        max(p.value) filter (where p.variable = 'Z_n') as paper_n_new,
        max(p.value) filter (where p.variable = 'Z_n/C_n') as paper_new_percent,
        max(p.value) filter (where p.variable = 'T_n') as paper_n_lost,
        max(p.value) filter (where p.variable = 'T_n/C_{n-1}') as paper_lost_percent
    from {{ ref('stg_reference__paper_values') }} as p
    where p.table_name = 'paper_table1'
    group by 1

),

-- The identities of T-01 on the printed numbers, so that a contradiction stands beside them.
checked as (

    select
        p.*,
        p.paper_n_partners <> p.paper_n_kept + p.paper_n_new as breaks_sum,
        q.paper_n_partners <> p.paper_n_kept + p.paper_n_lost as breaks_loss,
        abs(p.paper_lost_percent - 100.0 * p.paper_n_lost / q.paper_n_partners) > 0.06
            as breaks_share,
        q.paper_n_partners + p.paper_n_partners - p.paper_n_kept > 277 as breaks_universe
    from paper as p
    left join paper as q
        on p.year = q.year + 1

)

select
    d.adcode,
    d.city_name,
    d.basis,
    d.year,
    d.n_partners,
    d.n_kept,
    d.kept_percent,
    d.n_new,
    d.new_percent,
    d.n_lost,
    d.lost_percent,
    cast(c.paper_n_partners as integer) as paper_n_partners,
    cast(c.paper_n_kept as integer) as paper_n_kept,
    cast(c.paper_kept_percent as decimal(4, 1)) as paper_kept_percent,
    cast(c.paper_n_new as integer) as paper_n_new,
    cast(c.paper_new_percent as decimal(4, 1)) as paper_new_percent,
    cast(c.paper_n_lost as integer) as paper_n_lost,
    cast(c.paper_lost_percent as decimal(4, 1)) as paper_lost_percent,
    nullif(
        concat_ws(
            ' ',
            case when c.breaks_sum or c.breaks_loss then 'D-01' end,
            case when c.breaks_share then 'D-02' end,
            case when c.breaks_universe then 'D-24' end
        ),
        ''
    ) as paper_defects,
    {{ networks_is_synthetic() }} as is_synthetic
from dynamics as d
inner join hub as h
    on d.adcode = h.adcode
left join checked as c
    on d.year = c.year
