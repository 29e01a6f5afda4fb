-- What a column may hold: the reading that we declare, the one that the paper's text declares, and others.
with settings as (

    select * from {{ ref('stg_method__settings') }}

)

select
    r.subject,
    r.variable,
    r.priority,
    r.quantity,
    r.transform,
    r.factor,
    r.repair,
    q.unit,
    q.lowest,
    q.highest,
    q.typical_low,
    q.typical_high,
    q.is_zero_possible = 1 as is_zero_possible,
    q.jump_factor,
    coalesce(r.declared_by in ('ours', 'both'), false) and (
        r.setting_name is null
        or r.setting_value = case r.setting_name
            when 'gdp_measure' then s.gdp_measure
            when 'fdi_log' then s.fdi_log
            when 'tech_measure' then s.tech_measure
            when 'qrate_measure' then s.qrate_measure
            when 'hsr_timing' then case s.hsr_timing when 'new_line' then 'new_line' else 'cumulative' end
        end
    ) as is_declared,
    coalesce(r.declared_by in ('paper', 'both'), false) as is_declared_in_paper
from {{ ref('stg_reference__court_readings') }} as r
inner join {{ ref('stg_reference__court_quantities') }} as q
    on r.quantity = q.quantity
cross join settings as s
