{{ config(tags=['report']) }}

-- Read = in marts + dropped, for every source; the difference must be 0.
with sources as (

    select unnest([
        'sipo_patents', 'gazette_csv', 'sipo_assignments', 'citystat_city_years',
        'citystat_province_years'
    ]) as source_table

),

landed as (

    select m.table_name as source_table, sum(m.n_rows) as n_rows
    from {{ ref('fct_landed_months') }} as m
    group by m.table_name

),

in_marts as (

    select p.source_table, count(*) as n_rows
    from {{ ref('fct_publications') }} as p
    group by p.source_table
    union all
    select 'sipo_assignments' as source_table, count(*) as n_rows
    from {{ ref('fct_assignments') }} as a
    union all
    select 'citystat_city_years' as source_table, count(*) as n_rows
    from {{ ref('fct_city_covariates') }} as c
    where c.has_city_yearbook
    union all
    select
        'citystat_province_years' as source_table,
        count(distinct c.province_code || '|' || cast(c.year as varchar)) as n_rows
    from {{ ref('fct_city_covariates') }} as c
    where c.has_province_yearbook

),

-- Two files may have one name: only the pointer tells their lines apart.
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
        count(distinct r.landed_row) filter (where r.is_row_dropped and r.stage <> 'import')
            as n_dropped,
        count(distinct r.landed_row) filter (where r.stage = 'import') as n_refused_on_import,
        count(*) filter (where not r.is_row_dropped) as n_field_rejections
    from rejected as r
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
