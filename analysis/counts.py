"""Counts with many zeros: Poisson pseudo maximum likelihood with fixed effects."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import polars as pl

from analysis.errors import AbsorbedRegressorError, AnalysisError, PanelTooSmallError
from analysis.exact import cluster_meat
from analysis.frames import FloatArray, Frame, as_polars
from analysis.panel import complete_rows, without_singletons
from analysis.regressors import codes_of, refused_regressors
from analysis.significance import significance_stars

_TOLERANCE = 1e-12
_STEPS = 200
# A mean of 1e-8 and falling: the maximum lies at infinity.
_NO_MEAN = -18.0


@dataclass(frozen=True, slots=True)
class PoissonFit:
    """Poisson pseudo maximum likelihood (PPML, 泊松伪极大似然); tuples in the order of ``terms``.

    Attributes
    ----------
    coef : tuple of float
        Semi-elasticities: a unit more multiplies the mean by exp(coef).
    std_error, z_stat, p_value, stars : tuples
        Clustered, factor G/(G-1); two-sided normal p.
    n_obs, n_entities, n_clusters : int
    n_separated : int
        Rows left out because all outcomes of their unit or period are zero: they say nothing.
    n_dropped_rows : int
        Rows with a missing value.
    deviance, pseudo_r2 : float
        Against a constant mean.
    """

    outcome: str
    terms: tuple[str, ...]
    coef: tuple[float, ...]
    std_error: tuple[float, ...]
    z_stat: tuple[float, ...]
    p_value: tuple[float, ...]
    stars: tuple[str, ...]
    n_obs: int
    n_entities: int
    n_clusters: int
    n_separated: int
    n_dropped_rows: int
    deviance: float
    pseudo_r2: float

    def to_dict(self) -> dict[str, Any]:
        """Nested mapping with ``coef``, ``se``, ``z``, ``p`` by term and what was counted."""
        return {
            "nobs": self.n_obs,
            "n_separated": self.n_separated,
            "deviance": self.deviance,
            "pseudo_r2": self.pseudo_r2,
            **{
                key: dict(zip(self.terms, values, strict=True))
                for key, values in (
                    ("coef", self.coef),
                    ("se", self.std_error),
                    ("z", self.z_stat),
                    ("p", self.p_value),
                )
            },
        }


def fit_poisson(
    frame: Frame,
    y: str,
    x: Sequence[str],
    *,
    entity: str = "adcode",
    time: str = "year",
    effects: Literal["twoways", "individual", "time"] = "twoways",
    cluster: str | None = None,
) -> PoissonFit:
    """Regress a count on regressors with fixed effects, zeros included.

    Iteratively reweighted least squares on slopes and dummies; units or periods whose outcomes are
    all zero are left out and counted. Errors are clustered by entity or by ``cluster``.

    Raises
    ------
    AnalysisError
        If an outcome is negative, a column is missing, or the likelihood has no maximum.
    AbsorbedRegressorError
        If a regressor is absorbed by the effects or collinear, by name.
    PanelTooSmallError
        If nothing is left to estimate.

    References
    ----------
    Santos Silva and Tenreyro, *Review of Economics and Statistics* 88 (2006).
    """
    if effects not in ("twoways", "individual", "time"):
        raise AnalysisError(f"unknown effects {effects!r}")
    terms = list(x)
    n_rows = as_polars(frame).height
    sample = complete_rows(frame, [y, *terms], entity, time, cluster)
    n_complete = sample.height
    if n_complete and sample[y].min() < 0:  # type: ignore[operator]
        raise AnalysisError(f"{y} holds negative values: no count")
    keys = {"twoways": [entity, time], "individual": [entity], "time": [time]}[effects]
    sample = without_singletons(_not_separated(sample, y, keys), keys)
    if sample.is_empty():
        raise PanelTooSmallError(f"no row of {y} says anything under {effects} effects")
    outcome = sample[y].to_numpy().astype(np.float64)
    slopes = sample.select(terms).to_numpy().astype(np.float64)
    dummies = _dummies(sample, keys)
    if len(outcome) <= slopes.shape[1] + dummies.shape[1]:
        raise PanelTooSmallError(
            f"{len(outcome)} rows for {slopes.shape[1]} regressors and {dummies.shape[1]} effects"
        )
    within = slopes - dummies @ np.linalg.lstsq(dummies, slopes, rcond=None)[0]
    if reasons := refused_regressors(slopes, within, terms, effects):
        raise AbsorbedRegressorError(reasons)
    centred = slopes - slopes.mean(axis=0)
    spread = centred.std(axis=0)
    design = np.column_stack([centred / spread, dummies])
    beta, mean = _reweighted(design, outcome, y)
    gram = (design * mean[:, None]).T @ design
    bread = np.linalg.inv(gram)
    labels = codes_of(sample[cluster or entity])
    groups = int(labels.max()) + 1
    if groups < 2:
        raise PanelTooSmallError("clustered errors need at least two clusters")
    meat = cluster_meat(design * (outcome - mean)[:, None], labels)
    k = len(terms)
    covariance = (bread @ meat @ bread)[:k, :k] * groups / (groups - 1)
    coef = beta[:k] / spread
    errors = np.sqrt(np.diagonal(covariance)) / spread
    return _result(
        y, terms, coef, errors,
        counts={
            "n_obs": len(outcome),
            "n_entities": sample[entity].n_unique(),
            "n_clusters": groups,
            "n_separated": n_complete - sample.height,
            "n_dropped_rows": n_rows - n_complete,
        },
        deviances=(
            _deviance(outcome, mean),
            _deviance(outcome, np.full_like(mean, outcome.mean())),
        ),
    )  # fmt: skip


def _not_separated(sample: pl.DataFrame, y: str, keys: Sequence[str]) -> pl.DataFrame:
    while True:
        kept = sample
        for key in keys:
            kept = kept.filter(pl.col(y).sum().over(key) > 0)
        if kept.height == sample.height:
            return kept
        sample = kept


def _dummies(sample: pl.DataFrame, keys: Sequence[str]) -> FloatArray:
    blocks = []
    for number, key in enumerate(keys):
        codes = codes_of(sample[key])
        block = np.zeros((sample.height, int(codes.max()) + 1))
        block[np.arange(sample.height), codes] = 1.0
        blocks.append(block[:, 1:] if number else block)
    return np.column_stack(blocks)


def _reweighted(design: FloatArray, outcome: FloatArray, y: str) -> tuple[FloatArray, FloatArray]:
    mean = (outcome + outcome.mean()) / 2
    eta = np.log(mean)
    last = np.inf
    for _ in range(_STEPS):
        working = eta + (outcome - mean) / mean
        weighted = design * mean[:, None]
        beta = np.linalg.lstsq(weighted.T @ design, weighted.T @ working, rcond=None)[0]
        eta = np.clip(design @ beta, -50.0, 50.0)
        mean = np.exp(eta)
        deviance = _deviance(outcome, mean)
        if abs(last - deviance) <= _TOLERANCE * (abs(deviance) + 1e-3):
            if eta.min() < _NO_MEAN:
                break
            return np.asarray(beta), mean
        last = deviance
    raise AnalysisError(
        f"{y}: the likelihood has no maximum; a regressor separates zeros from counts"
    )


def _deviance(outcome: FloatArray, mean: FloatArray) -> float:
    positive = outcome > 0
    logs = np.zeros_like(outcome)
    logs[positive] = outcome[positive] * np.log(outcome[positive] / mean[positive])
    return float(2 * (logs - (outcome - mean)).sum())


def _result(
    y: str,
    terms: Sequence[str],
    coef: FloatArray,
    errors: FloatArray,
    *,
    counts: dict[str, int],
    deviances: tuple[float, float],
) -> PoissonFit:
    from scipy.stats import norm  # type: ignore[import-untyped]

    z = coef / errors
    p = 2 * norm.sf(np.abs(z))
    return PoissonFit(
        outcome=y,
        terms=tuple(terms),
        coef=tuple(coef.tolist()),
        std_error=tuple(errors.tolist()),
        z_stat=tuple(z.tolist()),
        p_value=tuple(p.tolist()),
        stars=tuple(significance_stars(value) for value in p.tolist()),
        deviance=deviances[0],
        pseudo_r2=1 - deviances[0] / deviances[1] if deviances[1] > 0 else 0.0,
        **counts,
    )
