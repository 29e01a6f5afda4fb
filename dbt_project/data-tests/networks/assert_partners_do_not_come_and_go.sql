{{ config(severity='warn') }}

-- T-12: a partner city that left and came back again and again, without a change of units that explains it, is more
-- likely an artefact of names than an event (D-25). A warning: they stand in fct_partner_returns.
select
    r.basis,
    r.node,
    r.partner,
    r.n_returns,
    r.return_share
from {{ ref('fct_partner_returns') }} as r
where r.is_reported
