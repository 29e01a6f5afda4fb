-- Symbols first, then distinct texts: what follows reads two integers a publication.
with members as (

    select
        v.green_mode,
        v.green_set,
        v.variant_bit,
        unnest(string_split(v.green_edition, '+')) as edition
    from {{ ref('int_green_variants') }} as v

),

symbols as (

    select
        t.symbol,
        bit_or(m.variant_bit) as variants
    from {{ ref('int_symbols_tagged') }} as t
    inner join members as m
        on t.mode = m.green_mode and t.edition = m.edition
    where {{ green_class('m.green_set', 't.topic', 't.paper_category') }} <> ''
    group by t.symbol

),

texts as (

    select
        p.ipc_key,
        bit_or(s.variants) as any_variants,
        bit_or(case when p.is_main then s.variants else 0 end) as main_variants
    from {{ ref('int_ipc_texts_parsed') }} as p
    inner join symbols as s on p.symbol = s.symbol
    group by p.ipc_key

)

select
    t.ipc_key,
    row_number() over (order by t.ipc_key asc) as text_no,
    t.any_variants,
    t.main_variants
from texts as t
