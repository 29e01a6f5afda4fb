-- The networks of the settings are a filter over the pairs of every specification: green as the four key columns say,
-- threshold and universe between their bounds, years of the window.
with specification as (

    select
        s.*,
        cast(s.node_universe as integer) as universe
    from {{ ref('stg_method__settings') }} as s

),

filtered as (

    select
        'application' as basis,
        w.year,
        p.node_a as city_a,
        p.node_b as city_b,
        count(*) as n_pair,
        cast(sum(p.fractional_weight) as decimal(18, 6)) as n_fractional
    from {{ ref('fct_joint_pairs') }} as p
    cross join specification as s
    inner join {{ ref('dim_green_profiles') }} as g
        on p.green_profile = g.green_profile
        and g.green_scope = s.green_scope
        and g.green_mode = s.green_mode
        and g.green_set = s.green_set
        and g.green_edition = s.inventory_edition
    inner join {{ ref('dim_network_windows') }} as w
        on case s.application_year_basis when 'filing' then p.filing_year else p.publication_year end = w.source_year
        and w.network_window = s.network_window
    where p.level = 'city'
        and s.min_city_confidence between p.confidence_from and p.confidence_to
        and s.universe between p.universe_from and p.universe_to
    group by w.year, p.node_a, p.node_b
    union all
    select
        'grant' as basis,
        w.year,
        p.node_a as city_a,
        p.node_b as city_b,
        count(*) as n_pair,
        cast(sum(p.fractional_weight) as decimal(18, 6)) as n_fractional
    from {{ ref('fct_joint_pairs') }} as p
    cross join specification as s
    inner join {{ ref('dim_green_profiles') }} as g
        on p.green_profile = g.green_profile
        and g.green_scope = s.green_scope
        and g.green_mode = s.green_mode
        and g.green_set = s.green_set
        and g.green_edition = s.inventory_edition
    inner join {{ ref('dim_network_windows') }} as w
        on case
            when p.grant_year is null then null
            when s.grant_year_basis = 'announcement' then p.grant_year
            else p.filing_year
        end = w.source_year
        and w.network_window = s.network_window
    where p.level = 'city'
        and s.min_city_confidence between p.confidence_from and p.confidence_to
        and s.universe between p.universe_from and p.universe_to
    group by w.year, p.node_a, p.node_b

),

published as (

    select
        e.basis,
        e.year,
        e.city_a,
        e.city_b,
        max(e.n) filter (where e.counting = 'pair') as n_pair,
        max(e.n) filter (where e.counting = 'fractional') as n_fractional
    from {{ ref('fct_joint_edges') }} as e
    group by e.basis, e.year, e.city_a, e.city_b

)

select
    coalesce(f.basis, p.basis) as basis,
    coalesce(f.year, p.year) as year,
    coalesce(f.city_a, p.city_a) as city_a,
    coalesce(f.city_b, p.city_b) as city_b
from filtered as f
full join published as p
    on f.basis = p.basis and f.year = p.year and f.city_a = p.city_a and f.city_b = p.city_b
where f.n_pair is distinct from p.n_pair or f.n_fractional is distinct from p.n_fractional
