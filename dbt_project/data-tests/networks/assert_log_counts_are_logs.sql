{{ config(tags=['panel']) }}

-- T-07, the identity: exp(ln_x) - 1 gives the count back.
with pairs as (

    {% for count, log in [
        ('rsi', 'ln_rsi'), ('extensive', 'ln_extensive'), ('intensive', 'ln_intensive'),
        ('gpatent', 'ln_gpatent'), ('gtr', 'ln_gtr')
    ] %}
    select
        p.adcode, p.year, '{{ count }}' as measure, cast(p.{{ count }} as double) as value,
        p.{{ log }} as logarithm
    from {{ ref('fct_node_years') }} as p
    {{ 'union all' if not loop.last }}
    {% endfor %}

)

select
    q.adcode,
    q.year,
    q.measure,
    q.value,
    q.logarithm
from pairs as q
where q.logarithm is null or abs(exp(q.logarithm) - 1 - q.value) > 1e-9 * (1 + q.value)
