{#- Variables that the networks and the patents give the panel: name, table behind it, rule or setting. -#}
{% macro network_variables() -%}
{{ return([
    ('rsi', 'marts.fct_joint_edge_patents', 'edge_basis, edge_counting'),
    ('extensive', 'marts.fct_joint_edge_patents', 'edge_basis'),
    ('intensive', 'marts.fct_joint_edge_patents', 'rsi over extensive, 0 without partners'),
    ('gpatent', 'marts.fct_application_applicants', 'gpatent_credit'),
    ('gtr', 'marts.fct_transfer_edge_events', 'gtr_direction, gtr_granted_only, gtr_within_city'),
    ('n_joint_applications', 'marts.fct_joint_edge_patents', 'a patent once'),
    ('copatent_degree', 'analysis.city_centralities', 'centrality_nodes'),
    ('copatent_betweenness', 'analysis.city_centralities', 'centrality_nodes, betweenness_weights'),
    ('transfer_out_degree', 'analysis.city_centralities', 'centrality_nodes'),
    ('transfer_in_degree', 'analysis.city_centralities', 'centrality_nodes'),
    ('transfer_betweenness', 'analysis.city_centralities', 'centrality_nodes, betweenness_weights'),
    ('ln_rsi', 'marts.fct_joint_edge_patents', 'zero_rule'),
    ('ln_extensive', 'marts.fct_joint_edge_patents', 'zero_rule'),
    ('ln_intensive', 'marts.fct_joint_edge_patents', 'zero_rule'),
    ('ln_gpatent', 'marts.fct_application_applicants', 'zero_rule'),
    ('ln_gtr', 'marts.fct_transfer_edge_events', 'zero_rule')
]) }}
{%- endmacro %}

{#- Covariates that are columns of the panel. -#}
{% macro panel_covariates() -%}
{{ return([
    'dige', 'er', 'ln_tech', 'hsr', 'ln_pgdp', 'ins', 'fin', 'ln_fdi', 'low_carbon', 'carbon_trade', 'innovative',
    'zts', 'gjs', 'rps', 'qrate'
]) }}
{%- endmacro %}

{#- Variables with a column of the year before. -#}
{% macro lagged_variables() -%}
{{ return(
    network_variables() | map(attribute=0) | reject('equalto', 'n_joint_applications') | list + panel_covariates()
) }}
{%- endmacro %}
