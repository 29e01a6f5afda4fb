-- Addresses of applicants behind the first one, where the contract of a format says that they are the applicant's
-- own (import_formats). Taken from every landed row, so that a gazette page that wins over it does not hide them.
with lists as (

    select
        u.landed_key,
        u.landed_id,
        u.source_rank,
        f.other_addresses,
        s.applicants,
        s.applicant_addresses
    from {{ ref('stg_imports__publications') }} as s
    inner join {{ ref('import_formats') }} as f on s.source_format = f.source_format
    inner join {{ ref('int_publications_unioned') }} as u
        on s.source_file = u.source_file
        and s.source_row = u.source_row
        and s.raw_pointer = u.raw_pointer
    where
        u.source_table = 'imported_publications'
        and f.other_addresses <> 'none'
        and len(s.applicants) > 1
        -- one address each, else nobody can say whose it is
        and len(s.applicants) = len(s.applicant_addresses)

),

unnested as (

    select
        l.landed_key,
        l.landed_id,
        l.source_rank,
        l.other_addresses,
        l.applicant_addresses[1] as first_address,
        unnest(l.applicants) as name,
        unnest(l.applicant_addresses) as address_text,
        generate_subscripts(l.applicants, 1) as position
    from lists as l

),

own as (

    select
        v.application_key,
        v.application_id,
        {{ clean_text('u.name') }} as applicant_name,
        nullif(trim(u.address_text), '') as address_text,
        u.source_rank,
        p.publication_date,
        u.landed_id
    from unnested as u
    inner join {{ ref('int_publications_parsed') }} as p on u.landed_key = p.landed_key
    inner join {{ ref('int_publications_kept') }} as v on p.publication_key = v.publication_key
    where
        u.position > 1
        and nullif(trim(u.address_text), '') is not null
        and (u.other_addresses = 'own' or trim(u.address_text) <> trim(u.first_address))

),

ranked as (

    select
        o.*,
        row_number() over (
            partition by o.application_key, o.applicant_name
            order by o.source_rank, o.publication_date desc, o.landed_id, o.address_text
        ) as place
    from own as o

)

select
    r.application_key,
    r.application_id,
    r.applicant_name,
    r.address_text,
    r.source_rank
from ranked as r
where r.place = 1
