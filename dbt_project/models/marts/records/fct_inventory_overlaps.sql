-- Applications by the inventories that hold them. Only those in some inventory are joined; the rest is what remains of
-- the totals.
with settings as (

    select
        m.green_mode,
        m.inventory_edition
    from {{ ref('stg_method__settings') }} as m

),

sets as (

    select
        v.green_set,
        v.variant_bit
    from {{ ref('int_green_variants') }} as v
    inner join settings as s on v.green_mode = s.green_mode and v.green_edition = s.inventory_edition

),

wipo as (

    select
        a.application_key,
        bool_or(s.green_set = 'wipo_full') as in_wipo_full,
        bool_or(s.green_set = 'paper7') as in_paper7,
        bool_or(s.green_set = 'paper7_wide') as in_paper7_wide
    from {{ ref('int_applications_green_masked') }} as a
    cross join sets as s
    where (a.any_variants & s.variant_bit) <> 0
    group by a.application_key

),

others as (

    select
        i.application_key,
        bool_or(i.inventory = 'oecd_env_tech') as in_oecd_env_tech,
        bool_or(i.inventory = 'cpc_y02') as in_cpc_y02
    from {{ ref('int_applications_inventoried') }} as i
    group by i.application_key

),

cpc as (

    select distinct c.application_key
    from {{ ref('int_applications_cpc') }} as c

),

keys as (

    select w.application_key from wipo as w
    union
    select o.application_key from others as o
    union
    select c.application_key from cpc as c

),

members as (

    select
        f.patent_kind,
        cast(year(f.first_publication_date) as integer) as publication_year,
        c.application_key is not null as has_cpc,
        coalesce(w.in_wipo_full, false) as in_wipo_full,
        coalesce(w.in_paper7, false) as in_paper7,
        coalesce(w.in_paper7_wide, false) as in_paper7_wide,
        coalesce(o.in_oecd_env_tech, false) as in_oecd_env_tech,
        -- without any symbol of the CPC nobody can say
        if(c.application_key is null, null, coalesce(o.in_cpc_y02, false)) as in_cpc_y02
    from keys as k
    inner join {{ ref('int_applications_folded') }} as f on k.application_key = f.application_key
    left join wipo as w on k.application_key = w.application_key
    left join others as o on k.application_key = o.application_key
    left join cpc as c on k.application_key = c.application_key

),

counted as (

    select
        m.patent_kind,
        m.publication_year,
        m.has_cpc,
        m.in_wipo_full,
        m.in_paper7,
        m.in_paper7_wide,
        m.in_oecd_env_tech,
        m.in_cpc_y02,
        count(*) as n_applications
    from members as m
    where m.patent_kind <> 'design' and (m.has_cpc or m.in_wipo_full or m.in_oecd_env_tech)
    group by all

),

totals as (

    select
        f.patent_kind,
        cast(year(f.first_publication_date) as integer) as publication_year,
        count(*) as n_applications
    from {{ ref('int_applications_folded') }} as f
    where f.patent_kind <> 'design'
    group by all

),

held as (

    select
        c.patent_kind,
        c.publication_year,
        cast(sum(c.n_applications) as bigint) as n_applications
    from counted as c
    group by c.patent_kind, c.publication_year

),

everything as (

    select
        c.patent_kind,
        c.publication_year,
        c.has_cpc,
        c.in_wipo_full,
        c.in_paper7,
        c.in_paper7_wide,
        c.in_oecd_env_tech,
        c.in_cpc_y02,
        c.n_applications
    from counted as c
    union all
    select
        t.patent_kind,
        t.publication_year,
        false as has_cpc,
        false as in_wipo_full,
        false as in_paper7,
        false as in_paper7_wide,
        false as in_oecd_env_tech,
        cast(null as boolean) as in_cpc_y02,
        t.n_applications - coalesce(h.n_applications, 0) as n_applications
    from totals as t
    left join held as h on t.patent_kind = h.patent_kind and t.publication_year = h.publication_year

)

select
    e.patent_kind || ' ' || cast(e.publication_year as varchar)
    || if(e.has_cpc, ' cpc', '')
    || if(e.in_wipo_full, ' wipo_full', '')
    || if(e.in_paper7, ' paper7', '')
    || if(e.in_paper7_wide, ' paper7_wide', '')
    || if(e.in_oecd_env_tech, ' oecd_env_tech', '')
    || if(coalesce(e.in_cpc_y02, false), ' cpc_y02', '') as overlap_id,
    e.patent_kind,
    e.publication_year,
    e.has_cpc,
    e.in_wipo_full,
    e.in_paper7,
    e.in_paper7_wide,
    e.in_oecd_env_tech,
    e.in_cpc_y02,
    e.n_applications
from everything as e
where e.n_applications > 0
