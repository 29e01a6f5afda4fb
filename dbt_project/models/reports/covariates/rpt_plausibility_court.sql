{{ config(tags=['report']) }}

select
    c.subject,
    c.variable,
    c.check_name,
    c.verdict,
    c.n_found,
    c.n_refused,
    c.evidence,
    c.repair,
    c.n,
    c.mean,
    c.sd,
    c.lowest,
    c.highest,
    c.n_repaired,
    c.mean_repaired,
    c.sd_repaired,
    v.defects as paper_defects,
    {{ networks_is_synthetic() }} as is_synthetic
from {{ ref('fct_court_columns') }} as c
left join {{ ref('stg_reference__paper_variables') }} as v
    on c.subject = 'paper' and c.variable = v.physical_column
order by
    case c.verdict when 'refused' then 0 when 'suspect' then 1 when 'too_few_values' then 2 else 3 end,
    c.subject, c.variable, c.check_name
