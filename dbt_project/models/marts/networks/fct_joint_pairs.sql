select
    p.level,
    p.application_id,
    p.node_a,
    p.node_b,
    p.confidence_from,
    p.confidence_to,
    p.universe_from,
    p.universe_to,
    p.n_nodes,
    p.pair_weight,
    p.whole_weight,
    p.fractional_weight,
    p.confidence,
    a.filing_year,
    a.publication_year,
    a.grant_year,
    a.green_profile,
    a.is_green
from {{ ref('int_joint_pairs') }} as p
inner join {{ ref('int_network_applications') }} as a
    on p.application_id = a.application_id
