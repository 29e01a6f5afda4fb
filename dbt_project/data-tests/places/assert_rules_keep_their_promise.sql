-- A rule that answers 500 records or more is right at least as often as documented, five points of tolerance. A warning,
-- because the ladder then works with the measured share; where it fails the documented one wants another look.
{{ config(severity='warn') }}

select m.*
from {{ ref('int_city_rules_measured') }} as m
where m.n_records >= 500 and m.share_right < m.documented_confidence - 0.05
