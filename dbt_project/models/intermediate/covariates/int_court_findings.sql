-- Cells that a check of the court found, with verdict and proposed value (null: treat as missing, or not computable).
with cells as (

    select
        c.level,
        c.place_code,
        c.year,
        c.variable,
        c.value,
        r.lowest,
        r.highest,
        r.typical_low,
        r.typical_high,
        r.is_zero_possible,
        r.jump_factor,
        r.unit,
        y.n_fewest_values,
        y.middle,
        y.power,
        k.verdict as column_verdict
    from {{ ref('int_court_cells') }} as c
    inner join {{ ref('int_court_readings') }} as r
        on c.level = r.subject and c.variable = r.variable and r.is_declared
    inner join {{ ref('int_court_years_read') }} as y
        on c.level = y.level and c.variable = y.variable and c.year = y.year
    inner join {{ ref('int_court_columns_read') }} as k
        on c.level = k.level and c.variable = k.variable

),

-- A whole column in another unit: every cell of it.
columns_found as (

    select
        c.level, c.place_code, c.year, c.variable, c.value,
        'reading' as check_name,
        k.verdict,
        case
            when k.is_computable then {{ court_quantity('k.repair_transform', 'k.repair_factor', 'c.value') }}
        end as proposed_value,
        coalesce(k.repair, 'no reading of the column is typical') as repair
    from cells as c
    inner join {{ ref('int_court_columns_read') }} as k
        on c.level = k.level and c.variable = k.variable
    where k.verdict in ('refused', 'suspect')

),

years_found as (

    select
        c.level, c.place_code, c.year, c.variable, c.value,
        'unit_break' as check_name,
        'refused' as verdict,
        c.value * pow(10.0, -c.power) as proposed_value,
        'the year stands 10^' || cast(c.power as varchar) || ' from most others: move the decimal point' as repair
    from cells as c
    where c.power <> 0 and c.value > 0

),

zeros_found as (

    select
        c.level, c.place_code, c.year, c.variable, c.value,
        'zero_for_missing' as check_name,
        'refused' as verdict,
        cast(null as double) as proposed_value,
        '0 cannot be a value: missing' as repair
    from cells as c
    where c.value = 0 and not c.is_zero_possible

),

-- Position of a cell within its year, against its own positions in other years: common trends and breaks cancel.
positions as (

    select
        c.*,
        case
            when c.n_fewest_values >= 5 then log10(c.value / c.middle)
            else log10(c.value)
        end as position,
        case when c.n_fewest_values >= 5 then log10(c.jump_factor) else log10(30.0 * c.jump_factor) end as tolerance
    from cells as c
    where c.value > 0

),

usual_positions as (

    select
        p.level,
        p.place_code,
        p.variable,
        median(p.position) as position,
        count(*) as n_years
    from positions as p
    group by p.level, p.place_code, p.variable

),

distances as (

    select
        p.*,
        u.n_years,
        p.position - u.position as distance
    from positions as p
    inner join usual_positions as u
        on p.level = u.level and p.place_code = u.place_code and p.variable = u.variable

),

-- Near a whole power of ten, in a column whose places keep their size: a slip of the decimal point. Elsewhere only odd.
jumps as (

    select
        d.*,
        abs(d.distance - round(d.distance)) < 0.3 as is_power,
        cast(round(d.distance) as integer) as power_of_ten
    from distances as d
    where d.n_years >= 4 and abs(d.distance) > d.tolerance

),

jumps_found as (

    select
        j.level, j.place_code, j.year, j.variable, j.value,
        'jump' as check_name,
        case
            when j.is_power and (
                j.jump_factor <= 10 or abs(j.power_of_ten) >= 3
                or (j.unit = 'percent' and j.power_of_ten = -2 and j.value <= 1)
            ) then 'refused'
            else 'suspect'
        end as verdict,
        case when j.is_power then j.value * pow(10.0, -j.power_of_ten) else j.value end as proposed_value,
        case
            when j.is_power
                then '10^' || cast(j.power_of_ten as varchar)
                    || ' of what the place shows in other years: move the decimal point'
            else 'far from what the place shows in other years: look at the source'
        end as repair
    from jumps as j

),

