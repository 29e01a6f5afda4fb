{{ config(tags=['panel']) }}

-- What stands behind a cell adds up to the cell, for every cell and both ways.
with cells as (

    {% for variable in ['rsi', 'extensive', 'gpatent', 'gtr', 'n_joint_applications'] %}
    select p.adcode, p.year, '{{ variable }}' as variable, cast(p.{{ variable }} as decimal(18, 6)) as value
    from {{ ref('fct_node_years') }} as p
    union all
    {% endfor %}
    {% for variable in ['transfer_out_degree', 'transfer_in_degree'] %}
    select
        p.adcode,
        p.year,
        '{{ variable }}' as variable,
        cast(round(p.{{ variable }} * (
            case s.centrality_nodes
                when 'active' then p.n_active_transfer else p.n_network_nodes
            end - 1
        ), 0) as decimal(18, 6)) as value
    from {{ ref('fct_node_years') }} as p
    cross join {{ ref('stg_method__settings') }} as s
    {{ 'union all' if not loop.last }}
    {% endfor %}

),

links as (

    select l.adcode, l.year, l.variable, cast(sum(l.weight) as decimal(18, 6)) as value
    from {{ ref('fct_cell_applications') }} as l
    group by l.adcode, l.year, l.variable

)

select
    coalesce(c.adcode, l.adcode) as adcode,
    coalesce(c.year, l.year) as year,
    coalesce(c.variable, l.variable) as variable,
    c.value,
    l.value as value_of_links
from cells as c
full join links as l
    on c.adcode = l.adcode and c.year = l.year and c.variable = l.variable
where coalesce(c.value, 0) <> coalesce(l.value, 0)
