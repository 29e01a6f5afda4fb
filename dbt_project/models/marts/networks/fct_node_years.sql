{{ config(tags=['panel']) }}

with settings as (

    select * from {{ ref('stg_method__settings') }}

),

cells as (

    select
        n.node_code as adcode,
        n.city_name,
        n.province_code,
        n.is_in_sample,
        y.year,
        y.n_months_landed,
        s.grant_year_basis = 'filing' and y.year > coalesce(l.last_whole_year, 0) as is_grant_truncated
    from {{ ref('int_universe_nodes') }} as n
    cross join {{ ref('int_panel_years') }} as y
    cross join settings as s
    left join {{ ref('int_grant_lags') }} as l
        on true

),

-- Every edge seen from both of its cities.
edge_ends as (

    select e.year, e.basis, e.city_a as adcode, e.city_b as partner, e.application_id,
        e.pair_weight, e.fractional_weight
    from {{ ref('fct_joint_edge_patents') }} as e
    union all
    select e.year, e.basis, e.city_b as adcode, e.city_a as partner, e.application_id,
        e.pair_weight, e.fractional_weight
    from {{ ref('fct_joint_edge_patents') }} as e

),

margins as (

    select
        e.adcode,
        e.year,
        count(distinct e.partner) as extensive,
        -- A patent with cities A, B and C counts for A twice by pairs, once as a whole, and with
        -- the shares of its two pairs when counted fractionally (Q-07).
        cast(case max(s.edge_counting)
            when 'pair' then sum(e.pair_weight)
            when 'whole' then cast(count(distinct e.application_id) as decimal(18, 6))
            else sum(e.fractional_weight)
        end as decimal(18, 6)) as rsi
    from edge_ends as e
    inner join settings as s
        on e.basis = s.edge_basis
    group by e.adcode, e.year

),

joint_applications as (

    select
        e.adcode,
        e.year,
        count(distinct e.application_id) as n_joint_applications
    from edge_ends as e
    where e.basis = 'application'
    group by e.adcode, e.year

),

grants as (

    select
        c.node_code as adcode,
        c.year,
        count(*) as gpatent
    from {{ ref('int_application_city_years') }} as c
    cross join settings as s
    where c.basis = 'grant'
        and (
            s.gpatent_credit = 'every_city'
            or (s.gpatent_credit = 'first_applicant' and c.has_first_applicant)
            or (s.gpatent_credit = 'solo' and c.n_applicants = 1)
        )
    group by c.node_code, c.year

),

-- Every move seen from both of its cities.
transfer_ends as (

    select
        'out' as direction, t.from_city as adcode, t.to_city as other_city, t.year, t.application_id, t.transfer_type,
        t.is_granted_at_event, t.is_within_city
    from {{ ref('int_transfer_city_pairs') }} as t
    union all
    select
        'in' as direction, t.to_city as adcode, t.from_city as other_city, t.year, t.application_id, t.transfer_type,
        t.is_granted_at_event, t.is_within_city
    from {{ ref('int_transfer_city_pairs') }} as t

),

transfers as (

    select distinct
        t.direction,
        t.adcode,
        t.other_city,
        t.year,
        t.application_id
    from transfer_ends as t
    cross join settings as s
    where list_contains(s.transfer_types, t.transfer_type)
        and (t.is_granted_at_event or not s.gtr_granted_only)
        and (not t.is_within_city or s.gtr_within_city)
        and case
            -- what stays inside a city leaves and reaches it at once
            when s.gtr_direction = 'both' then t.direction = 'out' or not t.is_within_city
            else t.direction = s.gtr_direction
        end

),

transferred as (

    select
        t.adcode,
        t.year,
        count(*) as gtr
    from transfers as t
    group by t.adcode, t.year

),

counted as (

    select
        c.adcode,
        c.city_name,
        c.province_code,
        c.year,
        c.n_months_landed,
        c.is_in_sample as in_sample,
        c.is_grant_truncated,
        cast(coalesce(m.rsi, 0) as decimal(18, 6)) as rsi,
        cast(coalesce(m.extensive, 0) as integer) as extensive,
        cast(coalesce(g.gpatent, 0) as integer) as gpatent,
        cast(coalesce(t.gtr, 0) as integer) as gtr,
        cast(coalesce(j.n_joint_applications, 0) as integer) as n_joint_applications
    from cells as c
    left join margins as m
        on c.adcode = m.adcode and c.year = m.year
    left join grants as g
        on c.adcode = g.adcode and c.year = g.year
    left join transferred as t
        on c.adcode = t.adcode and c.year = t.year
    left join joint_applications as j
        on c.adcode = j.adcode and c.year = j.year

),

measured as (

    select
        c.*,
        case
            when c.extensive = 0 then 0.0
            else cast(c.rsi as double) / cast(c.extensive as double)
        end as intensive
    from counted as c

)

select
    m.adcode,
    m.city_name,
    m.province_code,
    m.year,
    m.n_months_landed,
    m.in_sample,
    m.rsi,
    m.extensive,
    m.intensive,
    m.gpatent,
    m.gtr,
    m.n_joint_applications,
    z.n_nodes as n_network_nodes,
    z.n_active_copatent,
    z.n_active_transfer,
    z.copatent_degree,
    z.copatent_betweenness,
    z.transfer_out_degree,
    z.transfer_in_degree,
    z.transfer_betweenness,
    ln(1 + cast(m.rsi as double)) as ln_rsi,
    ln(1 + cast(m.extensive as double)) as ln_extensive,
    ln(1 + m.intensive) as ln_intensive,
    ln(1 + cast(m.gpatent as double)) as ln_gpatent,
    ln(1 + cast(m.gtr as double)) as ln_gtr,
    i.dige,
    i.er,
    i.er_clipped,
    v.ln_tech,
    v.hsr,
    v.ln_pgdp,
    v.ins,
    v.fin,
    v.ln_fdi,
    v.low_carbon,
    v.carbon_trade,
    v.innovative,
    v.zts,
    v.gjs,
    v.rps,
    v.qrate,
    v.is_policy_gap,
    m.is_grant_truncated,
    s.settings_hash
from measured as m
cross join settings as s
left join {{ ref('fct_city_covariates') }} as v
    on m.adcode = v.adcode and m.year = v.year
left join {{ source('analysis', 'city_centralities') }} as z
    on m.adcode = z.adcode and m.year = z.year
left join {{ source('analysis', 'city_indices') }} as i
    on m.adcode = i.adcode and m.year = i.year
