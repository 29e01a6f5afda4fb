-- Masks are counted before they are put in words, so that dozens of variants cost one pass over the publications.
with publications as (

    select
        v.patent_kind_no,
        v.is_grant,
        year(v.publication_date) as publication_year,
        v.application_key
    from {{ ref('int_publications_kept') }} as v
    where v.patent_kind_no <> 1 and not v.is_reissue

),

counted as (

    select
        p.patent_kind_no,
        p.is_grant,
        p.publication_year,
        a.any_variants,
        a.main_variants,
        count(*) as n_publications
    from publications as p
    left join {{ ref('int_applications_green_masked') }} as a on p.application_key = a.application_key
    group by p.patent_kind_no, p.is_grant, p.publication_year, a.any_variants, a.main_variants

),

masks as (

    select
        if(c.patent_kind_no = 2, 'invention', 'utility_model') as patent_kind,
        if(c.is_grant, 'grant', 'application') as publication_step,
        cast(c.publication_year as integer) as publication_year,
        c.any_variants,
        c.main_variants,
        c.n_publications
    from counted as c

),

totals as (

    select
        m.patent_kind,
        m.publication_step,
        m.publication_year,
        cast(sum(m.n_publications) as bigint) as n_publications
    from masks as m
    group by m.patent_kind, m.publication_step, m.publication_year

),

variants as (

    select
        v.green_mode,
        s.green_scope,
        v.green_set,
        v.green_edition
    from {{ ref('int_green_variants') }} as v
    cross join (select * from (values ('any'), ('main')) as s (green_scope)) as s

),

green as (

    select
        m.patent_kind,
        m.publication_step,
        m.publication_year,
        w.green_mode,
        w.green_scope,
        w.green_set,
        w.green_edition,
        cast(sum(m.n_publications) as bigint) as n_green
    from masks as m
    inner join {{ ref('int_green_masks') }} as w
        on m.any_variants = w.any_variants and m.main_variants = w.main_variants
    group by all

)

select
    t.patent_kind,
    t.publication_step,
    t.publication_year,
    v.green_mode,
    v.green_scope,
    v.green_set,
    v.green_edition,
    t.n_publications,
    coalesce(g.n_green, 0) as n_green,
    cast(coalesce(g.n_green, 0) as double) / t.n_publications as green_share
from totals as t
cross join variants as v
left join green as g
    on
        t.patent_kind = g.patent_kind
        and t.publication_step = g.publication_step
        and t.publication_year = g.publication_year
        and v.green_mode = g.green_mode
        and v.green_scope = g.green_scope
        and v.green_set = g.green_set
        and v.green_edition = g.green_edition
