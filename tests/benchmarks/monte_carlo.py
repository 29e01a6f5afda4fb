"""Coverage of the intervals of spatial panels on simulated worlds with a known truth.

``python -m tests.benchmarks.monte_carlo [--panels 1000]`` draws World B1 (no year effects, unit
model) and B2 (year effects, two-way model with and without Lee-Yu) at 278 cities and 14 years with
row-standardised inverse distances of the real city points, and prints how often the 95 percent
intervals of coefficients, direct and indirect effects hold the truth.
"""

from __future__ import annotations

import argparse
import sys
import time

import numpy as np
import polars as pl

from analysis.api import SpatialPanel, fit_prepared, weights
from orchestration.reference_tables import SEEDS

YEARS = 14
RHO = 0.4
BETA = np.array([0.5, -0.3, 0.8])
THETA = np.array([0.4, 0.6, -0.5])
NAMES = ["x0", "x1", "x2"]
CRITICAL = 1.959963984540054


def cities() -> np.ndarray:
    """Latitude and longitude of the 278 cities of the sample, shape (278, 2)."""
    table = pl.read_csv(SEEDS / "prefectures.csv", infer_schema_length=None)
    return table.filter(in_sample_278=1).select("latitude", "longitude").to_numpy()


def truth(w: np.ndarray) -> dict[str, float]:
    """Every parameter and effect of the worlds by name."""
    inverse = np.linalg.inv(np.eye(len(w)) - RHO * w)
    values = {"rho": RHO}
    for name, beta, theta in zip(NAMES, BETA, THETA, strict=True):
        matrix = inverse @ (beta * np.eye(len(w)) + theta * w)
        direct, total = np.trace(matrix) / len(w), matrix.sum() / len(w)
        values |= {
            name: float(beta),
            f"W_{name}": float(theta),
            f"direct {name}": float(direct),
            f"indirect {name}": float(total - direct),
            f"total {name}": float(total),
        }
    return values


def draw(
    w: np.ndarray, inverse: np.ndarray, random: np.random.Generator, year_sd: float
) -> pl.DataFrame:
    """One panel: units and years with regressors that vary by both."""
    n = len(w)
    x = random.normal(size=(YEARS, n, len(NAMES)))
    mean = x @ BETA + np.einsum("ij,tjk->tik", w, x) @ THETA
    mean += random.normal(size=n) + random.normal(size=(YEARS, 1)) * year_sd
    y = (mean + random.normal(size=(YEARS, n))) @ inverse.T
    return pl.DataFrame(
        {
            "city": np.tile(np.arange(n), YEARS),
            "year": np.repeat(np.arange(YEARS), n),
            "y": y.ravel(),
            **{name: x[:, :, k].ravel() for k, name in enumerate(NAMES)},
        }
    )


def covered(fit, true: dict[str, float]) -> dict[str, bool]:
    """Whether each interval holds its truth; effects by the delta method."""
    held = {
        term: abs(coef - true[term]) <= CRITICAL * error
        for term, coef, error in zip(fit.terms, fit.coef, fit.std_error, strict=True)
    }
    for part, effects in (("direct", fit.direct), ("indirect", fit.indirect), ("total", fit.total)):
        for name, effect in effects.items():
            held[f"{part} {name}"] = (
                abs(effect.estimate - true[f"{part} {name}"]) <= CRITICAL * effect.se_delta
            )
    return held


MODELS = {
    "B1, unit effects": (0.0, "individual", False),
    "B2, two-way, Lee-Yu": (0.5, "twoways", True),
    "B2, two-way, plain": (0.5, "twoways", False),
}


def run(panels: int, seed: int) -> pl.DataFrame:
    """Coverage by model and parameter: ``model, parameter, truth, mean, coverage``."""
    w = weights(cities())
    inverse = np.linalg.inv(np.eye(len(w)) - RHO * w)
    true = truth(w)
    rows = []
    eigenvalues = None
    for model, (year_sd, effects, leeyu) in MODELS.items():
        random = np.random.default_rng([seed, int(year_sd > 0)])
        counts = dict.fromkeys(true, 0)
        sums = dict.fromkeys(true, 0.0)
        for _ in range(panels):
            panel = SpatialPanel(
                draw(w, inverse, random, year_sd), "y", NAMES, entity="city", time="year", W=w
            )
            eigenvalues = panel.eigenvalues if eigenvalues is None else eigenvalues
            panel.__dict__["eigenvalues"] = eigenvalues  # of the same weights
            fit = fit_prepared(panel, effects=effects, leeyu=leeyu, draws=0)
            for name, held in covered(fit, true).items():
                counts[name] += held
            for term, coef in zip(fit.terms, fit.coef, strict=True):
                sums[term] += coef
            for part in ("direct", "indirect", "total"):
                for name, effect in getattr(fit, part).items():
                    sums[f"{part} {name}"] += effect.estimate
        rows += [
            (model, name, true[name], sums[name] / panels, counts[name] / panels) for name in true
        ]
    return pl.DataFrame(
        rows, schema=["model", "parameter", "truth", "mean", "coverage"], orient="row"
    )


def main() -> int:
    """Print the table; fail when a promise is broken."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--panels", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=20061231)
    options = parser.parse_args()
    started = time.process_time()
    table = run(options.panels, options.seed)
    with pl.Config(tbl_rows=-1, float_precision=4, tbl_hide_column_data_types=True):
        print(table)
    print(f"{options.panels} panels a model, {time.process_time() - started:.0f} CPU s")
    shown = table.filter(~pl.col("parameter").str.starts_with("total"))
    right = shown.filter(~pl.col("model").str.ends_with("plain"))
    means = dict(right.group_by("model").agg(pl.col("coverage").mean()).rows())
    plain = shown.filter(pl.col("model").str.ends_with("plain"))["coverage"]
    checks = {
        "mean coverage 94 to 96 percent": all(0.94 <= mean <= 0.96 for mean in means.values()),
        "each 92 to 98 percent": right["coverage"].is_between(0.92, 0.98).all(),
        "plain two-way fails": bool(plain.min() < 0.5),
    }
    for name, holds in checks.items():
        print(f"{'holds' if holds else 'FAILS'}: {name}")
    print("mean coverage:", {name: round(mean, 4) for name, mean in sorted(means.items())})
    return 0 if all(checks.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
