{{ config(severity='warn') }}

-- T-06 and T-07: the quantity behind every covariate - what the logarithm was taken of, under the settings - lies in the
-- range in which it is possible; a share is never 0. rpt_plausibility_court says what may stand behind a failure.
with cells as (

    select
        c.adcode,
        c.year,
        unnest([
            {%- for column in ['ln_pgdp', 'ins', 'fin', 'ln_fdi', 'ln_tech', 'qrate'] %}
            {'variable': '{{ column }}', 'value': c.{{ column }}}{{ ',' if not loop.last }}
            {%- endfor %}
        ]) as cell
    from {{ ref('fct_city_covariates') }} as c

),

quantities as (

    select
        c.adcode,
        c.year,
        c.cell.variable as variable,
        c.cell.value as value,
        r.lowest,
        r.highest,
        {{ court_quantity('r.transform', 'r.factor', 'c.cell.value') }} as quantity
    from cells as c
    inner join {{ ref('int_court_readings') }} as r
        on r.subject = 'panel' and c.cell.variable = r.variable and r.is_declared
    where c.cell.value is not null

)

select
    q.adcode,
    q.year,
    q.variable,
    q.value,
    q.quantity
from quantities as q
where q.quantity < q.lowest or q.quantity > q.highest
