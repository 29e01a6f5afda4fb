{{ config(tags=['report']) }}

-- Landed rows are in marts or dropped with a reason, for every source.
select
    r.source_table,
    r.n_landed,
    r.n_in_marts,
    r.n_dropped,
    r.n_unaccounted
from {{ ref('rpt_row_accounting') }} as r
where r.n_unaccounted <> 0
