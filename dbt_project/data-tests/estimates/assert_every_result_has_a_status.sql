{{ config(tags=['report']) }}

-- A cell without a number says why, one with a number needs no excuse.
with cells as (

    select 'table4' as table_name, t.term, t.coef, t.status, t.reason, t.note
    from {{ ref('rpt_table4_margins') }} as t
    union all
    select 'table5' as table_name, t.term, t.coef, t.status, t.reason, t.note
    from {{ ref('rpt_table5_spatial') }} as t
    union all
    select 'robustness' as table_name, t.term, t.coef, t.status, t.reason, t.note
    from {{ ref('rpt_robustness') }} as t
    union all
    select 'event_studies' as table_name, t.policy as term, t.coef, t.status, t.reason, t.note
    from {{ ref('rpt_event_studies') }} as t
    union all
    select 'spatial_tests' as table_name, t.test_name as term, t.statistic as coef, t.status, t.reason, t.note
    from {{ ref('rpt_spatial_tests') }} as t
    union all
    select 'moran' as table_name, t.variable as term, t.statistic as coef, t.status, t.reason, '' as note
    from {{ ref('rpt_moran_by_year') }} as t

)

select
    c.table_name,
    c.term,
    c.coef,
    c.status,
    c.reason
from cells as c
where (c.coef is null and c.status = 'ok')
    or (c.coef is not null and c.status <> 'ok')
    or (c.coef is null and c.reason is null and coalesce(c.note, '') not like '%left out: %')