-- 0 where it is possible, in a place that shows much in every other year.
lone_zeros as (

    select
        c.level, c.place_code, c.year, c.variable, c.value,
        'zero_for_missing' as check_name,
        'suspect' as verdict,
        cast(null as double) as proposed_value,
        '0 between years with values: perhaps missing' as repair
    from cells as c
    inner join (
        select
            z.level,
            z.place_code,
            z.variable,
            count(*) filter (where z.value > 0) as n_positive,
            count(*) filter (where z.value = 0) as n_zero,
            median(z.value) filter (where z.value > 0) as usual
        from cells as z
        group by z.level, z.place_code, z.variable
    ) as o
        on c.level = o.level and c.place_code = o.place_code and c.variable = o.variable
    where c.value = 0 and c.is_zero_possible and o.n_positive >= 4 and o.n_zero <= 2 and o.usual > c.typical_low

),

ranges_found as (

    select
        c.level, c.place_code, c.year, c.variable, c.value,
        'range' as check_name,
        'refused' as verdict,
        case
            when c.value * 100 between c.typical_low and c.typical_high then c.value * 100
            when c.value / 100 between c.typical_low and c.typical_high then c.value / 100
        end as proposed_value,
        case
            when c.value * 100 between c.typical_low and c.typical_high then 'a ratio where percent is declared: times 100'
            when c.value / 100 between c.typical_low and c.typical_high then 'hundredfold: times 1/100'
            else 'outside what is possible: missing'
        end as repair
    from cells as c
    -- what is wrong with the whole column or year is said there
    where (c.value < c.lowest or c.value > c.highest) and (c.value <> 0 or c.is_zero_possible)
        and c.column_verdict in ('accepted', 'too_few_values') and c.power = 0

),

-- Siblings of one place and year.
rows_read as (

    select
        c.level,
        c.place_code,
        c.year,
        {%- for variable in [
            'gdp', 'population', 'deposits', 'loans', 'fdi', 'tech_market_turnover', 'ip_disputes', 'patents_granted',
            'patent_grants', 'invention_grants'
        ] %}
        max(c.value) filter (where c.variable = '{{ variable }}') as {{ variable }},
        {%- endfor %}
        count(*) as n_values,
        count(distinct c.value) as n_different,
        string_agg(c.variable || '=' || cast(c.value as varchar), '|' order by c.variable) as signature
    from cells as c
    group by c.level, c.place_code, c.year

),

province_sums as (

    select
        n.province_code,
        r.year,
        sum({{ court_exact('r.gdp') }}) as gdp,
        count(r.gdp) as n_cities
    from rows_read as r
    inner join {{ ref('int_universe_nodes') }} as n
        on r.place_code = n.node_code
    where r.level = 'city'
    group by n.province_code, r.year

),

province_sizes as (

    select n.province_code, count(*) as n_nodes
    from {{ ref('int_universe_nodes') }} as n
    group by n.province_code

),

