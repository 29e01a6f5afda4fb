select
    v.variable,
    v.symbol,
    v.label_zh,
    v.label_en,
    v.level,
    v.unit,
    v.transform,
    v.log_base,
    v.source,
    v.source_columns,
    v.lowest,
    v.highest,
    v.is_zero_possible,
    v.missing_code,
    v.panel_column,
    v.paper_symbol,
    v.questions
from {{ ref('stg_reference__variables') }} as v
order by v.variable
