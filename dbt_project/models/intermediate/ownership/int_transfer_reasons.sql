-- Reasons that the text of a transfer states (继承, 合并). A word inside the name of a party is no reason:
-- 王继承 is a person. Texts are looked at here and not carried on.
with words as (

    select
        w.word,
        w.transfer_type,
        cast(w.priority as integer) as priority
    from {{ ref('transfer_reason_words') }} as w

),

hits as (

    select
        e.landed_id,
        w.word,
        w.transfer_type,
        w.priority
    from {{ ref('int_events_unioned') }} as e
    cross join words as w
    where e.event_class = 'transfer'
        and contains(e.event_text, w.word)
        and len(
            list_filter(
                list_concat(coalesce(e.parties_before, []), coalesce(e.parties_after, [])),
                lambda p: contains(coalesce(p['name'], ''), w.word)
                or contains(coalesce(p['address'], ''), w.word)
            )
        ) = 0

)

select
    h.landed_id,
    arg_min(h.word, h.priority) as word,
    arg_min(h.transfer_type, h.priority) as transfer_type
from hits as h
group by h.landed_id
