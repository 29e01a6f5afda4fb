-- Powers of ten by which a year of a column stands apart from most of its years: a unit changed between two yearbooks.
with middles as (

    select
        c.level,
        c.variable,
        c.year,
        count(*) as n_values,
        median(c.value) filter (where c.value > 0) as middle
    from {{ ref('int_court_cells') }} as c
    group by c.level, c.variable, c.year

),

steps as (

    select
        m.*,
        log10(m.middle / lag(m.middle) over (partition by m.level, m.variable order by m.year)) as step
    from middles as m
    where m.middle > 0 and m.n_values >= {{ court_fewest_values() }}

),

levels as (

    select
        s.*,
        sum(case
            when abs(s.step) > 0.7 and abs(s.step - round(s.step)) < 0.35 then cast(round(s.step) as integer)
            else 0
        end) over (partition by s.level, s.variable order by s.year) as power
    from steps as s

),

counted as (

    select
        l.level,
        l.variable,
        l.power,
        count(*) as n_years
    from levels as l
    group by l.level, l.variable, l.power

),

usual as (

    select
        c.level,
        c.variable,
        c.power,
        row_number() over (
            partition by c.level, c.variable order by c.n_years desc, abs(c.power), c.power
        ) as place
    from counted as c

)

select
    m.level,
    m.variable,
    m.year,
    m.n_values,
    min(m.n_values) over (partition by m.level, m.variable) as n_fewest_values,
    m.middle,
    cast(coalesce(l.power - u.power, 0) as integer) as power
from middles as m
left join levels as l
    on m.level = l.level and m.variable = l.variable and m.year = l.year
left join usual as u
    on m.level = u.level and m.variable = u.variable and u.place = 1
