with variables as (

    select * from {{ ref('variables') }}

)

select
    v.variable,
    v.symbol,
    v.label_zh,
    v.label_en,
    v.level,
    v.unit,
    v.transform,
    nullif(v.log_base, '') as log_base,
    v.source,
    v.source_columns,
    v.lowest,
    v.highest,
    v.is_zero_possible,
    v.missing_code,
    nullif(v.panel_column, '') as panel_column,
    nullif(v.paper_symbol, '') as paper_symbol,
    nullif(v.questions, '') as questions
from variables as v
