with facts as (

    select * from {{ ref('paper_text_facts') }}

)

select
    cast(f.position as integer) as position,
    f.fact,
    f.fact_zh,
    f.fact_en,
    f.paper_text,
    cast(f.first_value as double) as first_value,
    cast(f.last_value as double) as last_value
from facts as f
