-- Edges of every level and window under the settings. Of applicants only the annual window and that of the settings:
-- the others are a join to dim_network_windows away, and would be most of the rows.
with windows as (

    select
        w.network_window,
        w.year,
        w.source_year,
        w.network_window = 'annual' or w.network_window = s.network_window as is_for_applicants
    from {{ ref('int_network_windows') }} as w
    cross join {{ ref('stg_method__settings') }} as s

),

joint as (

    select
        p.level,
        p.basis,
        p.year,
        p.node_a,
        p.node_b,
        count(*) as n_patents,
        sum(p.fractional_weight) as n_fractional,
        min(p.confidence) as confidence
    from {{ ref('int_joint_pairs_dated') }} as p
    where p.is_of_settings
    group by p.level, p.basis, p.year, p.node_a, p.node_b

),

transfers as (

    select distinct
        p.level,
        if(p.is_granted_at_event, 'grant', 'application') as basis,
        p.transfer_type as type,
        p.year,
        p.from_node,
        p.to_node,
        p.application_id,
        p.confidence
    from {{ ref('int_transfer_pairs') }} as p
    inner join {{ ref('int_network_applications') }} as a
        on p.application_id = a.application_id
    cross join {{ ref('stg_method__settings') }} as s
    where not p.is_loop
        and a.is_green
        and p.confidence >= s.min_city_confidence
        and p.universe_from <= cast(s.node_universe as integer)

)

select
    'joint' as network,
    j.level,
    w.network_window,
    j.basis,
    'joint' as type,
    w.year,
    j.node_a as from_node,
    j.node_b as to_node,
    cast(sum(j.n_patents) as bigint) as n_patents,
    cast(sum(j.n_fractional) as decimal(18, 6)) as n_fractional,
    cast(min(j.confidence) as decimal(4, 2)) as confidence
from joint as j
inner join windows as w
    on j.year = w.source_year
where j.level <> 'applicant' or w.is_for_applicants
group by j.level, w.network_window, j.basis, w.year, j.node_a, j.node_b
union all
select
    'transfer' as network,
    t.level,
    w.network_window,
    t.basis,
    t.type,
    w.year,
    t.from_node,
    t.to_node,
    count(distinct t.application_id) as n_patents,
    cast(count(distinct t.application_id) as decimal(18, 6)) as n_fractional,
    cast(min(t.confidence) as decimal(4, 2)) as confidence
from transfers as t
inner join windows as w
    on t.year = w.source_year
where t.level <> 'applicant' or w.is_for_applicants
group by t.level, w.network_window, t.basis, t.type, w.year, t.from_node, t.to_node
