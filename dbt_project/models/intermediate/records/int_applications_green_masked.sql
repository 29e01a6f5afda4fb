-- By whole-number keys; the published id is computed for green applications alone.
with publications as (

    select
        k.application_key,
        k.publication_key,
        k.publication_step,
        k.publication_date,
        k.ipc_text
    from {{ ref('int_publications_kept') }} as k
    where k.ipc_text is not null and k.patent_kind <> 'design'

),

-- any: every symbol of every publication
any_symbol as (

    select
        p.application_key,
        bit_or(t.any_variants) as any_variants
    from publications as p
    inner join {{ ref('int_ipc_texts_green') }} as t on p.ipc_text = t.ipc_text
    group by p.application_key

),

-- main: the first symbol of the latest publication, which carries the final classification
ranked as (

    select
        p.application_key,
        p.ipc_text,
        {{ publication_place('p') }} as place
    from publications as p
    inner join any_symbol as a on p.application_key = a.application_key

),

latest as (

    select
        r.application_key,
        arg_max(r.ipc_text, r.place) as ipc_text
    from ranked as r
    group by r.application_key

)

select
    a.application_key,
    f.application_id,
    a.any_variants,
    coalesce(t.main_variants, 0) as main_variants
from any_symbol as a
inner join latest as l on a.application_key = l.application_key
inner join {{ ref('int_applications_folded') }} as f on a.application_key = f.application_key
left join {{ ref('int_ipc_texts_green') }} as t on l.ipc_text = t.ipc_text
