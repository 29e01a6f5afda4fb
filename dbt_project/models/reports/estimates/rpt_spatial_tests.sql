{{ config(tags=['report']) }}

select
    cast(t.position as integer) as position,
    t.family,
    t.test_name,
    t.label_zh,
    t.label_en,
    t.effects,
    t.statistic,
    t.df,
    t.p_value,
    t.stars,
    t.valid_for,
    t.note,
    t.status,
    t.reason,
    {{ networks_is_synthetic() }} as is_synthetic
from {{ source('analysis', 'spatial_tests') }} as t
