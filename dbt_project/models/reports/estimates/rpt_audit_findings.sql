{{ config(tags=['report']) }}

select
    f.source,
    cast(f.finding_no as integer) as finding_no,
    f.check_name,
    f.defect,
    f.table_name,
    f.row_name,
    f.column_name,
    cast(f.year as integer) as year,
    f.printed,
    f.computed,
    f.verdict,
    f.status,
    f.reason,
    {{ networks_is_synthetic() }} as is_synthetic
from {{ source('analysis', 'audit_findings') }} as f
