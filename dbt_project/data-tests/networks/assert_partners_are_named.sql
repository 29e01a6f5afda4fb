-- Table 1 and the list of names say the same: as many names as are counted.
with named as (

    select
        p.level,
        p.basis,
        p.year,
        p.node,
        count(*) filter (where p.status in ('continuing', 'new', 'first_year')) as n_partners,
        count(*) filter (where p.status = 'continuing') as n_kept,
        count(*) filter (where p.status = 'new') as n_new,
        count(*) filter (where p.status = 'lost') as n_lost
    from {{ ref('fct_partners') }} as p
    group by p.level, p.basis, p.year, p.node

)

select
    d.level,
    d.basis,
    d.year,
    d.node
from {{ ref('fct_node_dynamics') }} as d
left join named as n
    on d.level = n.level and d.basis = n.basis and d.year = n.year and d.node = n.node
where d.n_partners <> coalesce(n.n_partners, 0)
    or d.n_kept <> coalesce(n.n_kept, 0)
    or d.n_new <> coalesce(n.n_new, 0)
    or d.n_lost <> coalesce(n.n_lost, 0)
    or coalesce(len(string_split(d.new_partners, '; ')), 0) <> coalesce(d.n_new, 0)
    or coalesce(len(string_split(d.lost_partners, '; ')), 0) <> coalesce(d.n_lost, 0)
    or coalesce(len(string_split(d.continuing_partners, '; ')), 0) <> coalesce(d.n_kept, 0)
