{{ config(materialized='view') }}

-- Who stands on an application, in which city, and how that was found out.
with located as (

    select * from {{ ref('int_applicants_located') }}

),

-- The basis of the list: which publication names the applicants, and how long the list is.
positions as (

    select
        s.application_key,
        s.applicant_seq,
        s.n_applicants,
        s.publication_id
    from {{ ref('int_applicants_split') }} as s

),

-- names that are not the first of their entity
renamed as (

    select
        e.applicant_id,
        e.entity_id
    from {{ ref('int_applicant_entities') }} as e
    where e.entity_id <> e.applicant_id

)

select
    md5(
        'application_applicant|' || l.application_id || '|' || cast(l.applicant_seq as varchar)
    ) as application_applicant_id,
    l.application_id,
    cast(l.applicant_seq as integer) as applicant_seq,
    cast(p.n_applicants as integer) as n_applicants,
    l.applicant_id,
    coalesce(e.entity_id, l.applicant_id) as entity_id,
    l.applicant_type,
    p.publication_id,
    l.node_code as adcode,
    l.adcode_at_date,
    l.country_or_area,
    l.city_rule,
    l.confidence,
    case when l.node_code is null then l.reason end as reason
from located as l
left join positions as p
    on l.application_key = p.application_key
    and l.applicant_seq = p.applicant_seq
left join renamed as e on l.applicant_id = e.applicant_id
