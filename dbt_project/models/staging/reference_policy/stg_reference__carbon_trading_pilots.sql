with pilots as (

    select * from {{ ref('carbon_trading_pilots') }}

)

select
    p.prefecture_adcode as node_code,
    p.via_province as province_name,
    cast(min(p.announced_year) as integer) as announced_year,
    cast(min(p.trading_start_year) as integer) as trading_start_year
from pilots as p
group by 1, 2
