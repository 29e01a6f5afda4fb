-- How long a grant takes, and since when filings still wait for theirs (Q-01): of the grants of the last year of the
-- gazette, which no later month can change, 95 in 100 were filed within so many years.
with grants as (

    select
        a.grant_year,
        a.filing_year,
        max(a.grant_year) over () as last_gazette_year
    from {{ ref('int_network_applications') }} as a
    where a.is_green and a.grant_year is not null and a.filing_year is not null

)

select
    g.last_gazette_year,
    cast(quantile_disc(g.grant_year - g.filing_year, 0.95) as integer) as lag_years,
    cast(g.last_gazette_year - quantile_disc(g.grant_year - g.filing_year, 0.95) as integer) as last_whole_year
from grants as g
where g.grant_year = g.last_gazette_year
group by g.last_gazette_year
