"""P-values and stars, in one place."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ChiSquare:
    """A test statistic with its degrees of freedom and upper-tail p."""

    statistic: float
    df: int
    p_value: float

    def to_dict(self) -> dict[str, float]:
        """Keys ``stat, df, p``."""
        return {"stat": self.statistic, "df": self.df, "p": self.p_value}


def chi_square(statistic: float, df: int) -> ChiSquare:
    """Chi-square test of a statistic that is already computed."""
    from scipy.stats import chi2  # type: ignore[import-untyped]

    return ChiSquare(float(statistic), df, float(chi2.sf(statistic, df)))


def two_sided_normal(score: float) -> float:
    """Two-sided p of a standard normal score."""
    return math.erfc(abs(score) / math.sqrt(2))


def significance_stars(p_value: float) -> str:
    """``***`` below 0.01, ``**`` below 0.05, ``*`` below 0.10, else nothing."""
    for threshold, stars in ((0.01, "***"), (0.05, "**"), (0.10, "*")):
        if p_value < threshold:
            return stars
    return ""
