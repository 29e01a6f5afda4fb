{{ config(tags=['panel']) }}

-- Every node of the universe in every year of the panel, once (the key is a constraint).
with expected as (

    select
        (select count(*) from {{ ref('int_universe_nodes') }})
        * (select count(*) from {{ ref('int_panel_years') }}) as n

),

found as (

    select count(*) as n
    from {{ ref('fct_node_years') }}

)

select
    e.n as n_expected,
    f.n as n_found
from expected as e
cross join found as f
where e.n <> f.n
