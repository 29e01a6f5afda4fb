-- Distinct lists of applicants taken apart, and in them distinct names made comparable: once each, however many
-- applications carry them.
{{ config(
    materialized='reused', driver='int_publications_read', key=['applicants_key'],
    companions=['int_publication_texts']
) }}

with lists as (

    select
        k.applicants_key,
        t.text as applicants_text
    from (
        select distinct p.applicants_key
        from {{ ref('int_publications_read') }} as p
        where p.applicants_key is not null
    ) as k
    inner join {{ ref('int_publication_texts') }} as t on k.applicants_key = t.text_key

),

split_lists as (

    select
        l.applicants_key,
        {{ split_names('l.applicants_text') }} as names
    from lists as l

),

numbered as (

    select
        s.applicants_key,
        len(s.names) as n_names,
        unnest(s.names) as applicant_name_raw,
        generate_subscripts(s.names, 1) as applicant_seq
    from split_lists as s

),

distinct_names as (

    select
        d.applicant_name_raw,
        {{ clean_text('d.applicant_name_raw') }} as applicant_name
    from (select distinct n.applicant_name_raw from numbered as n) as d

)

select
    n.applicants_key,
    cast(n.applicant_seq as integer) as applicant_seq,
    cast(n.n_names as integer) as n_applicants,
    n.applicant_name_raw,
    d.applicant_name
from numbered as n
inner join distinct_names as d on n.applicant_name_raw = d.applicant_name_raw
