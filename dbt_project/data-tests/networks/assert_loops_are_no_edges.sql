-- A node is no partner of itself, on any level; what happened inside it stands in fct_network_loops.
select e.network, e.level, e.year, e.from_node, e.to_node
from {{ ref('fct_network_edges') }} as e
where e.from_node = e.to_node
    or (e.network = 'joint' and e.from_node > e.to_node)
    or e.n_patents < 1
    or e.n_fractional <= 0
    or e.n_fractional > e.n_patents
union all
select p.level as network, p.level, p.filing_year as year, p.node_a as from_node, p.node_b as to_node
from {{ ref('fct_joint_pairs') }} as p
where p.node_a >= p.node_b
    or p.confidence_from > p.confidence_to
    or p.universe_from > p.universe_to
    or p.n_nodes < 2
