{{ config(tags=['report']) }}

-- The defects that the printed tables alone prove are found: T-01 in 2019 and 2020, T-02 from 2013 on.
with expected as (

    select 'T-01' as check_name, unnest([2019, 2020]) as year
    union all
    select 'T-02' as check_name, unnest([2013, 2014, 2015, 2016, 2017, 2018, 2019, 2020]) as year

),

found as (

    select distinct f.check_name, f.year
    from {{ ref('rpt_audit_findings') }} as f
    where f.source = 'printed' and f.table_name = 'table1' and f.check_name in ('T-01', 'T-02')

)

select
    coalesce(e.check_name, f.check_name) as check_name,
    coalesce(e.year, f.year) as year,
    e.year is null as is_too_much
from expected as e
full outer join found as f
    on e.check_name = f.check_name and e.year = f.year
where e.year is null or f.year is null
