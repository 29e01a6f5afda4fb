-- Table 1 with the partners named (R-C01), at every level: from_node has or had them, the edges seen from both ends.
with ends as (

    select e.level, e.basis, e.year, e.from_node as node, e.to_node as partner, e.n_patents
    from {{ ref('int_network_edges') }} as e
    inner join {{ ref('stg_method__settings') }} as s
        on e.network_window = s.network_window
    where e.network = 'joint'
    union all
    select e.level, e.basis, e.year, e.to_node as node, e.from_node as partner, e.n_patents
    from {{ ref('int_network_edges') }} as e
    inner join {{ ref('stg_method__settings') }} as s
        on e.network_window = s.network_window
    where e.network = 'joint'

),

-- Every pair in its own year and in the one after, as the year before.
seen as (

    select n.level, n.basis, n.year, n.node, n.partner, n.n_patents, 0 as n_patents_before
    from ends as n
    union all
    select
        b.level, b.basis, b.year + 1 as year, b.node, b.partner, 0 as n_patents, b.n_patents as n_patents_before
    from ends as b

),

compared as (

    select
        c.level,
        c.basis,
        c.year,
        c.node,
        c.partner,
        sum(c.n_patents) as n_patents,
        sum(c.n_patents_before) as n_patents_before
    from seen as c
    group by c.level, c.basis, c.year, c.node, c.partner

)

select
    c.level,
    c.basis,
    c.year,
    c.node,
    c.partner,
    case
        -- Of a year without a year before nothing is known to be new or lost.
        when p.year is null then 'first_year'
        when c.n_patents = 0 then 'lost'
        when c.n_patents_before = 0 then 'new'
        else 'continuing'
    end as status,
    cast(c.n_patents as bigint) as n_patents,
    cast(case when p.year is not null then c.n_patents_before end as bigint) as n_patents_before
from compared as c
inner join {{ ref('int_panel_years') }} as y
    on c.year = y.year
left join {{ ref('int_panel_years') }} as p
    on c.year = p.year + 1
where c.n_patents > 0 or p.year is not null
