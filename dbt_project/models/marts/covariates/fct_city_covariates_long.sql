{{ config(tags=['panel']) }}

{#- value of a yearbook column under its long name: (variable, expression over int_city_covariates) -#}
{% set measures = [
    ('gdp', 'c.gdp_10k_yuan'),
    ('gdp_real', 'c.gdp_10k_yuan / c.deflator'),
    ('gdp_per_head', 'c.gdp_per_head_yuan'),
    ('gdp_per_head_real', 'c.gdp_per_head_yuan / c.deflator'),
    ('ln_gdp', 'case when c.gdp_10k_yuan > 0 then ln(c.gdp_10k_yuan) end'),
    ('ln_gdp_per_head', 'case when c.gdp_per_head_yuan > 0 then ln(c.gdp_per_head_yuan) end'),
    ('ln_gdp_real', 'case when c.gdp_10k_yuan > 0 then ln(c.gdp_10k_yuan / c.deflator) end'),
    ('ln_gdp_per_head_real', 'case when c.gdp_per_head_yuan > 0 then ln(c.gdp_per_head_yuan / c.deflator) end'),
    ('ln_pgdp', 'c.ln_pgdp'),
    ('population', 'c.population_10k'),
    ('deposits', 'c.deposits_10k_yuan'),
    ('loans', 'c.loans_10k_yuan'),
    ('fin', 'c.fin'),
    ('ln_fin', 'case when c.fin > 0 then ln(c.fin) end'),
    ('ins', 'c.ins'),
    ('ins_ratio', 'c.ins / 100'),
    ('fdi', 'c.fdi_10k_usd'),
    ('fdi_log10', 'case when c.fdi_10k_usd > 0 then log10(c.fdi_10k_usd) end'),
    ('fdi_ln', 'case when c.fdi_10k_usd > 0 then ln(c.fdi_10k_usd) end'),
    ('fdi_log1p', 'case when c.fdi_10k_usd >= 0 then ln(1 + c.fdi_10k_usd) end'),
    ('ln_fdi', 'c.ln_fdi'),
    ('province_gdp', 'c.province_gdp_10k_yuan'),
    ('tech_turnover', 'c.tech_market_turnover_10k_yuan'),
    ('tech_ratio', 'case when c.province_gdp_10k_yuan > 0 then c.tech_market_turnover_10k_yuan / c.province_gdp_10k_yuan end'),
    ('tech_ln', 'case when c.tech_market_turnover_10k_yuan > 0 then ln(c.tech_market_turnover_10k_yuan) end'),
    ('ln_tech', 'c.ln_tech'),
    ('deflator', 'c.deflator'),
    ('zts', 'c.zts'),
    ('gjs', 'c.gjs'),
    ('rps', 'c.rps'),
    ('zts_documents', 'c.zts_documents'),
    ('gjs_documents', 'c.gjs_documents'),
    ('rps_documents', 'c.zts_documents * c.gjs_documents'),
    ('zts_yearbook', 'c.zts_yearbook'),
    ('gjs_yearbook', 'c.gjs_yearbook'),
    ('rps_yearbook', 'c.zts_yearbook * c.gjs_yearbook'),
    ('n_policy_documents', 'c.n_policy_documents'),
    ('qrate', 'c.qrate'),
    ('qrate_ratio', 'case when c.province_patents_granted > 0 then c.ip_disputes / c.province_patents_granted end'),
    ('qrate_complement', 'case when c.province_patents_granted > 0 then 1 - c.ip_disputes / c.province_patents_granted end'),
    ('ip_disputes', 'c.ip_disputes'),
    ('province_patents_granted', 'c.province_patents_granted'),
    ('internet_users', 'c.internet_users'),
    ('ict_employees', 'c.ict_employees'),
    ('telecom_output', 'c.telecom_output'),
    ('mobile_phones', 'c.mobile_phones'),
    ('so2_removal', 'c.so2_removal'),
    ('cod_removal', 'c.cod_removal'),
    ('solid_waste_use', 'c.solid_waste_use'),
    ('sewage_treatment', 'c.sewage_treatment'),
    ('household_waste_treatment', 'c.household_waste_treatment'),
    ('yearbook_patent_applications', 'c.yearbook_patent_applications'),
    ('yearbook_patent_grants', 'c.yearbook_patent_grants'),
    ('yearbook_invention_grants', 'c.yearbook_invention_grants')
] %}

with cells as (

    select
        c.adcode,
        c.year,
        unnest([
            {%- for variable, expression in measures %}
            {'variable': '{{ variable }}', 'value': cast({{ expression }} as double)}{{ ',' if not loop.last }}
            {%- endfor %}
        ]) as cell
    from {{ ref('int_city_covariates') }} as c

),

everything as (

    select
        c.adcode,
        c.year,
        c.cell.variable as variable,
        c.cell.variable as described_by,
        c.cell.value as value,
        'settings' as rule
    from cells as c
    union all
    select i.adcode, i.year, 'dige' as variable, 'dige' as described_by, i.dige as value, 'settings' as rule
    from {{ source('analysis', 'city_indices') }} as i
    union all
    select i.adcode, i.year, 'er' as variable, 'er' as described_by, i.er as value, 'settings' as rule
    from {{ source('analysis', 'city_indices') }} as i
    union all
    select
        x.adcode,
        x.year,
        x.index_name || '__' || x.variant as variable,
        x.index_name as described_by,
        x.value,
        x.variant as rule
    from {{ source('analysis', 'index_variants') }} as x
    union all
    select
        p.adcode,
        p.year,
        case when p.is_chosen then p.policy else p.policy || '__' || p.variant end as variable,
        p.policy as described_by,
        cast(p.is_treated as double) as value,
        p.variant as rule
    from {{ ref('int_pilot_years') }} as p

)

select
    e.adcode,
    cast(e.year as integer) as year,
    e.variable,
    e.value,
    v.unit,
    v.transform,
    v.source,
    e.rule
from everything as e
inner join {{ ref('stg_reference__variables') }} as v
    on e.described_by = v.variable
where e.value is not null
order by e.variable, e.year, e.adcode
