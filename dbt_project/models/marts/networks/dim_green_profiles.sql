select
    p.green_profile,
    m.green_scope,
    m.green_mode,
    m.green_set,
    m.green_edition
from {{ ref('int_green_masks') }} as m
inner join {{ ref('int_green_profiles') }} as p
    on m.any_variants = p.any_variants and m.main_variants = p.main_variants
