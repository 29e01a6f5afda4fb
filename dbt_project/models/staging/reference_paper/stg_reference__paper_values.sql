with printed as (

    select * from {{ ref('paper_printed_values') }}

)

select
    p.table_name,
    p.column_label,
    try_cast(regexp_extract(p.column_label, '^\(([0-9]+)\)', 1) as integer) as column_no,
    p.variable,
    p.statistic,
    nullif(trim(p.value), '') as value_text,
    try_cast(nullif(trim(p.value), '') as double) as value
from printed as p
