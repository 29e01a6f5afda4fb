{{ config(tags=['panel']) }}

-- The panel of the regressions: the cities of the sample, every variable also of the year before. A lag is matched on
-- the calendar year and missing when that year is not there.
select
    p.adcode,
    p.city_name,
    p.province_code,
    p.year,
    p.n_months_landed,
    p.in_sample,
    p.rsi,
    p.extensive,
    p.intensive,
    p.gpatent,
    p.gtr,
    p.n_joint_applications,
    p.n_network_nodes,
    p.n_active_copatent,
    p.n_active_transfer,
    p.copatent_degree,
    p.copatent_betweenness,
    p.transfer_out_degree,
    p.transfer_in_degree,
    p.transfer_betweenness,
    p.ln_rsi,
    p.ln_extensive,
    p.ln_intensive,
    p.ln_gpatent,
    p.ln_gtr,
    p.dige,
    p.er,
    p.er_clipped,
    p.ln_tech,
    p.hsr,
    p.ln_pgdp,
    p.ins,
    p.fin,
    p.ln_fdi,
    p.low_carbon,
    p.carbon_trade,
    p.innovative,
    p.zts,
    p.gjs,
    p.rps,
    p.qrate,
    p.is_policy_gap,
    p.is_grant_truncated,
    {%- for variable in lagged_variables() %}
    l.{{ variable }} as {{ variable }}_lag1,
    {%- endfor %}
    p.settings_hash
from {{ ref('fct_node_years') }} as p
left join {{ ref('fct_node_years') }} as l
    on p.adcode = l.adcode and p.year = l.year + 1
where p.in_sample
