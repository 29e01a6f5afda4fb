-- Which years of events a network of a year holds (Q-29): its own, the last ones, all so far. A network of another
-- window is the edges joined to these rows.
with evidence as (

    select distinct p.year
    from {{ ref('int_joint_pairs_dated') }} as p
    union
    select distinct m.year
    from {{ ref('int_holder_moves') }} as m
    union
    select y.year
    from {{ ref('int_panel_years') }} as y

),

bounds as (

    select min(e.year) as first_year, max(e.year) as last_year
    from evidence as e

),

years as (

    select cast(unnest(generate_series(b.first_year, b.last_year)) as integer) as year
    from bounds as b

)

select
    w.network_window,
    t.year,
    f.year as source_year
from years as t
cross join years as f
cross join {{ ref('stg_method__settings') }} as s
cross join (
    select unnest(['annual', 'rolling', 'cumulative']) as network_window
) as w
where f.year <= t.year
    and f.year > t.year - case w.network_window
        when 'annual' then 1
        when 'rolling' then s.network_window_years
        else 10000
    end
