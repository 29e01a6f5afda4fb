"""Tier 3b of recovery: bias and coverage of planted coefficients over many seeds of World A.

``python -m tests.benchmarks.recovery [--seeds 200]`` draws the world of every seed as a panel,
without records and without warehouse (tests/acceptance/test_recovery.py shows on one seed that the
warehouse makes the same panel), fits the last column of Table 3 with and without the two
centralities of the joint network and compares every estimate with what was planted. Promised are
the planted coefficients of exogenous regressors, without those centralities; the whole column is
reported: its bias of degree, which is made of the outcome, leaks into other regressors.
"""

from __future__ import annotations

import argparse
import sys
import time

import polars as pl

from scrapers.office.recovery import draw_world
from tests.recovery import NEVER, PLANTED, RULES, by_column, table3, world_panel

SPECIFICATIONS = {"exogenous regressors": NEVER, "all of Table 3": ()}


def run(first_seed: int, seeds: int, *, progress=lambda text: None, **world: float) -> pl.DataFrame:
    """Bias and coverage by specification and regressor over consecutive seeds."""
    from scipy.stats import t  # type: ignore[import-untyped]

    rows = []
    for number in range(seeds):
        panel = world_panel(draw_world(first_seed + number, **world))
        for specification, without in SPECIFICATIONS.items():
            fit = table3(panel, without=without)
            critical = float(t.ppf(0.975, fit.df_t))
            errors = by_column(fit, fit.std_error)
            for term, coef in by_column(fit, fit.coef).items():
                planted = PLANTED.get(term, 0.0)
                distance = (coef - planted) / errors[term]
                rows.append((specification, term, planted, coef, errors[term], distance, critical))
        if (number + 1) % 20 == 0:
            progress(f"{number + 1} of {seeds} seeds")
    schema = ["specification", "term", "planted", "coef", "std_error", "distance", "critical"]
    return (
        pl.DataFrame(rows, schema=schema, orient="row")
        .group_by("specification", "term", maintain_order=True)
        .agg(
            pl.col("planted").first(),
            pl.col("coef").mean().alias("mean"),
            pl.col("coef").std().alias("sd"),
            pl.col("std_error").mean().alias("mean_se"),
            ((pl.col("coef") - pl.col("planted")).mean() / pl.col("std_error").mean()).alias(
                "bias_in_se"
            ),
            (pl.col("distance").abs() <= pl.col("critical")).mean().alias("coverage"),
            pl.col("distance").abs().max().alias("worst"),
        )
        .with_columns(
            pl.when(pl.col("term").is_in(NEVER))
            .then(pl.lit("never claimed"))
            .when(
                pl.col("term").is_in(list(PLANTED))
                & (pl.col("specification") == RULES["many_seeds"]["specification"])
            )
            .then(pl.lit("asserted"))
            .otherwise(pl.lit("reported"))
            .alias("claim")
        )
    )


def judge(table: pl.DataFrame) -> dict[str, bool]:
    """Every promise and whether it holds."""
    rules = RULES["many_seeds"]
    claimed = table.filter(claim="asserted")
    assert set(claimed["term"]) == set(PLANTED)
    return {
        f"mean bias at most {rules['most_bias']} SE": bool(
            claimed["bias_in_se"].abs().max() <= rules["most_bias"]
        ),
        f"coverage {rules['coverage'][0]} to {rules['coverage'][1]}": bool(
            claimed["coverage"].is_between(*rules["coverage"]).all()
        ),
    }


def main() -> int:
    """Print the tables; fail when a promise is broken."""
    rules = RULES["many_seeds"]
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=rules["seeds"])
    parser.add_argument("--first-seed", type=int, default=rules["first_seed"])
    parser.add_argument(
        "--autocorrelation",
        type=float,
        default=0.0,
        help="of the shocks; with one, all is reported",
    )
    options = parser.parse_args()
    started = time.process_time()
    table = run(
        options.first_seed, options.seeds, autocorrelation=options.autocorrelation,
        progress=lambda text: print(text, flush=True),
    )  # fmt: skip
    with pl.Config(
        tbl_rows=-1, tbl_cols=-1, float_precision=4, tbl_hide_column_data_types=True,
        tbl_width_chars=140,
    ):  # fmt: skip
        print(table)
    print(f"{options.seeds} seeds, {time.process_time() - started:.0f} CPU s")
    if options.autocorrelation:
        return 0
    checks = judge(table)
    for name, holds in checks.items():
        print(f"{'holds' if holds else 'FAILS'}: {name}")
    return 0 if all(checks.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
