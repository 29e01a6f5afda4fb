-- Every yearbook column and check: how many cells were found, which, and what the proposed repair does to the moments.
with checks as (

    select unnest([
        'reading', 'unit_break', 'zero_for_missing', 'jump', 'range', 'accounting', 'repeated_row'
    ]) as check_name

),

columns_heard as (

    select
        c.level,
        c.variable,
        k.check_name,
        r.verdict as column_verdict
    from (select distinct h.level, h.variable from {{ ref('int_court_cells') }} as h) as c
    inner join {{ ref('int_court_columns_read') }} as r
        on c.level = r.level and c.variable = r.variable
    cross join checks as k

),

findings as (

    select
        f.level,
        f.variable,
        f.check_name,
        count(*) as n_found,
        count(*) filter (where f.verdict = 'refused') as n_refused,
        count(distinct f.repair) as n_repairs,
        min(f.repair) as repair,
        array_to_string(
            list_slice(list_sort(list(
                f.place_code || ' ' || cast(f.year as varchar) || ': ' || printf('%.6g', f.value)
            )), 1, 3),
            '; '
        ) as examples
    from {{ ref('int_court_findings') }} as f
    group by f.level, f.variable, f.check_name

),

-- The column before the repair, and after it once for every check that found something.
repaired as (

    select
        c.level,
        c.variable,
        'none' as check_name,
        c.value
    from {{ ref('int_court_cells') }} as c
    union all
    select
        c.level,
        c.variable,
        g.check_name,
        case when f.check_name is null then c.value else f.proposed_value end as value
    from {{ ref('int_court_cells') }} as c
    inner join findings as g
        on c.level = g.level and c.variable = g.variable
    left join {{ ref('int_court_findings') }} as f
        on c.level = f.level and c.place_code = f.place_code and c.year = f.year and c.variable = f.variable
        and g.check_name = f.check_name

),

{{ court_moments('repaired', ['level', 'variable', 'check_name']) }}

select
    h.level as subject,
    h.variable,
    h.check_name,
    case
        when f.n_refused > 0 then 'refused'
        when f.n_found > 0 then 'suspect'
        when h.check_name = 'reading' and h.column_verdict = 'too_few_values' then 'too_few_values'
        else 'accepted'
    end as verdict,
    coalesce(f.n_found, 0) as n_found,
    coalesce(f.n_refused, 0) as n_refused,
    f.examples,
    case when f.n_repairs > 1 then f.repair || ' (and others)' else f.repair end as repair,
    b.n,
    b.mean,
    b.sd,
    b.lowest,
    b.highest,
    a.n as n_repaired,
    a.mean as mean_repaired,
    a.sd as sd_repaired
from columns_heard as h
left join findings as f
    on h.level = f.level and h.variable = f.variable and h.check_name = f.check_name
left join moments as b
    on h.level = b.level and h.variable = b.variable and b.check_name = 'none'
left join moments as a
    on f.level = a.level and f.variable = a.variable and f.check_name = a.check_name
