-- What stands behind a cell of the panel: patents and events, and what each adds to the cell. Where a cell counts
-- something once that several rows lead to (a partner city, a patent of two partners), the first row bears it.
with settings as (

    select s.*
    from {{ ref('stg_method__settings') }} as s

),

-- Every edge seen from both of its cities.
edge_ends as (

    select e.basis, e.year, e.city_a as adcode, e.city_b as other_city, e.application_id, e.fractional_weight
    from {{ ref('fct_joint_edge_patents') }} as e
    union all
    select e.basis, e.year, e.city_b as adcode, e.city_a as other_city, e.application_id, e.fractional_weight
    from {{ ref('fct_joint_edge_patents') }} as e

),

joint_links as (

    select
        e.*,
        e.basis = s.edge_basis as is_of_the_panel,
        s.edge_counting,
        row_number() over (
            partition by e.basis, e.adcode, e.year, e.application_id order by e.other_city
        ) as partner_no,
        row_number() over (
            partition by e.basis, e.adcode, e.year, e.other_city order by e.application_id
        ) as patent_no
    from edge_ends as e
    cross join settings as s

),

moves as (

    select
        t.from_city as adcode, t.to_city as other_city, 'out' as direction, t.year, t.application_id, t.assignment_id,
        t.transfer_type, t.is_granted_at_event, t.is_within_city
    from {{ ref('int_transfer_city_pairs') }} as t
    union all
    select
        t.to_city as adcode, t.from_city as other_city, 'in' as direction, t.year, t.application_id, t.assignment_id,
        t.transfer_type, t.is_granted_at_event, t.is_within_city
    from {{ ref('int_transfer_city_pairs') }} as t

),

transferred as (

    select
        m.*,
        row_number() over (
            partition by m.adcode, m.year, m.direction, m.application_id, m.other_city order by m.assignment_id
        ) as event_no
    from moves as m
    cross join settings as s
    where m.direction = case s.gtr_direction when 'both' then m.direction else s.gtr_direction end
        and list_contains(s.transfer_types, m.transfer_type)
        and (m.is_granted_at_event or not s.gtr_granted_only)
        and (not m.is_within_city or s.gtr_within_city)
        -- what stays inside a city leaves and reaches it at once
        and (s.gtr_direction <> 'both' or m.direction = 'out' or not m.is_within_city)

),

tie_ends as (

    select
        'transfer_out_degree' as variable, e.from_city as adcode, e.to_city as other_city, e.year, e.application_id,
        e.assignment_id, e.type
    from {{ ref('fct_transfer_edge_events') }} as e
    union all
    select
        'transfer_in_degree' as variable, e.to_city as adcode, e.from_city as other_city, e.year, e.application_id,
        e.assignment_id, e.type
    from {{ ref('fct_transfer_edge_events') }} as e

),

ties as (

    select
        t.*,
        row_number() over (
            partition by t.variable, t.adcode, t.year, t.other_city order by t.application_id, t.assignment_id
        ) as event_no
    from tie_ends as t
    cross join settings as s
    where list_contains(s.transfer_types, t.type)

),

links as (

    select
        'rsi' as variable, '' as direction, j.adcode, j.year, j.other_city, j.application_id,
        cast(null as varchar) as assignment_id,
        case
            when j.edge_counting = 'fractional' then j.fractional_weight
            when j.edge_counting = 'whole' and j.partner_no > 1 then 0
            else 1
        end as weight
    from joint_links as j
    where j.is_of_the_panel
    union all
    select
        'extensive' as variable, '' as direction, j.adcode, j.year, j.other_city, j.application_id,
        cast(null as varchar) as assignment_id, if(j.patent_no = 1, 1, 0) as weight
    from joint_links as j
    where j.is_of_the_panel
    union all
    select
        'n_joint_applications' as variable, '' as direction, j.adcode, j.year, j.other_city, j.application_id,
        cast(null as varchar) as assignment_id, if(j.partner_no = 1, 1, 0) as weight
    from joint_links as j
    where j.basis = 'application'
    union all
    select
        'gpatent' as variable, '' as direction, c.node_code as adcode, c.year,
        cast(null as varchar) as other_city, c.application_id, cast(null as varchar) as assignment_id, 1 as weight
    from {{ ref('int_application_city_years') }} as c
    cross join settings as s
    where c.basis = 'grant'
        and (
            s.gpatent_credit = 'every_city'
            or (s.gpatent_credit = 'first_applicant' and c.has_first_applicant)
            or (s.gpatent_credit = 'solo' and c.n_applicants = 1)
        )
    union all
    select
        'gtr' as variable, t.direction, t.adcode, t.year, t.other_city, t.application_id, t.assignment_id,
        if(t.event_no = 1, 1, 0) as weight
    from transferred as t
    union all
    select
        t.variable, '' as direction, t.adcode, t.year, t.other_city, t.application_id, t.assignment_id,
        if(t.event_no = 1, 1, 0) as weight
    from ties as t

)

select
    md5(
        'cell|' || l.variable || '|' || l.adcode || '|' || cast(l.year as varchar) || '|' || l.application_id || '|'
        || coalesce(l.other_city, '') || '|' || coalesce(l.assignment_id, '') || '|' || l.direction
    ) as link_id,
    l.variable,
    l.adcode,
    cast(l.year as integer) as year,
    l.other_city,
    l.application_id,
    l.assignment_id,
    cast(l.weight as decimal(18, 12)) as weight
from links as l
inner join {{ ref('int_panel_years') }} as y
    on l.year = y.year
