{{ config(materialized='view') }}

with apart as (

    select distinct
        u.application_key,
        u.unit_no
    from {{ ref('int_tag_units') }} as u
    where u.unit_no < 0

)

select
    g.application_key,
    g.application_id,
    g.text_no as unit_no
from {{ ref('int_applications_green_masked') }} as g
where g.text_no is not null
union all
select
    g.application_key,
    g.application_id,
    a.unit_no
from {{ ref('int_applications_green_masked') }} as g
inner join apart as a on g.application_key = a.application_key
where g.text_no is null
