-- The main symbol is one of any; exact is within prefix, prefix within hierarchical; the paper's classes are within
-- the wide reading; a longer list of editions takes no less in.
with shares as (

    select
        s.patent_kind || '|' || s.publication_step || '|' || cast(s.publication_year as varchar) as cell,
        s.green_mode,
        s.green_scope,
        s.green_set,
        s.green_edition,
        s.n_green,
        s.n_publications
    from {{ ref('fct_green_shares') }} as s

)

select
    a.cell,
    a.green_mode,
    a.green_scope,
    a.green_set,
    a.green_edition,
    b.green_mode as wider_mode,
    b.green_scope as wider_scope,
    b.green_set as wider_set,
    b.green_edition as wider_edition,
    a.n_green,
    b.n_green as wider_n_green
from shares as a
inner join shares as b on a.cell = b.cell
where
    (a.n_green > b.n_green or a.n_green > a.n_publications)
    and (a.green_scope = b.green_scope or a.green_scope = 'main' and b.green_scope = 'any')
    and (
        a.green_mode = b.green_mode
        or a.green_mode = 'exact' and b.green_mode in ('prefix', 'hierarchical')
        or a.green_mode = 'prefix' and b.green_mode = 'hierarchical'
    )
    and (a.green_set = b.green_set or a.green_set = 'paper7' and b.green_set in ('paper7_wide', 'wipo_full'))
    and (a.green_edition = b.green_edition or starts_with(b.green_edition, a.green_edition || '+'))
