select
    e.network,
    e.level,
    e.network_window,
    e.basis,
    e.type,
    e.year,
    e.from_node,
    e.to_node,
    e.n_patents,
    e.n_fractional,
    e.confidence
from {{ ref('int_network_edges') }} as e
