with publications as (

    select
        v.application_id,
        v.publication_id,
        v.publication_step,
        v.publication_date,
        v.ipc_text
    from {{ ref('int_publications_kept') }} as v
    where v.ipc_text is not null and v.patent_kind <> 'design'

),

-- any: every symbol of every publication
any_symbol as (

    select
        p.application_id,
        bit_or(t.any_variants) as any_variants
    from publications as p
    inner join {{ ref('int_ipc_texts_green') }} as t on p.ipc_text = t.ipc_text
    group by p.application_id

),

-- main: the first symbol of the latest publication, which carries the final classification
latest as (

    select
        p.application_id,
        arg_max(
            p.ipc_text, cast(p.publication_date as varchar) || p.publication_step || p.publication_id
        ) as ipc_text
    from publications as p
    inner join any_symbol as a on p.application_id = a.application_id
    group by p.application_id

)

select
    a.application_id,
    a.any_variants,
    coalesce(t.main_variants, 0) as main_variants
from any_symbol as a
inner join latest as l on a.application_id = l.application_id
left join {{ ref('int_ipc_texts_green') }} as t on l.ipc_text = t.ipc_text
