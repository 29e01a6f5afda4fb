-- Rejected values: nothing outside ASCII, no two letters in a row behind CN or ZL, or behind the letters of an office
-- before its numbers, unless keyed.
select
    r.field,
    r.value
from {{ ref('rejections') }} as r
where
    r.value not like 'keyed:%'
    and (
        regexp_matches(r.value, '[^ -~]')
        or regexp_matches(
            regexp_replace(
                r.value,
                if(r.field in ('publication_no', 'application_no'), '^(?:CN|ZL|[A-Z]{2,4}(-?[0-9]{5}))', '^(?:CN|ZL)()'),
                '\1'
            ),
            '[A-Za-z]{2}'
        )
        or r.field in ('applicants', 'inventors', 'address', 'title')
    )
