{{ config(tags=['report']) }}

with combinations as (

    select * from {{ ref('fct_inventory_overlaps') }}

),

-- one row for each inventory that can judge the applications
judged as (

    {% for inventory in ['wipo_full', 'paper7', 'paper7_wide', 'oecd_env_tech', 'cpc_y02'] %}
    {{ 'union all' if not loop.first }}
    select
        o.overlap_id,
        '{{ inventory }}' as inventory,
        o.in_{{ inventory }} as is_in
    from combinations as o
    where o.in_{{ inventory }} is not null
    {% endfor %}

),

pairs as (

    select
        a.overlap_id,
        a.inventory as inventory_a,
        b.inventory as inventory_b,
        a.is_in as in_a,
        b.is_in as in_b
    from judged as a
    inner join judged as b on a.overlap_id = b.overlap_id
    where a.inventory < b.inventory

),

periods as (

    select
        o.overlap_id,
        o.has_cpc,
        o.patent_kind,
        o.n_applications,
        unnest(['all', cast(o.publication_year as varchar)]) as period
    from combinations as o

),

-- where applications carry CPC, inventories that are made of it have all they need
populations as (

    select
        p.overlap_id,
        p.patent_kind,
        p.period,
        p.n_applications,
        'all' as population
    from periods as p
    union all
    select
        p.overlap_id,
        p.patent_kind,
        p.period,
        p.n_applications,
        'with_cpc' as population
    from periods as p
    where p.has_cpc

),

counted as (

    select
        p.population,
        p.patent_kind,
        p.period,
        q.inventory_a,
        q.inventory_b,
        cast(sum(if(q.in_a and q.in_b, p.n_applications, 0)) as bigint) as n_both,
        cast(sum(if(q.in_a and not q.in_b, p.n_applications, 0)) as bigint) as n_only_a,
        cast(sum(if(not q.in_a and q.in_b, p.n_applications, 0)) as bigint) as n_only_b,
        cast(sum(if(not q.in_a and not q.in_b, p.n_applications, 0)) as bigint) as n_neither
    from populations as p
    inner join pairs as q on p.overlap_id = q.overlap_id
    where p.population = 'with_cpc' or q.inventory_a <> 'cpc_y02' and q.inventory_b <> 'cpc_y02'
    group by all

),

rates as (

    select
        c.*,
        c.n_both + c.n_only_a + c.n_only_b + c.n_neither as n_applications,
        cast(c.n_both + c.n_only_a as double) as n_a,
        cast(c.n_both + c.n_only_b as double) as n_b
    from counted as c

),

agreements as (

    select
        r.*,
        (r.n_both + r.n_neither) / cast(r.n_applications as double) as observed,
        (r.n_a * r.n_b + (r.n_applications - r.n_a) * (r.n_applications - r.n_b))
        / (cast(r.n_applications as double) * r.n_applications) as expected
    from rates as r

)

select
    a.population,
    a.patent_kind,
    a.period,
    a.inventory_a,
    a.inventory_b,
    a.n_applications,
    a.n_both,
    a.n_only_a,
    a.n_only_b,
    a.n_neither,
    a.n_both / nullif(cast(a.n_both + a.n_only_a + a.n_only_b as double), 0) as jaccard,
    a.observed as observed_agreement,
    (a.observed - a.expected) / nullif(1 - a.expected, 0) as kappa,
    {{ networks_is_synthetic() }} as is_synthetic
from agreements as a
