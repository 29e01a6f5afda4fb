-- Rejected values: nothing outside ASCII, no two letters in a row behind CN or ZL, unless keyed.
select
    r.field,
    r.value
from {{ ref('rejections') }} as r
where
    r.value not like 'keyed:%'
    and (
        regexp_matches(r.value, '[^ -~]')
        or regexp_matches(regexp_replace(r.value, '^(CN|ZL)', ''), '[A-Za-z]{2}')
        or r.field in ('applicants', 'inventors', 'address', 'title')
    )
