"""A small panel with every regressor of the paper's tables, and cities with places."""

from __future__ import annotations

import numpy as np
import polars as pl

from analysis.panel import BASELINE_DUMMIES
from analysis.specifications import BASELINE_TERMS, PROVINCIAL_TERMS

N_CITIES, YEARS = 36, tuple(range(2008, 2018))


def cities() -> pl.DataFrame:
    """Codes, places and GDP per head."""
    random = np.random.default_rng(5)
    return pl.DataFrame(
        {
            "adcode": [f"{100 + i}000" for i in range(N_CITIES)],
            "latitude": random.uniform(22, 42, N_CITIES),
            "longitude": random.uniform(98, 122, N_CITIES),
            "economic_value": random.uniform(1, 9, N_CITIES),
        }
    )


def panel(seed: int = 7) -> pl.DataFrame:
    """City-years with columns as in the marts; ln_rsi depends on ln_gtr of the year before."""
    random = np.random.default_rng(seed)
    size = N_CITIES * len(YEARS)
    codes = np.repeat(cities()["adcode"].to_numpy(), len(YEARS))
    years = np.tile(YEARS, N_CITIES)
    data = pl.DataFrame({"adcode": codes, "year": years}).with_columns(
        in_sample=pl.lit(True),
        in_base_285=pl.lit(True),
        in_universe=pl.lit(True),
    )
    data = data.with_columns(
        province_code=pl.Series([f"{int(c[1:3]) % 9}" for c in data["adcode"]])
    )
    for number, name in enumerate(BASELINE_TERMS):
        if name in BASELINE_DUMMIES:
            begins = YEARS[0] + 3 + (np.arange(N_CITIES) * (number + 3)) % 5
            begins = np.where(np.arange(N_CITIES) % 3 == number % 3, 3000, begins)
            values = (years >= np.repeat(begins, len(YEARS))).astype(np.int64)
        elif name in PROVINCIAL_TERMS:
            drawn = random.normal(size=(9, len(YEARS)))
            provinces = data["province_code"].cast(pl.Int64).to_numpy()
            values = drawn[provinces, years - YEARS[0]]
        else:
            values = random.normal(size=size)
        data = data.with_columns(pl.Series(name, values))
    effect = np.repeat(random.normal(size=N_CITIES), len(YEARS))
    before = data.select(pl.col("ln_gtr").shift(1).over("adcode").fill_null(0.0))["ln_gtr"]
    outcome = 1 + 0.4 * before.to_numpy() + effect + 0.3 * random.normal(size=size)
    counts = np.floor(np.exp(np.clip(outcome, -3, 3))).astype(np.int64)
    return data.with_columns(
        pl.Series("ln_rsi", outcome),
        pl.Series("rsi", counts),
        pl.Series("ln_extensive", outcome + 0.2 * random.normal(size=size)),
        pl.Series("ln_intensive", 0.5 * outcome + 0.2 * random.normal(size=size)),
        pl.Series("gpatent_solo", random.poisson(3, size=size)),
    )
