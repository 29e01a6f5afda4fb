-- By whole-number keys; the published id is computed for green applications alone.
with publications as (

    select
        k.application_key,
        k.publication_key,
        k.is_grant,
        k.publication_date,
        t.text_no,
        t.any_variants,
        t.main_variants
    from {{ ref('int_publications_kept') }} as k
    left join {{ ref('int_ipc_texts_green') }} as t on k.ipc_key = t.ipc_key
    where k.ipc_key is not null and k.patent_kind_no <> 1

),

-- any: every symbol of every publication
any_symbol as (

    select
        p.application_key,
        bit_or(p.any_variants) as any_variants,
        min(p.text_no) as first_text_no,
        max(p.text_no) as last_text_no
    from publications as p
    where p.text_no is not null
    group by p.application_key

),

-- main: the first symbol of the latest publication, which carries the final classification
ranked as (

    select
        p.application_key,
        coalesce(p.text_no, 0) as text_no,
        coalesce(p.main_variants, 0) as main_variants,
        {{ publication_place('p') }} as place
    from publications as p
    inner join any_symbol as a on p.application_key = a.application_key

),

latest as (

    select
        r.application_key,
        arg_max(r.text_no, r.place) as text_no,
        arg_max(r.main_variants, r.place) as main_variants
    from ranked as r
    group by r.application_key

)

select
    a.application_key,
    {{ application_id('a.application_key') }} as application_id,
    a.any_variants,
    l.main_variants,
    -- the one text that tells all, where there is one: tags of the text are those of the application
    case when a.first_text_no = a.last_text_no and a.last_text_no = l.text_no then l.text_no end as text_no
from any_symbol as a
inner join latest as l on a.application_key = l.application_key
