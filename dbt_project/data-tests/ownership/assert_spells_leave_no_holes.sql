{{ config(store_failures=true) }}

-- The spells of a patent follow on each other: one begins where the last one ends, and only the last is open.
with spells as (

    select distinct o.application_id, o.step, o.valid_from, o.valid_to
    from {{ ref('fct_patent_owners') }} as o

),

followed as (

    select
        s.*,
        lead(s.valid_from) over (partition by s.application_id order by s.step) as next_from
    from spells as s

)

select
    f.application_id,
    f.step,
    f.valid_from,
    f.valid_to,
    f.next_from
from followed as f
where f.valid_to is distinct from f.next_from
    or f.valid_to <= f.valid_from
