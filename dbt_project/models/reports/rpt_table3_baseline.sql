{{ config(tags=['report']) }}

{{ regression_report('table3', [
    (1, 1, 'ln_rsi', none),
    (2, 2, 'ln_rsi', none),
    (3, 3, 'ln_rsi', none)
]) }}
