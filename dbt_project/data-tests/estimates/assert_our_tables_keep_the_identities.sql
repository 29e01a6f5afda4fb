{{ config(tags=['report']) }}

-- Identities that no setting can break are never found broken in our own tables: partners (T-01, T-02), products (T-09,
-- T-11), effects (T-10), percentages, moments, stars and the weights of Table 5. T-03 and T-04 have tests of their own.
select
    f.check_name,
    f.table_name,
    f.row_name,
    f.year,
    f.printed,
    f.computed
from {{ ref('rpt_audit_findings') }} as f
where f.source = 'ours'
    and f.verdict = 'fail'
    and f.check_name in (
        'T-01', 'T-02', 'T-09', 'T-10', 'T-11', 'percentage', 'wrong_denominator',
        'count_in_range', 'mean_between_ends', 'sd_within_bound', 'dummy_counts_cells', 'dummy_sd', 'share_in_range',
        'stars', 'row_standardised', 'rho_in_range'
    )
