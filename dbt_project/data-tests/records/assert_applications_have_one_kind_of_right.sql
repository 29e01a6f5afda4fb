-- Publications folded into one application agree about its kind of right.
select v.application_id
from {{ ref('int_publications_validated') }} as v
group by v.application_id
having count(distinct v.patent_kind) > 1 or count(distinct v.application_no) > 1
