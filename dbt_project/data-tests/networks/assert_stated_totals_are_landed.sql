-- Every month holds as many records as the site states, and no record of its pages was left out.
select
    m.table_name,
    m.landing_month,
    m.n_stated,
    m.n_received,
    m.n_rows
from {{ ref('fct_landed_months') }} as m
where m.n_difference <> 0 or m.n_rejected <> 0 or m.n_received <> m.n_rows
