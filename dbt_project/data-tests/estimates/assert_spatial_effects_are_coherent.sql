{{ config(tags=['report']) }}

-- T-10: direct and indirect effects sum to the total, and totals times (1 - rho) to both coefficients, which holds only for
-- weights whose rows sum to one; what returns to its origin is one share (epsilon) in all rows of a specification.
with closed as (

    select
        t.specification,
        t.position,
        max(t.rho) as rho,
        max(t.mean_feedback) as epsilon,
        max(case when t.column_kind = 'main' then t.estimate_closed_form end) as delta,
        max(case when t.column_kind = 'wx' then t.estimate_closed_form end) as lambda_of_lag,
        max(case when t.column_kind = 'direct' then t.estimate_closed_form end) as direct,
        max(case when t.column_kind = 'indirect' then t.estimate_closed_form end) as indirect,
        max(case when t.column_kind = 'total' then t.estimate_closed_form end) as total,
        max(case when t.column_kind = 'direct' then t.coef end) as printed_direct,
        max(case when t.column_kind = 'indirect' then t.coef end) as printed_indirect,
        max(case when t.column_kind = 'total' then t.coef end) as printed_total
    from {{ ref('rpt_table5_spatial') }} as t
    where t.status = 'ok'
    group by t.specification, t.position

),

-- Estimates are stored at seven significant digits, so that one row is held against its own size.
sized as (

    select
        c.*,
        abs(c.direct) + abs(c.indirect) + abs(c.total) as size_of_effects,
        abs(c.printed_direct) + abs(c.printed_indirect) + abs(c.printed_total) as size_of_printed,
        abs(c.delta) + abs(c.lambda_of_lag) + abs(c.delta / nullif(c.rho, 0)) as size_of_coefficients
    from closed as c
    where c.lambda_of_lag is not null

)

select
    s.specification,
    s.position,
    s.rho,
    s.epsilon,
    s.delta,
    s.lambda_of_lag,
    s.direct,
    s.indirect,
    s.total,
    case
        when abs(s.direct + s.indirect - s.total) > 1e-6 * s.size_of_effects then 'direct + indirect = total'
        when abs(s.printed_direct + s.printed_indirect - s.printed_total) > 1e-6 * s.size_of_printed
            then 'printed direct + indirect = total'
        when abs(s.total * (1 - s.rho) - s.delta - s.lambda_of_lag) > 1e-5 * s.size_of_coefficients
            then 'total (1 - rho) = delta + lambda'
        else 'direct - delta = epsilon (delta + lambda / rho)'
    end as rule
from sized as s
where abs(s.direct + s.indirect - s.total) > 1e-6 * s.size_of_effects
    or abs(s.printed_direct + s.printed_indirect - s.printed_total) > 1e-6 * s.size_of_printed
    or abs(s.total * (1 - s.rho) - s.delta - s.lambda_of_lag) > 1e-5 * s.size_of_coefficients
    or abs(
        (s.direct - s.delta) * s.rho - s.epsilon * (s.delta * s.rho + s.lambda_of_lag)
    ) > 1e-5 * (abs(s.delta) + abs(s.lambda_of_lag))
