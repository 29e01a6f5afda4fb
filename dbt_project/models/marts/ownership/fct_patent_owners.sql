select
    o.application_id,
    o.step,
    o.valid_from,
    o.valid_to,
    o.owner_seq,
    o.owner_key as owner_id,
    o.owner_name,
    o.numerator,
    o.denominator,
    cast(round(cast(o.numerator as double) / cast(o.denominator as double), 9) as decimal(10, 9)) as share,
    o.assignment_id,
    o.rule,
    o.confidence
from {{ ref('int_patent_owners') }} as o
