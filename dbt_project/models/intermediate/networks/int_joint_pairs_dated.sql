-- The pairs under the settings: a filter, because every other choice of green, confidence and universe stands in the
-- same table. Applications and grants under each basis of time (Q-01, Q-02); that of the settings is marked.
with chosen as (

    select
        p.*,
        a.filing_year,
        a.publication_year,
        a.grant_year
    from {{ ref('int_joint_pairs') }} as p
    inner join {{ ref('int_network_applications') }} as a
        on p.application_id = a.application_id
    cross join {{ ref('stg_method__settings') }} as s
    where a.is_green
        and s.min_city_confidence between p.confidence_from and p.confidence_to
        and cast(s.node_universe as integer) between p.universe_from and p.universe_to

),

dated as (

    select c.*, 'application' as basis, 'filing' as year_basis, c.filing_year as year
    from chosen as c
    union all
    select c.*, 'application' as basis, 'publication' as year_basis, c.publication_year as year
    from chosen as c
    union all
    select c.*, 'grant' as basis, 'announcement' as year_basis, c.grant_year as year
    from chosen as c
    union all
    select c.*, 'grant' as basis, 'filing' as year_basis, c.filing_year as year
    from chosen as c
    where c.grant_year is not null

)

select
    d.level,
    d.application_id,
    d.basis,
    d.year_basis,
    d.year_basis = case d.basis when 'grant' then s.grant_year_basis else s.application_year_basis end
        as is_of_settings,
    cast(d.year as integer) as year,
    d.node_a,
    d.node_b,
    d.n_nodes,
    d.pair_weight,
    d.whole_weight,
    d.fractional_weight,
    d.confidence
from dated as d
cross join {{ ref('stg_method__settings') }} as s
where d.year is not null
