with lines as (

    select * from {{ ref('hsr_lines') }}

)

select
    l.prefecture_adcode as node_code,
    l.line as line_name,
    l.line_class,
    cast(l.open_year as integer) as open_year,
    cast(nullif(substr(l.open_date, 6, 2), '') as integer) as open_month
from lines as l
