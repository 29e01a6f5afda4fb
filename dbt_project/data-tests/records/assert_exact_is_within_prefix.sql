-- Whatever the literal reading takes in, the wide ones take in too; the main symbol is one of any.
with tags as (

    select
        u.unit_no,
        u.topic,
        u.paper_category,
        u.mode,
        u.any_key
    from {{ ref('int_tag_units') }} as u

),

wider_modes as (

    select * from (values ('exact', 'prefix'), ('prefix', 'hierarchical')) as m (mode, wider_mode)

)

select
    n.unit_no,
    n.topic,
    n.paper_category,
    n.mode
from tags as n
inner join wider_modes as m on n.mode = m.mode
left join tags as w
    on
        n.unit_no = w.unit_no
        and n.topic = w.topic
        and n.paper_category = w.paper_category
        and m.wider_mode = w.mode
where w.unit_no is null or n.any_key is null
