-- A node comes with a rule and a confidence, its absence with a reason, and nothing else carries confidence.
with places as (

    select 'text' as of_what, l.node_code, l.rule, l.confidence, l.reason
    from {{ ref('int_place_texts_located') }} as l

    union all

    select 'applicant' as of_what, a.node_code, a.city_rule as rule, a.confidence, a.reason
    from {{ ref('int_applicants_located') }} as a

    union all

    select 'party' as of_what, p.node_code, p.city_rule as rule, p.confidence, p.reason
    from {{ ref('int_parties_located') }} as p

)

select p.*
from places as p
where
    (p.node_code is null) <> (p.reason is not null)
    or (p.node_code is not null and p.rule is null)
    or (p.rule is null) <> (p.confidence = 0)
    or p.confidence not between 0 and 1
