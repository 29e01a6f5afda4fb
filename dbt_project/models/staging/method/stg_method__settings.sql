with source as (

    select * from {{ source('raw', 'method_settings') }}

)

select
    s.first_year,
    s.last_year,
    s.grant_year_basis,
    s.application_year_basis,
    s.green_scope,
    s.green_mode,
    s.inventory_edition,
    s.green_set,
    s.min_city_confidence,
    s.individuals_in_network,
    s.outside_partners_in_network,
    s.node_universe,
    s.boundaries,
    s.edge_counting,
    s.edge_basis,
    s.within_city,
    s.transfer_year_basis,
    s.transfer_types,
    s.gtr_granted_only,
    s.gtr_direction,
    s.gtr_within_city,
    s.gpatent_credit,
    s.network_window,
    s.centrality_nodes,
    s.betweenness_weights,
    s.sample,
    s.zero_rule,
    s.lag_dummies,
    s.ets_date_basis,
    s.policy_gap,
    s.dige_standardisation,
    s.er_clip,
    s.deflation,
    s.cluster_convention,
    s.settings_hash
from source as s
