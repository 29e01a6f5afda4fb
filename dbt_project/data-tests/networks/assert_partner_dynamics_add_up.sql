-- T-01: C_n = X_n + Z_n and C_(n-1) = X_n + T_n, for every city, basis and year.
select
    d.adcode,
    d.basis,
    d.year,
    d.n_partners,
    d.n_kept,
    d.n_new,
    d.n_lost,
    q.n_partners as n_partners_before
from {{ ref('fct_partner_dynamics') }} as d
inner join {{ ref('fct_partner_dynamics') }} as q
    on d.adcode = q.adcode
    and d.basis = q.basis
    and d.year = q.year + 1
where d.n_kept + d.n_new is distinct from d.n_partners
    or d.n_kept + d.n_lost is distinct from q.n_partners
