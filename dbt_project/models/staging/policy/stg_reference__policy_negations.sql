with negations as (

    select * from {{ ref('policy_negations') }}

)

select
    n.position,
    n.negator,
    nullif(n.unless_pattern, '') as unless_pattern
from negations as n
