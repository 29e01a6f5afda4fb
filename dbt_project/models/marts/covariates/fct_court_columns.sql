{{ config(tags=['panel']) }}

-- Every column and check of the plausibility court: yearbook columns by their cells, columns of the panel and the
-- printed moments of the paper by their moments. The paper is judged by what its text says a column holds.
with panel_cells as (

    select
        unnest([
            {%- for column in [
                'ln_pgdp', 'ins', 'fin', 'ln_fdi', 'ln_tech', 'qrate', 'hsr', 'low_carbon', 'carbon_trade', 'innovative'
            ] %}
            {'variable': '{{ column }}', 'value': cast(c.{{ column }} as double)}{{ ',' if not loop.last }}
            {%- endfor %}
        ]) as cell
    from {{ ref('fct_city_covariates') }} as c

),

panel_values as (

    select 'panel' as subject, c.cell.variable as variable, c.cell.value as value
    from panel_cells as c
    union all
    select 'panel' as subject, 'dige' as variable, i.dige as value
    from {{ source('analysis', 'city_indices') }} as i
    union all
    select 'panel' as subject, 'er' as variable, i.er as value
    from {{ source('analysis', 'city_indices') }} as i

),

{{ court_moments('panel_values', ['subject', 'variable']) }},

printed as (

    select
        v.physical_column as variable,
        cast(max(p.value) filter (where p.statistic = 'N') as bigint) as n,
        max(p.value) filter (where p.statistic = 'mean') as mean,
        max(p.value) filter (where p.statistic = 'sd') as sd,
        max(p.value) filter (where p.statistic = 'min') as lowest,
        max(p.value) filter (where p.statistic = 'max') as highest
    from {{ ref('stg_reference__paper_values') }} as p
    inner join {{ ref('stg_reference__paper_variables') }} as v
        on p.variable = v.symbol
    where p.table_name = 'paper_table2'
    group by v.physical_column

),

judged as (

    select m.subject, m.variable, m.n, m.n_zero, m.mean, m.sd, m.lowest, m.highest
    from moments as m
    where m.n > 0
    union all
    select 'paper' as subject, p.variable, p.n, cast(null as bigint) as n_zero, p.mean, p.sd, p.lowest, p.highest
    from printed as p

),

readings as (

    select
        j.subject,
        j.variable,
        j.n,
        j.n_zero,
        j.mean,
        j.sd,
        j.lowest,
        j.highest,
        case j.subject when 'paper' then r.is_declared_in_paper else r.is_declared end as is_declared,
        r.priority,
        r.quantity,
        r.transform,
        r.factor,
        r.repair,
        r.unit,
        r.lowest as quantity_lowest,
        r.highest as quantity_highest,
        r.typical_low,
        r.typical_high,
        r.is_zero_possible,
        {{ court_quantity('r.transform', 'r.factor', 'j.mean') }} as middle,
        case r.transform
            when 'complement' then 1.0 - j.highest
            else {{ court_quantity('r.transform', 'r.factor', 'j.lowest') }}
        end as quantity_min,
        case r.transform
            when 'complement' then 1.0 - j.lowest
            else {{ court_quantity('r.transform', 'r.factor', 'j.highest') }}
        end as quantity_max
    from judged as j
    inner join {{ ref('int_court_readings') }} as r
        on r.subject = 'panel' and j.variable = r.variable

),

declared as (

    select r.*, r.middle between r.typical_low and r.typical_high as fits
    from readings as r
    where r.is_declared

),

alternatives as (

    select
        r.*,
        row_number() over (partition by r.subject, r.variable order by r.priority) as place
    from readings as r
    where not r.is_declared and r.middle between r.typical_low and r.typical_high

),

-- Range is asked under the reading that fits: a wrong unit is one finding, not two.
read as (

    select
        d.subject,
        d.variable,
        d.n,
        d.n_zero,
        d.mean,
        d.sd,
        d.lowest,
        d.highest,
        d.fits,
        d.middle,
        d.unit,
        d.quantity,
        a.repair as other_reading,
        case when d.fits or a.variable is null then d.quantity_min else a.quantity_min end as quantity_min,
        case when d.fits or a.variable is null then d.quantity_max else a.quantity_max end as quantity_max,
        case when d.fits or a.variable is null then d.quantity_lowest else a.quantity_lowest end as quantity_lowest,
        case when d.fits or a.variable is null then d.quantity_highest else a.quantity_highest end as quantity_highest,
        case when d.fits or a.variable is null then d.is_zero_possible else a.is_zero_possible end as is_zero_possible,
        case when d.fits or a.variable is null then d.transform else a.transform end as transform
    from declared as d
    left join alternatives as a
        on d.subject = a.subject and d.variable = a.variable and a.place = 1

),

