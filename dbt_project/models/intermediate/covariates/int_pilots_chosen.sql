-- The coding of each policy that the settings ask for.
select 'hsr' as policy, s.hsr_lines || '.' || s.hsr_timing as variant
from {{ ref('stg_method__settings') }} as s
union all
select 'low_carbon' as policy, s.low_carbon_units || '.' || s.low_carbon_batches || '.' || s.low_carbon_timing as variant
from {{ ref('stg_method__settings') }} as s
union all
select 'carbon_trade' as policy, s.ets_markets || '.' || s.ets_date_basis || '.' || s.ets_timing as variant
from {{ ref('stg_method__settings') }} as s
union all
select 'innovative' as policy, s.innovative_units || '.' || s.innovative_timing as variant
from {{ ref('stg_method__settings') }} as s
