{{ config(tags=['report']) }}

-- What the text of the paper states and no table prints, computed from ours in the same words.
with panel as (

    select
        p.adcode,
        c.short_name,
        p.year,
        p.rsi,
        p.extensive,
        p.intensive,
        p.n_joint_applications
    from {{ ref('fct_city_years') }} as p
    left join {{ ref('dim_cities') }} as c
        on p.adcode = c.adcode

),

bounds as (

    select
        min(p.year) as first_year,
        max(p.year) as last_year,
        count(distinct p.year) as n_years,
        count(distinct p.adcode) as n_cities
    from panel as p

),

hub as (

    {{ hub_city() }}

),

cities as (

    select
        p.adcode,
        p.short_name,
        cast(sum(p.rsi) as double) / max(b.n_years) as mean_rsi,
        max(p.extensive) as most_partners,
        max(p.rsi) filter (where p.year = b.first_year) as first_rsi,
        max(p.rsi) filter (where p.year = b.last_year) as last_rsi,
        max(p.extensive) filter (where p.year = b.first_year) as first_partners,
        max(p.extensive) filter (where p.year = b.last_year) as last_partners,
        max(p.n_joint_applications) filter (where p.year = b.first_year) as first_applications,
        max(p.n_joint_applications) filter (where p.year = b.last_year) as last_applications
    from panel as p
    cross join bounds as b
    group by p.adcode, p.short_name

),

sample_total as (

    select
        sum(cast(c.mean_rsi as decimal(38, 12))) as mean_rsi,
        count(*) filter (where c.mean_rsi < 10) as n_single_digit,
        count(*) as n_cities
    from cities as c

),

nationally as (

    select
        count(distinct e.application_id) filter (where e.year = b.first_year) as first_n,
        count(distinct e.application_id) filter (where e.year = b.last_year) as last_n
    from {{ ref('fct_joint_edge_patents') }} as e
    cross join bounds as b
    where e.basis = 'application'

),

with_partners as (

    select
        count(*) filter (where p.year = b.first_year and p.extensive > 0) as first_n,
        count(*) filter (where p.year = b.last_year and p.extensive > 0) as last_n,
        avg(cast(p.intensive as decimal(38, 12))) filter (where p.year = b.first_year and p.extensive > 0)
            as first_mean,
        avg(cast(p.intensive as decimal(38, 12))) filter (where p.year = b.last_year and p.extensive > 0)
            as last_mean
    from panel as p
    cross join bounds as b

),

-- Cities that the text names, with ours beside each.
named as (

    select
        f.fact,
        n.city_name,
        row_number() over (partition by f.fact order by instr(f.paper_text, n.city_name)) as place,
        case f.fact
            when 'named_single_digit' then printf('%.1f', c.mean_rsi)
            else cast(c.most_partners as varchar)
        end as ours
    from {{ ref('stg_reference__paper_text_facts') }} as f
    cross join unnest(string_split(f.paper_text, '、')) as n (city_name)
    left join cities as c
        on n.city_name = c.short_name
    where f.fact in ('named_single_digit', 'named_few_partners')

),

named_texts as (

    select
        n.fact,
        string_agg(n.city_name || ' ' || coalesce(n.ours, '—'), '、' order by n.place) as ours_text
    from named as n
    group by n.fact

),

-- Lists of cities under a rule, the largest first.
listed as (

    select 'cities_mean_100' as fact, c.short_name, c.mean_rsi as size, c.adcode
    from cities as c
    where c.mean_rsi >= 100
    union all
    select 'gains_of_50' as fact, c.short_name, c.last_partners - c.first_partners as size, c.adcode
    from cities as c
    where c.last_partners - c.first_partners >= 50
    union all
    select 'growth_above_20' as fact, c.short_name, c.last_applications as size, c.adcode
    from cities as c
    cross join bounds as b
    where c.first_applications > 0
        and b.last_year > b.first_year
        and pow(
            cast(c.last_applications as double) / c.first_applications,
            1.0 / (b.last_year - b.first_year)
        ) > 1.2
    union all
    select 'none_to_some' as fact, c.short_name, c.last_rsi as size, c.adcode
    from cities as c
    where c.first_rsi = 0 and c.last_rsi > 0

),

ranked as (

    select
        l.fact,
        l.short_name,
        row_number() over (partition by l.fact order by l.size desc, l.adcode) as place,
        count(*) over (partition by l.fact) as n
    from listed as l

),

list_texts as (

    select
        r.fact,
        string_agg(r.short_name, '、' order by r.place)
        || case when max(r.n) > 12 then ' 等 ' || cast(max(r.n) as varchar) || ' 个' else '' end as ours_text
    from ranked as r
    where r.place <= 12
    group by r.fact

),

lost as (

    select
        p.year,
        coalesce(c.short_name, p.partner) as short_name,
        row_number() over (partition by p.year order by p.n_patents_before desc, p.partner) as place,
        count(*) over (partition by p.year) as n
    from {{ ref('fct_partners') }} as p
    inner join hub as h
        on p.node = h.adcode
    left join {{ ref('dim_cities') }} as c
        on p.partner = c.adcode
    where p.level = 'city' and p.basis = 'application' and p.status = 'lost'

),

lost_texts as (

    select
        l.year,
        string_agg(l.short_name, '、' order by l.place)
        || case when max(l.n) > 12 then ' 等 ' || cast(max(l.n) as varchar) || ' 个' else '' end as ours_text
    from lost as l
    where l.place <= 12
    group by l.year

),

