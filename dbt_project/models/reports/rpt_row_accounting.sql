{{ config(tags=['report']) }}

-- Read = in marts + dropped, for every source; the difference must be 0.
with sources as (

    select unnest([
        'sipo_patents', 'gazette_csv', 'imported_publications', 'sipo_assignments', 'imported_events',
        'citystat_city_years', 'citystat_province_years', 'imported_yearbook_values', 'policy_documents',
        'imported_policy_documents'
    ]) as source_table

),

landed as (

    select m.table_name as source_table, sum(m.n_rows) as n_rows
    from {{ ref('fct_landed_months') }} as m
    group by m.table_name

),

-- Two files may have one name: only the pointer tells their lines apart. A row of an export may have given two
-- publications, and is one row.
kept_rows as (

    select distinct
        p.source_table,
        concat_ws('|', p.source_file, p.source_row, p.raw_pointer) as landed_row
    from {{ ref('fct_publications') }} as p
    where p.source_table = 'imported_publications'

),

province_years as (

    select distinct
        c.province_code,
        c.year,
        c.has_province_yearbook,
        c.n_imported_province_cells
    from {{ ref('fct_city_covariates') }} as c

),

in_marts as (

    select p.source_table, count(*) as n_rows
    from {{ ref('fct_publications') }} as p
    where p.source_table <> 'imported_publications'
    group by p.source_table
    union all
    select k.source_table, count(*) as n_rows
    from kept_rows as k
    group by k.source_table
    union all
    select e.source_table, count(*) as n_rows
    from {{ ref('fct_legal_events') }} as e
    group by e.source_table
    union all
    select 'citystat_city_years' as source_table, count(*) as n_rows
    from {{ ref('fct_city_covariates') }} as c
    where c.has_city_yearbook
    union all
    select 'citystat_province_years' as source_table, count(*) as n_rows
    from province_years as p
    where p.has_province_yearbook
    union all
    select
        'imported_yearbook_values' as source_table,
        (select coalesce(sum(c.n_imported_city_cells), 0) from {{ ref('fct_city_covariates') }} as c)
        + (select coalesce(sum(p.n_imported_province_cells), 0) from province_years as p) as n_rows
    union all
    select d.source_table, count(*) as n_rows
    from {{ ref('fct_policy_documents') }} as d
    group by d.source_table

),

rejected as (

    select
        r.source_table,
        r.stage,
        r.is_row_dropped,
        concat_ws('|', r.source_file, r.source_row, r.raw_pointer) as landed_row
    from {{ ref('rejections') }} as r

),

refused as (

    select
        r.source_table,
        count(distinct r.landed_row) filter (where r.is_row_dropped and r.stage <> 'import' and k.landed_row is null)
            as n_dropped,
        count(distinct r.landed_row) filter (where r.is_row_dropped and r.stage = 'import') as n_refused_on_import,
        count(*) filter (where not r.is_row_dropped) as n_field_rejections
    from rejected as r
    left join kept_rows as k
        on r.source_table = k.source_table and r.landed_row = k.landed_row
    group by r.source_table

)

select
    s.source_table,
    cast(coalesce(l.n_rows, 0) as bigint) as n_landed,
    cast(coalesce(m.n_rows, 0) as bigint) as n_in_marts,
    cast(coalesce(r.n_dropped, 0) as bigint) as n_dropped,
    cast(coalesce(r.n_refused_on_import, 0) as bigint) as n_refused_on_import,
    cast(coalesce(r.n_field_rejections, 0) as bigint) as n_field_rejections,
    cast(
        coalesce(l.n_rows, 0) - coalesce(m.n_rows, 0) - coalesce(r.n_dropped, 0) as bigint
    ) as n_unaccounted,
    {{ networks_is_synthetic() }} as is_synthetic
from sources as s
left join landed as l
    on s.source_table = l.source_table
left join in_marts as m
    on s.source_table = m.source_table
left join refused as r
    on s.source_table = r.source_table
