-- Years of the panel: those of the settings in which at least one gazette month was landed.
with months as (

    select distinct
        cast(year(m.landing_month) as integer) as year,
        m.landing_month
    from {{ ref('stg_landing__months') }} as m
    where m.table_name in ('sipo_patents', 'gazette_csv') and m.n_rows > 0

)

select
    m.year,
    cast(count(*) as integer) as n_months_landed
from months as m
inner join {{ ref('stg_method__settings') }} as s
    on m.year between s.first_year and s.last_year
group by m.year
