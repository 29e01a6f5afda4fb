-- Whatever the literal reading takes in, the wide one takes in too, and the hierarchical one both; the main symbol is
-- one of any.
with tags as (

    select
        t.application_id,
        t.topic,
        t.paper_category,
        t.mode,
        t.scope
    from {{ ref('int_applications_tagged') }} as t

)

select
    n.application_id,
    n.topic,
    n.mode,
    n.scope
from tags as n
left join tags as w
    on
        n.application_id = w.application_id
        and n.topic = w.topic
        and n.paper_category = w.paper_category
        and if(n.mode = 'hierarchical', 'hierarchical', 'prefix') = w.mode
        and w.scope = 'any'
where w.application_id is null