quadrant_places as (

    select
        m.quadrant,
        c.short_name,
        row_number() over (partition by m.quadrant order by abs(m.local_i) desc, m.adcode) as place
    from {{ source('analysis', 'moran_cities') }} as m
    inner join bounds as b
        on m.year = b.last_year
    left join {{ ref('dim_cities') }} as c
        on m.adcode = c.adcode
    where m.is_chosen

),

quadrant_texts as (

    select
        q.quadrant,
        string_agg(q.short_name, '、' order by q.place) as cities_text
    from quadrant_places as q
    where q.place <= 5
    group by q.quadrant

),

quadrants as (

    select
        max(case when q.quadrant = 'HH' then q.cities_text end) as hh,
        max(case when q.quadrant = 'LH' then q.cities_text end) as lh,
        max(case when q.quadrant = 'LL' then q.cities_text end) as ll,
        max(case when q.quadrant = 'HL' then q.cities_text end) as hl,
        count(*) as n
    from quadrant_texts as q

),

moran as (

    select
        max(case when m.year = b.first_year + 1 then m.statistic end) as second_i,
        max(case when m.year = b.last_year then m.statistic end) as last_i,
        max(case when m.year = b.last_year then m.p_two_sided end) as last_p,
        max(m.expectation) as expectation
    from {{ source('analysis', 'moran_years') }} as m
    cross join bounds as b
    where m.is_chosen and m.status = 'ok'

),

ours as (

    select
        'national_joint_applications' as fact,
        cast(n.first_n as varchar) || ' → ' || cast(n.last_n as varchar) || '（年均 '
        || printf(
            '%.1f', 100 * (pow(cast(n.last_n as double) / n.first_n, 1.0 / (b.last_year - b.first_year)) - 1)
        ) || ' %）' as ours_text
    from nationally as n
    cross join bounds as b
    where n.first_n > 0 and b.last_year > b.first_year
    union all
    select
        'hub_mean_grants' as fact,
        c.short_name || ' ' || printf('%.1f', c.mean_rsi) || '（'
        || printf('%.1f', 100 * c.mean_rsi / cast(t.mean_rsi as double)) || ' %，合计 '
        || printf('%.1f', cast(t.mean_rsi as double)) || '）' as ours_text
    from cities as c
    inner join hub as h
        on c.adcode = h.adcode
    cross join sample_total as t
    where t.mean_rsi > 0
    union all
    select
        'cities_single_digit' as fact,
        cast(t.n_single_digit as varchar) || '（共 ' || cast(t.n_cities as varchar) || '）' as ours_text
    from sample_total as t
    where t.n_cities > 0
    union all
    select
        'cities_with_partners' as fact,
        cast(w.first_n as varchar) || '（强度 ' || printf('%.1f', w.first_mean) || '） → '
        || cast(w.last_n as varchar) || '（强度 ' || printf('%.1f', w.last_mean) || '）' as ours_text
    from with_partners as w
    where w.first_n > 0 and w.last_n > 0
    union all
    select n.fact, n.ours_text
    from named_texts as n
    cross join bounds as b
    where b.n_cities > 0
    union all
    select l.fact, l.ours_text
    from list_texts as l
    union all
    select 'lost_second_year' as fact, l.ours_text
    from lost_texts as l
    inner join bounds as b
        on l.year = b.first_year + 1
    union all
    select 'lost_year_before_last' as fact, l.ours_text
    from lost_texts as l
    inner join bounds as b
        on l.year = b.last_year - 1
    union all
    select
        'moran_quadrants' as fact,
        coalesce(q.hh, '无') || '／' || coalesce(q.lh, '无') || '／' || coalesce(q.ll, '无') || '／'
        || coalesce(q.hl, '无') as ours_text
    from quadrants as q
    where q.n > 0
    union all
    select
        'moran_i' as fact,
        printf('%.4f', m.second_i) || ' → ' || printf('%.4f', m.last_i) || '（p = ' || printf('%.4f', m.last_p)
        || '，期望 ' || printf('%.4f', m.expectation) || '）' as ours_text
    from moran as m
    where m.second_i is not null and m.last_i is not null

)

select
    f.position,
    f.fact,
    f.fact_zh,
    f.fact_en,
    -- A list without a member is an answer; a number that cannot be formed is none.
    case
        when o.ours_text is not null then o.ours_text
        when f.fact in ('cities_mean_100', 'gains_of_50', 'growth_above_20', 'none_to_some') and b.n_years > 1
            then '无'
        when f.fact in ('lost_second_year', 'lost_year_before_last') and b.n_years > 2 and h.adcode is not null
            then '无'
    end as ours_text,
    f.paper_text,
    case
        when o.ours_text is not null
            or (f.fact in ('cities_mean_100', 'gains_of_50', 'growth_above_20', 'none_to_some') and b.n_years > 1)
            or (
                f.fact in ('lost_second_year', 'lost_year_before_last') and b.n_years > 2
                and h.adcode is not null
            )
            then 'ok'
        else 'unavailable'
    end as status,
    case
        when o.ours_text is not null then null
        when b.n_years = 0 then 'no gazette month of the panel years was landed'
        when b.n_years < 2 then 'two years are needed'
        when f.fact in ('moran_i', 'moran_quadrants') then 'no Moran index of the year'
        when f.fact in ('cities_mean_100', 'gains_of_50', 'growth_above_20', 'none_to_some') then null
        when h.adcode is null then 'no city has a partner'
        when f.fact in ('lost_second_year', 'lost_year_before_last') and b.n_years > 2 then null
        else 'no joint green invention in the first or the last year'
    end as reason,
    {{ networks_is_synthetic() }} as is_synthetic
from {{ ref('stg_reference__paper_text_facts') }} as f
cross join bounds as b
left join hub as h
    on true
left join ours as o
    on f.fact = o.fact
