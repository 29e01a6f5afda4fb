with readings as (

    select * from {{ ref('court_readings') }}

)

select
    r.subject,
    r.variable,
    r.quantity,
    r.transform,
    r.factor,
    nullif(r.declared_by, '') as declared_by,
    nullif(r.setting_name, '') as setting_name,
    nullif(r.setting_value, '') as setting_value,
    r.repair,
    r.priority
from readings as r
