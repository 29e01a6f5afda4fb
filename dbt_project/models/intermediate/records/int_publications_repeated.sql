-- Rows that repeat an accepted publication. Only numbers that occur more than once are ranked: a window over
-- all rows costs several times as much.
with readable as (

    select p.*
    from {{ ref('int_publications_parsed') }} as p
    where p.publication_no is not null and p.publication_date is not null

),

repeated_numbers as (

    select r.publication_no
    from readable as r
    group by r.publication_no
    having count(*) > 1

),

ranked as (

    select
        r.publication_no,
        r.landed_id,
        row_number() over best_first as place,
        first_value(r.raw_pointer) over best_first as kept_raw_pointer
    from readable as r
    inner join repeated_numbers as n on r.publication_no = n.publication_no
    window best_first as (
        partition by r.publication_no
        order by
            r.source_rank asc,
            if(r.application_no is null, 1, 0) asc,
            if(r.applicants_truncated, 1, 0) asc,
            r.applicants_length desc,
            r.publication_date asc,
            r.source_file asc,
            r.source_row asc,
            r.landed_id asc
    )

)

select
    k.publication_no,
    k.landed_id,
    k.kept_raw_pointer
from ranked as k
where k.place > 1
