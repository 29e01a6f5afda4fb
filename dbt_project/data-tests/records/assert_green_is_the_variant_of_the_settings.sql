-- What counts as green and the variants that other specifications filter must tell the same story.
with asked as (

    select v.application_id
    from {{ ref('int_applications_green_variants') }} as v
    inner join {{ ref('stg_method__settings') }} as m
        on v.green_mode = m.green_mode
        and v.green_scope = m.green_scope
        and v.green_set = m.green_set
        and v.green_edition = m.inventory_edition

),

green as (

    select g.application_id
    from {{ ref('int_applications_green') }} as g
    where g.is_green

)

select coalesce(a.application_id, g.application_id) as application_id
from asked as a
full join green as g on a.application_id = g.application_id
where a.application_id is null or g.application_id is null
