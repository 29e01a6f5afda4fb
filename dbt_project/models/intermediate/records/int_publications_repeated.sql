-- Rows that repeat an accepted publication. Only numbers that occur more than once are ranked: a window over
-- all rows costs several times as much.
with repeated_numbers as (

    select p.publication_key
    from {{ ref('int_publications_read') }} as p
    where p.publication_key is not null and p.publication_date is not null
    group by p.publication_key
    having count(*) > 1

),

candidates as (

    select
        p.landed_key,
        p.publication_key,
        p.publication_no,
        p.source_rank,
        p.application_number,
        p.applicants_truncated,
        p.applicants_length,
        p.publication_date
    from {{ ref('int_publications_parsed') }} as p
    inner join repeated_numbers as n on p.publication_key = n.publication_key
    where p.publication_date is not null

),

placed as (

    select
        c.*,
        u.raw_pointer,
        u.source_file,
        u.source_row,
        u.source_table,
        u.landing_month,
        u.part
    from candidates as c
    inner join {{ ref('int_publications_unioned') }} as u on c.landed_key = u.landed_key

),

ranked as (

    select
        p.publication_no,
        p.landed_key,
        row_number() over best_first as place,
        first_value(p.raw_pointer) over best_first as kept_raw_pointer
    from placed as p
    window best_first as (
        partition by p.publication_key
        order by
            p.source_rank asc,
            if(p.application_number is null, 1, 0) asc,
            if(p.applicants_truncated, 1, 0) asc,
            p.applicants_length desc,
            p.publication_date asc,
            p.source_file asc,
            p.source_row asc,
            {{ landed_id('p') }} asc
    )

)

select
    k.publication_no,
    k.landed_key,
    k.kept_raw_pointer
from ranked as k
where k.place > 1
