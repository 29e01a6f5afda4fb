-- What the masks say, in words. There are some hundred distinct ones, however many applications.
with masks as (

    select distinct
        a.any_variants,
        a.main_variants
    from {{ ref('int_applications_green_masked') }} as a

)

select
    m.any_variants,
    m.main_variants,
    'any' as green_scope,
    v.green_mode,
    v.green_set,
    v.green_edition
from masks as m
cross join {{ ref('int_green_variants') }} as v
where (m.any_variants & v.variant_bit) <> 0
union all
select
    m.any_variants,
    m.main_variants,
    'main' as green_scope,
    v.green_mode,
    v.green_set,
    v.green_edition
from masks as m
cross join {{ ref('int_green_variants') }} as v
where (m.main_variants & v.variant_bit) <> 0
