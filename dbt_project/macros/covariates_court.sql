{#- The quantity behind a value under a reading: what the logarithm, the factor or the complement was taken of. -#}
{% macro court_quantity(transform, factor, value) -%}
    case {{ transform }}
        when 'ln' then exp(least({{ value }}, 700.0)) * {{ factor }}
        when 'log10' then pow(10.0, least({{ value }}, 300.0)) * {{ factor }}
        when 'complement' then 1.0 - {{ value }}
        else {{ value }} * {{ factor }}
    end
{%- endmacro %}

{#- Fewer values than this say nothing about what is typical of a column. -#}
{% macro court_fewest_values() -%}20{%- endmacro %}

{#- Sums of doubles depend on their order: values are rounded to decimals before they are summed. -#}
{% macro court_exact(value) -%}try_cast({{ value }} as decimal(38, 9)){%- endmacro %}

{#- CTEs up to `moments`: count, mean, standard deviation (n - 1) and range of `value` in a relation by key. Values are
    rounded to decimals before they are summed, and squares are taken relative to the largest value, so that no order counts and
    nothing overflows; a value beyond 10^29 is left out. -#}
{% macro court_moments(relation, key) -%}
means as (

    select
        {% for column in key %}v.{{ column }}, {% endfor %}
        count(try_cast(v.value as decimal(38, 9))) as n,
        count(*) filter (where v.value = 0) as n_zero,
        cast(sum(try_cast(v.value as decimal(38, 9))) as double) / nullif(count(try_cast(v.value as decimal(38, 9))), 0) as mean,
        min(v.value) as lowest,
        max(v.value) as highest,
        coalesce(nullif(greatest(abs(min(v.value)), abs(max(v.value))), 0), 1.0) as scale
    from {{ relation }} as v
    group by {% for column in key %}v.{{ column }}{{ ', ' if not loop.last }}{% endfor %}

),

squares as (

    select
        {% for column in key %}v.{{ column }}, {% endfor %}
        sum(try_cast(pow((v.value - m.mean) / m.scale, 2) as decimal(38, 18)))
            as relative_squares
    from {{ relation }} as v
    inner join means as m
        on {% for column in key %}v.{{ column }} = m.{{ column }}{{ ' and ' if not loop.last }}{% endfor %}
    where v.value is not null
    group by {% for column in key %}v.{{ column }}{{ ', ' if not loop.last }}{% endfor %}

),

moments as (

    select
        m.*,
        case
            when m.n > 1 then m.scale * sqrt(cast(q.relative_squares as double) / (m.n - 1))
        end as sd
    from means as m
    left join squares as q
        on {% for column in key %}m.{{ column }} = q.{{ column }}{{ ' and ' if not loop.last }}{% endfor %}

)
{%- endmacro %}
