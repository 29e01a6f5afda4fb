-- Every way to say green: mode of matching, set of classes, editions joined by + (the main list alone, with the
-- symbols of older editions, with the proposed successors too, and what the setting asks for).
with main_list as (

    select max(i.edition) as edition
    from {{ ref('stg_reference__green_inventory') }} as i
    where i.edition not in ('legacy', 'successors')

),

editions as (

    select m.edition as green_edition
    from main_list as m
    where m.edition is not null
    union
    select m.edition || '+legacy' as green_edition
    from main_list as m
    where m.edition is not null
    union
    select m.edition || '+legacy+successors' as green_edition
    from main_list as m
    where m.edition is not null
    union
    select s.inventory_edition as green_edition
    from {{ ref('stg_method__settings') }} as s

),

modes as (

    select * from (values ('prefix'), ('exact'), ('hierarchical')) as m (green_mode)

),

sets as (

    select * from (values ('paper7'), ('paper7_wide'), ('wipo_full')) as s (green_set)

),

variants as (

    select
        m.green_mode,
        s.green_set,
        e.green_edition,
        row_number() over (order by e.green_edition asc, m.green_mode asc, s.green_set asc) - 1 as variant_no
    from editions as e
    cross join modes as m
    cross join sets as s

)

select
    v.green_mode,
    v.green_set,
    v.green_edition,
    cast(v.variant_no as integer) as variant_no,
    -- at most 36 variants, so that a set of them is one bigint
    cast(pow(2, v.variant_no) as bigint) as variant_bit
from variants as v
