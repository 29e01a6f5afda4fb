"""World A as a panel without records, and what the tests of recovery expect of it."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from analysis.api import PanelFit, city_centralities, fit_panel, lag
from analysis.panel import BASELINE_DUMMIES, BASELINE_STEPS
from orchestration.reference_tables import SEEDS
from scrapers.office.geography import nodes
from scrapers.office.numbers import FIRST_YEAR
from scrapers.office.recovery import COEFFICIENTS, World, environment_index
from scrapers.office.recovery_ledger import POLICIES, covariate_rows
from scrapers.office.yearbook import YEARS

RULES: dict[str, dict[str, Any]] = tomllib.loads(
    (Path(__file__).parent / "acceptance" / "recovery.toml").read_text("utf-8")
)
"""Seeds and thresholds, fixed before anything was run."""

PLANTED = {
    "ln_gpatent": COEFFICIENTS["ln_solo_lag"],
    "ln_gtr": COEFFICIENTS["ln_gtr_lag"],
    "dige": COEFFICIENTS["dige_lag"],
    "er": COEFFICIENTS["er_lag"],
    **{name: COEFFICIENTS[name] for name in POLICIES},
}
"""Effects of exogenous regressors by column of the panel; ln_gpatent counts solo patents here."""

NEVER = ("copatent_degree", "copatent_betweenness")
"""Regressors about which nothing is claimed: they are made of the outcome of the year before."""


@cache
def sample() -> frozenset[str]:
    """Codes of the 278 cities of the regressions."""
    table = pl.read_csv(
        SEEDS / "prefectures.csv", infer_schema_length=None, schema_overrides={"adcode": pl.String}
    )
    return frozenset(table.filter(pl.col("in_sample_278").cast(pl.Int64) == 1)["adcode"])


def world_panel(world: World) -> pl.DataFrame:
    """Return the panel of a world: columns of ``marts.fct_city_years``, one row per city and year.

    ``gpatent`` counts patents of one applicant, as the setting ``gpatent_credit = solo`` does.
    """
    codes = [node.code for node in nodes()]
    joint = pl.DataFrame(
        [
            (year, codes[a], codes[b])
            for year, groups in zip(YEARS, world.groups, strict=True)
            for a, b in sorted({(a, b) for g in groups for a in g for b in g if a < b})
        ],
        schema=["year", "city_a", "city_b"],
        orient="row",
    )
    sold = pl.DataFrame(
        [(s.year, codes[s.seller], codes[s.buyer]) for s in world.sales],
        schema=["year", "from_city", "to_city"],
        orient="row",
    ).unique()
    gtr = np.zeros((len(codes), len(YEARS)), dtype=np.int64)
    for sale in world.sales:
        gtr[sale.seller, sale.year - FIRST_YEAR] += sale.is_granted
    partners = joint.group_by("year", "city_a").len().rename({"city_a": "adcode"})
    partners = (
        pl.concat([partners, joint.group_by("year", "city_b").len().rename({"city_b": "adcode"})])
        .group_by("year", "adcode")
        .agg(pl.col("len").sum().cast(pl.Int64).alias("extensive"))
    )
    er = environment_index(world.exogenous.city_rows)
    covariates = covariate_rows(world)
    rows = [
        {
            "adcode": code, "year": year, "rsi": world.counts[n][t], "gpatent": world.solo[n][t],
            "gtr": int(gtr[n, t]), "dige": world.exogenous.dige[n][t], "er": er[n][t],
            **{name: int(world.terms[name][n][t]) for name in POLICIES}, **covariates[n, year],
        }
        for n, code in enumerate(codes) for t, year in enumerate(YEARS)
    ]  # fmt: skip
    panel = (
        pl.DataFrame(rows)
        .join(partners, on=["adcode", "year"], how="left")
        .with_columns(pl.col("extensive").fill_null(0))
        .join(city_centralities(joint, sold, codes, YEARS), on=["adcode", "year"], how="left")
        .with_columns(
            pl.when(pl.col("extensive") > 0)
            .then(pl.col("rsi") / pl.col("extensive"))
            .otherwise(0.0)
            .alias("intensive"),
            pl.col("adcode").is_in(sorted(sample())).alias("in_sample"),
        )
    )
    logs = ("rsi", "extensive", "intensive", "gpatent", "gtr")
    return (
        panel.filter("in_sample")
        .with_columns((1.0 + pl.col(name)).log().alias(f"ln_{name}") for name in logs)
        .sort("adcode", "year")
    )


def table3(
    panel: pl.DataFrame, *, without: Sequence[str] = (), outcome: str = "ln_rsi"
) -> PanelFit:
    """Fit the last column of Table 3, continuous regressors of the year before.

    Terms are columns of the panel, lagged ones with ``L_`` before them.
    """
    names = [name for step in BASELINE_STEPS for name in step if name not in without]
    lagged = [name for name in names if name not in BASELINE_DUMMIES]
    return fit_panel(
        lag(panel, lagged, entity="adcode", time="year").filter(pl.col("year") > FIRST_YEAR),
        outcome,
        [f"L_{name}" if name in lagged else name for name in names],
        entity="adcode",
        time="year",
    )


def by_column(fit: PanelFit, values: Sequence[float]) -> dict[str, float]:
    """Values of a fit by column of the panel."""
    return {term.removeprefix("L_"): value for term, value in zip(fit.terms, values, strict=True)}
