{{ config(tags=['report']) }}

select
    p.province_code,
    p.year,
    p.n_documents,
    p.policy_source,
    p.policy_state,
    p.zts_documents,
    p.zts_yearbook,
    p.zts_documents - p.zts_yearbook as zts_difference,
    p.gjs_documents,
    p.gjs_yearbook,
    p.gjs_documents - p.gjs_yearbook as gjs_difference,
    p.zts_documents * p.gjs_documents as rps_documents,
    p.zts_yearbook * p.gjs_yearbook as rps_yearbook,
    {{ networks_is_synthetic() }} as is_synthetic
from {{ ref('fct_policy_synergy') }} as p
where p.zts_documents is not null or p.zts_yearbook is not null
order by p.province_code, p.year
