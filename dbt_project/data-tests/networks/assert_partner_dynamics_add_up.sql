-- T-01: C_n = X_n + Z_n and C_(n-1) = X_n + T_n, for every node, level, basis and year; an applicant without a row in the
-- year before had no partner then.
select
    d.level,
    d.node,
    d.basis,
    d.year,
    d.n_partners,
    d.n_kept,
    d.n_new,
    d.n_lost,
    q.n_partners as n_partners_before
from {{ ref('fct_node_dynamics') }} as d
left join {{ ref('fct_node_dynamics') }} as q
    on d.level = q.level
    and d.node = q.node
    and d.basis = q.basis
    and d.year = q.year + 1
where d.n_kept is not null
    and (
        d.n_kept + d.n_new is distinct from d.n_partners
        or d.n_kept + d.n_lost is distinct from coalesce(q.n_partners, 0)
    )
