{{ config(severity='warn') }}

-- T-07, the plausible range: total GDP of a city between 1 billion and 10 trillion yuan, FDI below
-- 100 billion US dollars, turnover and disputes as ratios.
select
    c.adcode,
    c.year,
    c.ln_pgdp,
    c.ln_fdi,
    c.ln_tech,
    c.qrate
from {{ ref('fct_city_covariates') }} as c
where exp(c.ln_pgdp) not between 1e5 and 1e9
    or pow(10, c.ln_fdi) not between 1 and 1e7
    or c.ln_tech not between 0 and 1
    or c.qrate not between 0 and 1
