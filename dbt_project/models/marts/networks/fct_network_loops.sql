select
    l.network,
    l.level,
    l.basis,
    l.type,
    l.year,
    l.node,
    cast(count(*) as bigint) as n_patents,
    cast(min(l.confidence) as decimal(4, 2)) as confidence
from {{ ref('int_network_loops') }} as l
group by l.network, l.level, l.basis, l.type, l.year, l.node
