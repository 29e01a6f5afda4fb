-- zts and gjs of every province and year, from documents and from the yearbook, and which of the two counts.
with years as (

    select cast(unnest(range(s.first_year, s.last_year + 1)) as integer) as year
    from {{ ref('stg_method__settings') }} as s

),

provinces as (

    select distinct n.province_code
    from {{ ref('int_universe_nodes') }} as n

),

-- Documents say something of a year when all its months were landed, or when a file brought some of them.
landed_years as (

    select cast(year(m.landing_month) as integer) as year
    from {{ ref('stg_landing__months') }} as m
    where m.table_name = 'policy_documents'
    group by year(m.landing_month)
    having count(distinct m.landing_month) = 12

),

imported_years as (

    select distinct d.year
    from {{ ref('int_policy_documents') }} as d
    where d.source_table = 'imported_policy_documents' and d.problem is null

),

covered_years as (

    select l.year from landed_years as l
    union
    select i.year from imported_years as i

),

-- Documents of the years of the panel, and of those before it: they count in the cumulative window.
counted as (

    select
        c.province_code,
        c.year,
        sum(p.n_documents) as n_documents,
        sum(p.n_issuers) as n_issuers,
        sum(p.n_scored) as n_scored,
        sum(p.points_one_two_three) as points_one_two_three,
        sum(p.points_one_or_three) as points_one_or_three
    from (
        select r.province_code, y.year, s.policy_window
        from provinces as r
        cross join years as y
        cross join {{ ref('stg_method__settings') }} as s
    ) as c
    inner join {{ ref('int_policy_years') }} as p
        on c.province_code = p.province_code
    where case c.policy_window when 'cumulative' then p.year <= c.year else p.year = c.year end
    group by c.province_code, c.year

),

both_sources as (

    select
        r.province_code,
        y.year,
        v.year is not null as has_documents,
        b.year is not null as has_yearbook,
        cast(coalesce(p.n_documents, 0) as integer) as n_documents,
        cast(p.n_issuers as double) / p.n_documents as zts_documents,
        cast(case s.policy_tool_score
            when 'one_or_three' then p.points_one_or_three else p.points_one_two_three
        end as double) / nullif(p.n_scored, 0) as gjs_documents,
        b.policy_actors as zts_yearbook,
        b.policy_tools as gjs_yearbook,
        case
            when s.policy_source <> 'auto' then s.policy_source
            when v.year is not null then 'documents'
            else 'yearbook'
        end as policy_source
    from provinces as r
    cross join years as y
    cross join {{ ref('stg_method__settings') }} as s
    left join counted as p
        on r.province_code = p.province_code and y.year = p.year
    left join covered_years as v
        on y.year = v.year
    left join {{ ref('int_province_yearbooks') }} as b
        on r.province_code = b.province_code and y.year = b.year

)

select
    b.province_code,
    b.year,
    b.n_documents,
    b.zts_documents,
    b.gjs_documents,
    b.zts_yearbook,
    b.gjs_yearbook,
    b.policy_source,
    case b.policy_source when 'documents' then b.zts_documents else b.zts_yearbook end as zts,
    case b.policy_source when 'documents' then b.gjs_documents else b.gjs_yearbook end as gjs,
    -- stated: the source has values; gap: it covers the year and has none (Q-22); unknown: it does not cover it
    case
        when b.policy_source = 'documents' and b.n_documents > 0 then 'stated'
        when b.policy_source = 'documents' and b.has_documents then 'gap'
        when b.policy_source = 'yearbook' and b.zts_yearbook is not null and b.gjs_yearbook is not null then 'stated'
        when b.policy_source = 'yearbook' and b.has_yearbook then 'gap'
        else 'unknown'
    end as policy_state
from both_sources as b
