-- Joint patents inside one city or province, and moves inside one node: no edges (Q-08), kept apart.
with settings as (

    select s.*
    from {{ ref('stg_method__settings') }} as s

),

located as (

    select
        a.application_id,
        i.filing_year,
        i.publication_year,
        i.grant_year,
        a.node_code,
        a.province_code,
        a.confidence
    from {{ ref('int_network_applicants') }} as a
    inner join {{ ref('int_network_applications') }} as i
        on a.application_id = i.application_id
    cross join settings as s
    where i.is_green
        and a.node_code is not null
        and a.confidence >= s.min_city_confidence
        and a.universe_from <= cast(s.node_universe as integer)
        and (s.individuals_in_network or not a.is_person)

),

inside as (

    select
        'city' as level,
        l.application_id,
        l.filing_year,
        l.publication_year,
        l.grant_year,
        l.node_code as node,
        max(l.confidence) as confidence
    from located as l
    group by l.application_id, l.filing_year, l.publication_year, l.grant_year, l.node_code
    having count(*) > 1
    union all
    select
        'province' as level,
        l.application_id,
        l.filing_year,
        l.publication_year,
        l.grant_year,
        l.province_code as node,
        max(l.confidence) as confidence
    from located as l
    group by l.application_id, l.filing_year, l.publication_year, l.grant_year, l.province_code
    having count(*) > 1

),

loops as (

    select
        'joint' as network, i.level, 'application' as basis, 'joint' as type, i.node, i.application_id,
        case s.application_year_basis when 'filing' then i.filing_year else i.publication_year end as year,
        i.confidence
    from inside as i
    cross join settings as s
    union all
    select
        'joint' as network, i.level, 'grant' as basis, 'joint' as type, i.node, i.application_id,
        case
            when i.grant_year is null then null
            when s.grant_year_basis = 'announcement' then i.grant_year
            else i.filing_year
        end as year,
        i.confidence
    from inside as i
    cross join settings as s
    union all
    select
        'transfer' as network, p.level, if(p.is_granted_at_event, 'grant', 'application') as basis,
        p.transfer_type as type, p.from_node as node, p.application_id, p.year, p.confidence
    from {{ ref('int_transfer_pairs') }} as p
    inner join {{ ref('int_network_applications') }} as a
        on p.application_id = a.application_id
    cross join settings as s
    where p.is_loop
        and a.is_green
        and p.confidence >= s.min_city_confidence
        and p.universe_from <= cast(s.node_universe as integer)

)

select
    l.network,
    l.level,
    l.basis,
    l.type,
    cast(l.year as integer) as year,
    l.node,
    l.application_id,
    cast(max(l.confidence) as decimal(4, 2)) as confidence
from loops as l
where l.year is not null
group by l.network, l.level, l.basis, l.type, l.year, l.node, l.application_id
