-- A view: publishing copies the table once.
{{ config(materialized='view') }}

with settings as (

    select m.green_mode
    from {{ ref('stg_method__settings') }} as m

),

wipo as (

    select
        t.application_id,
        'wipo_green_inventory' as inventory,
        t.topic as category,
        min(t.symbol || '|' || t.entry || '|' || t.edition) as reason
    from {{ ref('int_applications_tagged') }} as t
    inner join settings as s on t.mode = s.green_mode
    where t.scope = 'any'
    group by t.application_id, t.topic

),

others as (

    select
        f.application_id,
        i.inventory,
        i.category,
        i.subcategory,
        i.symbol,
        i.scheme,
        i.entry,
        i.condition,
        i.edition
    from {{ ref('int_applications_inventoried') }} as i
    inner join {{ ref('int_applications_folded') }} as f on i.application_key = f.application_key

)

select
    w.application_id,
    w.inventory,
    w.category,
    cast(null as varchar) as subcategory,
    split_part(w.reason, '|', 1) as symbol,
    'ipc' as scheme,
    split_part(w.reason, '|', 2) as entry,
    cast(null as varchar) as condition,
    split_part(w.reason, '|', 3) as edition,
    s.green_mode as mode
from wipo as w
cross join settings as s
union all
select
    o.application_id,
    o.inventory,
    o.category,
    o.subcategory,
    o.symbol,
    o.scheme,
    o.entry,
    o.condition,
    o.edition,
    'prefix' as mode
from others as o
