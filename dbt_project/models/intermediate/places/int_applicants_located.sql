-- Every applicant of every application with its city. A view: what is counted is counted by groups of applications that are
-- alike, and who asks for single applications asks for few.
{{ config(materialized='view') }}

with own as (

    select distinct o.application_key
    from {{ ref('int_applicant_addresses_imported') }} as o

)

select
    a.application_key,
    a.application_id,
    g.applicant_seq,
    g.applicant_id,
    g.applicant_name,
    g.applicant_type,
    g.is_person,
    g.year,
    g.node_code,
    g.adcode_at_date,
    g.country_or_area,
    g.city_rule,
    g.confidence,
    g.reason
from {{ ref('int_applications_folded') }} as a
left join own as o on a.application_key = o.application_key
inner join {{ ref('int_groups_located') }} as g
    on a.applicants_key = g.applicants_key
    and coalesce(a.address_key, 0) = g.group_address
    and coalesce(a.basis_year, 0) = g.group_year
    and coalesce(o.application_key, 0) = g.own_key
