-- When and where a name was printed on records of its own: first and last day, addresses, the city it mostly sits in.
with lists as (

    select
        a.applicants_key,
        min(a.first_printed) as first_printed,
        max(a.last_printed) as last_printed,
        sum(a.n_applications) as n_printed
    from {{ ref('int_applicant_groups') }} as a
    where a.applicant_seq = 1
    group by a.applicants_key

),

days as (

    select
        n.applicant_name,
        min(l.first_printed) as first_printed,
        max(l.last_printed) as last_printed,
        sum(l.n_printed) as n_printed
    from lists as l
    inner join {{ ref('int_applicant_lists') }} as n on l.applicants_key = n.applicants_key
    group by n.applicant_name

),

places as (

    select
        o.applicant_name,
        o.place_key,
        sum(o.n) as n_records
    from {{ ref('int_own_addresses') }} as o
    where o.place_key is not null
    group by o.applicant_name, o.place_key

),

main_places as (

    select
        p.applicant_name,
        arg_max(p.place_key, (p.n_records, p.place_key)) as place_key,
        count(*) as n_places
    from places as p
    group by p.applicant_name

),

-- a name that tells one place, whatever the year
name_places as (

    select
        t.text as applicant_name,
        min(coalesce(t.node_code, 'unit:' || t.unit_code)) as place_key
    from {{ ref('int_place_texts_located') }} as t
    where t.text_kind = 'name'
    group by t.text
    having count(distinct coalesce(t.node_code, 'unit:' || t.unit_code)) = 1

)

select
    n.applicant_name,
    d.first_printed,
    d.last_printed,
    cast(coalesce(d.n_printed, 0) as bigint) as n_printed,
    coalesce(m.place_key, w.place_key) as place_key,
    m.place_key is not null as is_own_place,
    cast(coalesce(m.n_places, 0) as integer) as n_places
from {{ ref('int_applicant_names_parsed') }} as n
left join days as d on n.applicant_name = d.applicant_name
left join main_places as m on n.applicant_name = m.applicant_name
left join name_places as w on n.applicant_name = w.applicant_name
