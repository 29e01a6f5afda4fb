{{ config(tags=['report']) }}

-- DC of the year before is the outcome of columns (1) to (3) of the year before over N-1: D-30.
{{ regression_report('table4', [
    (1, 1, 'ln_extensive', 'D-30'),
    (2, 2, 'ln_extensive', 'D-30'),
    (3, 3, 'ln_extensive', 'D-30'),
    (4, 1, 'ln_intensive', none),
    (5, 2, 'ln_intensive', none),
    (6, 3, 'ln_intensive', none)
]) }}
