-- A name for every set of ways in which applications are green, the same in every build: numbers of variants are not.
with named as (

    select
        m.any_variants,
        m.main_variants,
        left(
            md5(string_agg(
                m.green_scope || '|' || m.green_mode || '|' || m.green_set || '|' || m.green_edition, ';'
                order by m.green_scope, m.green_mode, m.green_set, m.green_edition
            )),
            12
        ) as green_profile
    from {{ ref('int_green_masks') }} as m
    group by m.any_variants, m.main_variants

)

select
    n.any_variants,
    n.main_variants,
    n.green_profile
from named as n
