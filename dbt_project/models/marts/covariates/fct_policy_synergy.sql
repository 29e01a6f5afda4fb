select
    p.province_code,
    p.year,
    p.n_documents,
    p.zts_documents,
    p.gjs_documents,
    p.zts_yearbook,
    p.gjs_yearbook,
    p.policy_source,
    p.policy_state,
    p.zts,
    p.gjs
from {{ ref('int_policy_synergy') }} as p
order by p.province_code, p.year
