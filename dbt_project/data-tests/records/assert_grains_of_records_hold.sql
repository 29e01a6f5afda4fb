-- Keys of more than one column; single ones are tested where the column is described.
with keys as (

    select
        'int_applicants_split' as model,
        s.application_id || '|' || cast(s.applicant_seq as varchar) as grain
    from {{ ref('int_applicants_split') }} as s
    union all
    select
        'int_ipc_texts_parsed' as model,
        i.ipc_text || '|' || cast(i.position as varchar) as grain
    from {{ ref('int_ipc_texts_parsed') }} as i
    union all
    select
        'int_ipc_texts_parsed, symbol' as model,
        i.ipc_text || '|' || coalesce(i.symbol, i.token) as grain
    from {{ ref('int_ipc_texts_parsed') }} as i
    union all
    select
        'int_symbols_tagged' as model,
        t.symbol || '|' || t.mode || '|' || t.edition || '|' || t.topic || '|' || t.paper_category || '|' || t.entry
            as grain
    from {{ ref('int_symbols_tagged') }} as t
    union all
    select
        'int_tag_units' as model,
        cast(t.unit_no as varchar) || '|' || t.mode || '|' || t.topic || '|' || t.paper_category as grain
    from {{ ref('int_tag_units') }} as t

)

select
    k.model,
    k.grain,
    count(*) as n
from keys as k
group by k.model, k.grain
having count(*) > 1