checked as (

    select
        r.subject, r.variable, r.n, r.mean, r.sd, r.lowest, r.highest,
        'reading' as check_name,
        case when r.fits then 'accepted' when r.other_reading is not null then 'refused' else 'suspect' end as verdict,
        case
            when not r.fits
                then 'as ' || r.quantity || ' the mean is ' || printf('%.4g', r.middle) || ' ' || r.unit
        end as evidence,
        case
            when not r.fits
                then coalesce(
                    r.other_reading,
                    case r.quantity
                        when 'component_score' then 'the mean is not 0: standardise on this sample'
                        else 'no known reading makes the mean typical'
                    end
                )
        end as repair
    from read as r
    union all
    select
        r.subject, r.variable, r.n, r.mean, r.sd, r.lowest, r.highest,
        'zero_for_missing' as check_name,
        case when r.transform = 'none' and r.lowest = 0 and not r.is_zero_possible then 'refused' else 'accepted' end,
        case
            when r.transform = 'none' and r.lowest = 0 and not r.is_zero_possible
                then 'minimum 0' || coalesce(', ' || cast(r.n_zero as varchar) || ' cells', '')
        end,
        case
            when r.transform = 'none' and r.lowest = 0 and not r.is_zero_possible then '0 cannot be a value: missing'
        end
    from read as r
    union all
    select
        r.subject, r.variable, r.n, r.mean, r.sd, r.lowest, r.highest,
        'range' as check_name,
        case
            when (r.quantity_min < r.quantity_lowest - 1e-9 and not (r.lowest = 0 and r.transform = 'none'))
                or r.quantity_max > r.quantity_highest + 1e-9 then 'refused'
            else 'accepted'
        end,
        case
            when (r.quantity_min < r.quantity_lowest - 1e-9 and not (r.lowest = 0 and r.transform = 'none'))
                or r.quantity_max > r.quantity_highest + 1e-9
                then 'from ' || printf('%.4g', r.quantity_min) || ' to ' || printf('%.4g', r.quantity_max)
                    || ', possible are ' || printf('%.4g', r.quantity_lowest) || ' to '
                    || printf('%.4g', r.quantity_highest)
        end,
        case
            when (r.quantity_min < r.quantity_lowest - 1e-9 and not (r.lowest = 0 and r.transform = 'none'))
                or r.quantity_max > r.quantity_highest + 1e-9
                then case r.quantity
                    when 'entropy_index' then 'fill gaps in the rates, not in the index, and clip them'
                    else 'outside what is possible: missing'
                end
        end
    from read as r
    union all
    select
        r.subject, r.variable, r.n, r.mean, r.sd, r.lowest, r.highest,
        'outlier' as check_name,
        case when r.sd > 0 and (r.highest - r.mean) / r.sd > 15 then 'suspect' else 'accepted' end,
        case
            when r.sd > 0 and (r.highest - r.mean) / r.sd > 15
                then 'the maximum lies ' || printf('%.1f', (r.highest - r.mean) / r.sd)
                    || ' standard deviations above the mean'
        end,
        case when r.sd > 0 and (r.highest - r.mean) / r.sd > 15 then 'look at the source' end
    from read as r

)

select
    t.subject,
    t.variable,
    t.check_name,
    t.verdict,
    cast(t.n_found as bigint) as n_found,
    cast(t.n_refused as bigint) as n_refused,
    t.examples as evidence,
    t.repair,
    cast(t.n as bigint) as n,
    t.mean,
    t.sd,
    t.lowest,
    t.highest,
    cast(t.n_repaired as bigint) as n_repaired,
    t.mean_repaired,
    t.sd_repaired
from {{ ref('int_court_columns_tried') }} as t
union all
select
    c.subject,
    c.variable,
    c.check_name,
    c.verdict,
    cast(null as bigint) as n_found,
    cast(null as bigint) as n_refused,
    c.evidence,
    c.repair,
    c.n,
    c.mean,
    c.sd,
    c.lowest,
    c.highest,
    cast(null as bigint) as n_repaired,
    cast(null as double) as mean_repaired,
    cast(null as double) as sd_repaired
from checked as c
order by 1, 2, 3
