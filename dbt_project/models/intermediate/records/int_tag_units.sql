-- Most applications are told by one text, and there are far fewer texts: those are the units that carry tags. An
-- application whose publications differ is a unit of its own, below zero.
with apart as (

    select
        g.application_key,
        -row_number() over (order by g.application_key asc) as unit_no
    from {{ ref('int_applications_green_masked') }} as g
    where g.text_no is null

),

publications as (

    select
        k.application_key,
        a.unit_no,
        t.text_no,
        row_number() over (partition by k.application_key order by {{ publication_place('k') }} desc) as latest_first
    from {{ ref('int_publications_kept') }} as k
    inner join apart as a on k.application_key = a.application_key
    left join {{ ref('int_ipc_texts_green') }} as t on k.ipc_key = t.ipc_key
    where k.ipc_key is not null and k.patent_kind_no <> 1

),

-- any: every symbol of every publication of the application
-- main: the first symbol of its latest publication, which carries the final classification
-- of several symbols and entries that make an application green, the first one is named
hits as (

    select
        p.application_key,
        p.unit_no,
        t.mode,
        t.topic,
        t.paper_category,
        min(p.latest_first * 1000 * {{ reason_room() }} + t.any_key) % {{ reason_room() }} as any_key,
        min(case when p.latest_first = 1 then t.main_key end) as main_key
    from publications as p
    inner join {{ ref('int_ipc_texts_tagged') }} as t on p.text_no = t.text_no
    group by p.application_key, p.unit_no, t.mode, t.topic, t.paper_category

)

select
    t.text_no as unit_no,
    cast(null as bigint) as application_key,
    t.mode,
    t.topic,
    t.paper_category,
    t.any_key % {{ reason_room() }} as any_key,
    t.main_key
from {{ ref('int_ipc_texts_tagged') }} as t
union all
select
    h.unit_no,
    h.application_key,
    h.mode,
    h.topic,
    h.paper_category,
    h.any_key,
    h.main_key
from hits as h
