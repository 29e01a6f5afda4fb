-- Our counts beside those of the yearbook, with what may stand behind the difference.
with measures as (

    select 'patent_applications' as measure, 'application' as step, 'invention' as patent_kind
    union all
    select 'patent_applications' as measure, 'application' as step, 'utility_model' as patent_kind
    union all
    select 'patent_applications' as measure, 'application' as step, 'design' as patent_kind
    union all
    select 'patent_grants' as measure, 'grant' as step, 'invention' as patent_kind
    union all
    select 'patent_grants' as measure, 'grant' as step, 'utility_model' as patent_kind
    union all
    select 'patent_grants' as measure, 'grant' as step, 'design' as patent_kind
    union all
    select 'invention_grants' as measure, 'grant' as step, 'invention' as patent_kind

),

by_city as (

    select
        m.measure,
        p.year,
        p.node_code,
        sum(p.n) as n
    from {{ ref('int_city_patents_counted') }} as p
    inner join measures as m
        on p.step = m.step and p.patent_kind = m.patent_kind
    where p.node_code is not null
    group by m.measure, p.year, p.node_code

),

by_place as (

    select 'city' as level, c.measure, c.year, c.node_code as place_code, c.n
    from by_city as c
    union all
    select 'province' as level, c.measure, c.year, n.province_code as place_code, sum(c.n) as n
    from by_city as c
    inner join {{ ref('int_universe_nodes') }} as n
        on c.node_code = n.node_code
    group by c.measure, c.year, n.province_code

),

located as (

    select
        m.measure,
        p.year,
        1.0 - cast(sum(case when p.is_unlocated then p.n else 0 end) as double)
        / nullif(sum(case when p.is_unlocated or p.node_code is not null then p.n else 0 end), 0) as located_share
    from {{ ref('int_city_patents_counted') }} as p
    inner join measures as m
        on p.step = m.step and p.patent_kind = m.patent_kind
    group by m.measure, p.year

),

landed as (

    select distinct m.landing_month
    from {{ ref('stg_landing__months') }} as m
    where m.table_name in ('sipo_patents', 'gazette_csv', 'imported_publications') and m.n_rows > 0

),

months as (

    select cast(year(l.landing_month) as integer) as year, count(*) as n_months
    from landed as l
    group by year(l.landing_month)

),

window_end as (

    select max(l.landing_month) as last_month
    from landed as l

),

-- Units that another one took in: on constant boundaries theirs are ours before it happened.
absorbed as (

    select
        p.successor_adcode as place_code,
        max(p.valid_to_year) as until_year
    from {{ ref('stg_reference__prefectures') }} as p
    where not p.is_current and p.successor_adcode is not null and p.valid_to_year is not null
    group by p.successor_adcode

),

compared as (

    select
        s.level,
        s.place_code,
        s.year,
        s.measure,
        cast(coalesce(b.n, 0) as bigint) as n_ours,
        s.n_yearbook,
        coalesce(b.n, 0) - s.n_yearbook as difference,
        case when s.n_yearbook > 0 then coalesce(b.n, 0) / s.n_yearbook end as ratio,
        coalesce(t.n_months, 0) as n_months_landed,
        l.located_share,
        s.measure = 'patent_applications' and w.last_month < make_date(s.year + 2, 6, 1) as is_truncated,
        coalesce(s.year <= a.until_year, false) as had_other_boundaries,
        case s.measure
            when 'patent_grants' then i.n
            when 'invention_grants' then g.n
        end as n_other_kind,
        case s.measure when 'patent_grants' then 'inventions alone' else 'all kinds' end as other_kind,
        sum(coalesce(b.n, 0)) over (partition by s.level, s.year, s.measure)
        / nullif(sum(s.n_yearbook) over (partition by s.level, s.year, s.measure), 0) as total_ratio,
        s.source_file,
        s.source_row,
        s.raw_pointer
    from {{ ref('int_yearbook_counts_supplied') }} as s
    cross join window_end as w
    left join by_place as b
        on s.level = b.level and s.place_code = b.place_code and s.year = b.year and s.measure = b.measure
    left join by_place as i
        on s.level = i.level and s.place_code = i.place_code and s.year = i.year and i.measure = 'invention_grants'
    left join by_place as g
        on s.level = g.level and s.place_code = g.place_code and s.year = g.year and g.measure = 'patent_grants'
    left join months as t
        on s.year = t.year
    left join located as l
        on s.measure = l.measure and s.year = l.year
    left join absorbed as a
        on s.level = 'city' and s.place_code = a.place_code

)

select
    c.level,
    c.place_code,
    c.year,
    c.measure,
    c.n_ours,
    c.n_yearbook,
    c.difference,
    c.ratio,
    c.total_ratio,
    cast(c.n_months_landed as integer) as n_months_landed,
    c.located_share,
    c.had_other_boundaries,
    case
        when abs(c.difference) <= greatest(0.02 * c.n_yearbook, 1) then 'agrees'
        when c.difference < 0 and c.measure <> 'patent_applications' and c.n_months_landed < 12 then 'missing_month'
        when c.difference < 0 and c.is_truncated then 'truncation'
        when c.difference > 0 and c.had_other_boundaries then 'boundary'
        when abs(c.n_other_kind - c.n_yearbook) <= greatest(0.02 * c.n_yearbook, 1) then 'kind'
        when c.difference < 0 and c.located_share < 0.98
            and abs(c.n_ours / c.located_share - c.n_yearbook) <= greatest(0.05 * c.n_yearbook, 1) then 'location_share'
        when c.difference < 0 and c.total_ratio < 0.5 then 'sample'
        when c.difference < 0 and c.n_months_landed < 12 then 'missing_month'
        else 'unexplained'
    end as cause,
    case
        when abs(c.difference) <= greatest(0.02 * c.n_yearbook, 1) then 'within 2 percent'
        when c.difference < 0 and c.measure <> 'patent_applications' and c.n_months_landed < 12
            then cast(c.n_months_landed as varchar) || ' of 12 gazette months of the year are landed'
        when c.difference < 0 and c.is_truncated
            then 'applications are published up to 18 months later; the landed months end before that'
        when c.difference > 0 and c.had_other_boundaries
            then 'a unit that was taken in later is counted here on constant boundaries'
        when abs(c.n_other_kind - c.n_yearbook) <= greatest(0.02 * c.n_yearbook, 1)
            then 'the yearbook equals our count of ' || c.other_kind
        when c.difference < 0 and c.located_share < 0.98
            and abs(c.n_ours / c.located_share - c.n_yearbook) <= greatest(0.05 * c.n_yearbook, 1)
            then printf('%.1f', 100 * c.located_share) || ' percent of first applicants have a city'
        when c.difference < 0 and c.total_ratio < 0.5
            then 'all landed records of the year are ' || printf('%.1f', 100 * c.total_ratio)
                || ' percent of the yearbook: a sample'
        when c.difference < 0 and c.n_months_landed < 12
            then cast(c.n_months_landed as varchar) || ' of 12 gazette months of the year are landed'
        else 'none of the known causes fits'
    end as explanation,
    c.source_file,
    c.source_row,
    c.raw_pointer
from compared as c
order by c.level, c.measure, c.year, c.place_code
