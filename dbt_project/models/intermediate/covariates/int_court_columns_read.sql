-- Whether the middle of a whole column is what the declared unit makes typical, and which other reading fits if not.
with middles as (

    select
        c.level as subject,
        c.variable,
        count(*) as n_values,
        count(distinct c.place_code) as n_places,
        median(c.value) filter (where c.value <> 0) as middle
    from {{ ref('int_court_cells') }} as c
    group by c.level, c.variable

),

readings as (

    select
        m.subject,
        m.variable,
        m.n_values,
        m.n_places,
        m.middle,
        r.is_declared,
        r.priority,
        r.quantity,
        r.transform,
        r.factor,
        r.repair,
        r.typical_low,
        r.typical_high,
        {{ court_quantity('r.transform', 'r.factor', 'm.middle') }} between r.typical_low and r.typical_high as fits
    from middles as m
    inner join {{ ref('int_court_readings') }} as r
        on m.subject = r.subject and m.variable = r.variable

),

alternatives as (

    select
        r.*,
        row_number() over (partition by r.subject, r.variable order by r.priority) as place
    from readings as r
    where r.fits and not r.is_declared

)

select
    d.subject as level,
    d.variable,
    d.n_values,
    d.n_places,
    d.middle,
    d.typical_low,
    d.typical_high,
    case
        when d.n_places < {{ court_fewest_values() }} or d.middle is null then 'too_few_values'
        when d.fits then 'accepted'
        when a.variable is not null then 'refused'
        else 'suspect'
    end as verdict,
    case when not d.fits then a.repair end as repair,
    case when not d.fits then a.transform end as repair_transform,
    case when not d.fits then a.factor end as repair_factor,
    -- a reading of another quantity needs a second column: it is named, not computed
    coalesce(not d.fits and a.quantity = d.quantity, false) as is_computable
from readings as d
left join alternatives as a
    on d.subject = a.subject and d.variable = a.variable and a.place = 1
where d.is_declared