contradictions as (

    select r.level, r.place_code, r.year, ['gdp', 'population'] as variables,
        'GDP per head of ' || printf('%.0f', r.gdp / r.population) || ' yuan: one of the two is no total' as repair
    from rows_read as r
    where r.level = 'city' and r.population > 0 and r.gdp > 0 and r.gdp / r.population not between 1000 and 1000000
    union all
    select r.level, r.place_code, r.year, ['deposits', 'loans', 'gdp'] as variables,
        'deposits and loans are ' || printf('%.3f', (r.deposits + r.loans) / r.gdp) || ' times GDP' as repair
    from rows_read as r
    where r.level = 'city' and r.gdp > 0 and (r.deposits + r.loans) / r.gdp not between 0.1 and 40
    union all
    select r.level, r.place_code, r.year, ['fdi', 'gdp'] as variables, 'foreign investment exceeds GDP' as repair
    from rows_read as r
    where r.level = 'city' and r.gdp > 0 and r.fdi * 6 > r.gdp
    union all
    select r.level, r.place_code, r.year, ['invention_grants', 'patent_grants'] as variables,
        'more inventions than patents granted' as repair
    from rows_read as r
    where r.level = 'city' and r.invention_grants > r.patent_grants
    union all
    select r.level, r.place_code, r.year, ['tech_market_turnover', 'gdp'] as variables,
        'technology turnover exceeds half of GDP' as repair
    from rows_read as r
    where r.level = 'province' and r.gdp > 0 and r.tech_market_turnover > 0.5 * r.gdp
    union all
    select r.level, r.place_code, r.year, ['ip_disputes', 'patents_granted'] as variables,
        'more disputes than patents granted' as repair
    from rows_read as r
    where r.level = 'province' and r.ip_disputes > r.patents_granted
    union all
    select r.level, r.place_code, r.year, ['invention_grants', 'patents_granted'] as variables,
        'more inventions than patents granted' as repair
    from rows_read as r
    where r.level = 'province' and r.invention_grants > r.patents_granted
    union all
    select r.level, r.place_code, r.year, ['gdp'] as variables,
        'cities add up to ' || printf('%.2f', cast(p.gdp as double) / r.gdp) || ' of the GDP of their province' as repair
    from rows_read as r
    inner join province_sums as p
        on r.place_code = p.province_code and r.year = p.year
    inner join province_sizes as z
        on r.place_code = z.province_code and p.n_cities = z.n_nodes
    where r.level = 'province' and r.gdp > 0 and cast(p.gdp as double) / r.gdp not between 0.6 and 1.5

),

contradictory_cells as (

    select k.level, k.place_code, k.year, unnest(k.variables) as variable, k.repair
    from contradictions as k

),

accounting_found as (

    select
        c.level, c.place_code, c.year, c.variable, c.value,
        'accounting' as check_name,
        'suspect' as verdict,
        c.value as proposed_value,
        min(k.repair) as repair
    from contradictory_cells as k
    inner join cells as c
        on k.level = c.level and k.place_code = c.place_code and k.year = c.year and k.variable = c.variable
    group by c.level, c.place_code, c.year, c.variable, c.value

),

-- A line that equals that of another place in its year, or its own of the year before, was copied.
compared_rows as (

    select
        r.*,
        count(*) over (partition by r.level, r.year, r.signature) as n_same_in_year,
        lag(r.signature) over (partition by r.level, r.place_code order by r.year) as signature_before
    from rows_read as r
    where r.n_values >= 3 and r.n_different >= 3

),

repeated_found as (

    select
        c.level, c.place_code, c.year, c.variable, c.value,
        'repeated_row' as check_name,
        'suspect' as verdict,
        cast(null as double) as proposed_value,
        case
            when r.n_same_in_year > 1 then 'the line equals that of another place: missing'
            else 'the line equals that of the year before: missing'
        end as repair
    from compared_rows as r
    inner join cells as c
        on r.level = c.level and r.place_code = c.place_code and r.year = c.year
    where r.n_same_in_year > 1 or r.signature = r.signature_before

),

everything as (

    select * from columns_found
    union all
    select * from years_found
    union all
    select * from zeros_found
    union all
    select * from lone_zeros
    union all
    select * from jumps_found
    union all
    select * from ranges_found
    union all
    select * from accounting_found
    union all
    select * from repeated_found

)

select
    e.level,
    e.place_code,
    e.year,
    e.variable,
    e.value,
    e.check_name,
    e.verdict,
    e.proposed_value,
    e.repair
from everything as e
