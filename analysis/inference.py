"""Other errors for the same coefficients: two-way clusters, Driscoll-Kraay, wild cluster bootstrap.

All work on the data of `analysis.panel.fit_panel` from which the effects are removed, so that the
coefficients are the same to the last digit.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import polars as pl

from analysis.errors import AnalysisError, PanelTooSmallError
from analysis.exact import cluster_meat, scaled_inverse
from analysis.frames import FloatArray, Frame, as_polars
from analysis.panel import PanelDesign, complete_rows, without_singletons
from analysis.regressors import EFFECTS, Effects, codes_of
from analysis.significance import significance_stars

BootstrapWeights = Literal["rademacher", "webb"]

_WEBB = np.array([-math.sqrt(1.5), -1.0, -math.sqrt(0.5), math.sqrt(0.5), 1.0, math.sqrt(1.5)])


@dataclass(frozen=True, slots=True)
class RobustErrors:
    """Errors of one kind; tuples have length k in the order of ``terms``.

    Attributes
    ----------
    kind : str
    terms, coef, std_error, t_stat, p_value, stars : tuples
        Two-sided p from t with ``df_t`` degrees of freedom.
    covariance : ndarray, shape (k, k)
    df_t : int
        Clusters less one (the smaller of two kinds), or periods less one.
    note : str
        What the kind assumes.
    """

    kind: str
    terms: tuple[str, ...]
    coef: tuple[float, ...]
    std_error: tuple[float, ...]
    t_stat: tuple[float, ...]
    p_value: tuple[float, ...]
    stars: tuple[str, ...]
    covariance: FloatArray
    df_t: int
    note: str

    def to_dict(self) -> dict[str, Any]:
        """Nested mapping with ``coef``, ``se``, ``t``, ``p`` by term."""
        return {
            "kind": self.kind,
            "df_t": self.df_t,
            "note": self.note,
            **{
                key: dict(zip(self.terms, values, strict=True))
                for key, values in (
                    ("coef", self.coef),
                    ("se", self.std_error),
                    ("t", self.t_stat),
                    ("p", self.p_value),
                )
            },
        }


def two_way_clustered(
    frame: Frame,
    y: str,
    x: Sequence[str],
    *,
    entity: str = "adcode",
    time: str = "year",
    effects: Effects = "twoways",
    clusters: tuple[str, str] | None = None,
) -> RobustErrors:
    r"""Errors clustered two ways (双向聚类): :math:`V_1 + V_2 - V_{12}`.

    Each part has its own factor G/(G-1)·(n-1)/(n-K) with K = k + period effects, the smaller G
    gives the degrees of freedom; a covariance that is not positive is repaired by dropping negative
    eigenvalues (Cameron, Gelbach and Miller, *JBES* 29, 2011), on the scale of coefficients with
    unit classical errors, so that the units of regressors do not matter.

    Parameters
    ----------
    frame, y, x, entity, time, effects : as for `analysis.panel.fit_panel`
    clusters : pair of str, optional
        Two columns; entity and time by default.

    Raises
    ------
    AnalysisError
        As `fit_panel`.
    """
    first, second = clusters or (entity, time)
    design, sample = _prepared(
        frame, y, x, entity=entity, time=time, effects=effects, extra=(first, second)
    )
    beta, residual, inverse = _solved(design)
    scores = design.x_within * residual[:, None]
    codes = {name: codes_of(sample[name]) for name in (first, second)}
    both = codes_of(pl.Series(codes[first] * (int(codes[second].max()) + 1) + codes[second]))
    counted = design.n_counted

    def part(labels: Any) -> FloatArray:
        groups = int(labels.max()) + 1
        if groups < 2:
            raise PanelTooSmallError("fewer than two clusters")
        factor = groups / (groups - 1) * (design.n - 1) / (design.n - counted)
        return factor * cluster_meat(scores, labels)

    meat = part(codes[first]) + part(codes[second]) - part(both)
    covariance = inverse @ meat @ inverse
    # Free of units: else errors of small coefficients would hang on those of large ones.
    size = np.sqrt(np.diagonal(inverse))
    values, vectors = np.linalg.eigh((covariance + covariance.T) / 2 / np.outer(size, size))
    note = f"clusters {first} and {second}"
    if values.min() < -1e-12 * values.max():
        covariance = (vectors * np.clip(values, 0.0, None)) @ vectors.T * np.outer(size, size)
        note += "; negative eigenvalues set to zero"
    groups = min(int(labels.max()) + 1 for labels in codes.values())
    return _result("two_way_clustered", design, beta, covariance, df=groups - 1, note=note)


def driscoll_kraay(
    frame: Frame,
    y: str,
    x: Sequence[str],
    *,
    entity: str = "adcode",
    time: str = "year",
    effects: Effects = "twoways",
    lags: int | None = None,
) -> RobustErrors:
    """Errors robust to dependence between units and over time (Driscoll and Kraay, 1998).

    Bartlett weights on the autocovariances of the scores summed over each period; ``lags`` is
    floor(4 (T/100)^(2/9)) by default, as xtscc does. Few periods make them unreliable.

    Raises
    ------
    AnalysisError
        If ``lags`` is negative or not smaller than the number of periods; else as `fit_panel`.
    """
    design, _ = _prepared(frame, y, x, entity=entity, time=time, effects=effects)
    beta, residual, inverse = _solved(design)
    periods = design.n_periods
    chosen = math.floor(4 * (periods / 100) ** (2 / 9)) if lags is None else lags
    if not 0 <= chosen < periods:
        raise AnalysisError(f"lags must lie between 0 and {periods - 1}, is {chosen}")
    scores = np.zeros((periods, design.x_within.shape[1]))
    np.add.at(scores, design.periods, design.x_within * residual[:, None])
    meat = scores.T @ scores
    years = np.unique(design.years)
    for distance in range(1, chosen + 1):
        # Neighbours in time, not in position: years may be absent.
        pairs = [
            (i, int(j))
            for i, year in enumerate(years.tolist())
            for j in np.flatnonzero(years == year - distance)
        ]
        if pairs:
            now, before = map(list, zip(*pairs, strict=True))
            cross = scores[now].T @ scores[before]
            meat += (1 - distance / (chosen + 1)) * (cross + cross.T)
    factor = (design.n - 1) / (design.n - design.n_counted) * periods / (periods - 1)
    covariance = factor * inverse @ meat @ inverse
    return _result(
        "driscoll_kraay",
        design,
        beta,
        covariance,
        df=periods - 1,
        note=f"Bartlett kernel, {chosen} lags",
    )


@dataclass(frozen=True, slots=True)
class WildBootstrap:
    """Wild cluster bootstrap of one coefficient.

    Attributes
    ----------
    term : str
    coef, t_stat : float
        t of the clustered error without small-sample factor, as every redrawn one is.
    p_value : float
        Share of bootstrap statistics at least as large in absolute value.
    n_clusters, replications, seed : int
    weights : str
    is_enumerated : bool
        All sign patterns were used instead of random ones (2^G not above the replications).
    """

    term: str
    coef: float
    t_stat: float
    p_value: float
    n_clusters: int
    replications: int
    seed: int
    weights: BootstrapWeights
    is_enumerated: bool


def wild_cluster_bootstrap(
    frame: Frame,
    y: str,
    x: Sequence[str],
    *,
    term: str,
    cluster: str,
    entity: str = "adcode",
    time: str = "year",
    effects: Effects = "twoways",
    replications: int = 999,
    weights: BootstrapWeights = "rademacher",
    seed: int = 0,
) -> WildBootstrap:
    """Test one coefficient with few clusters (野聚类自助法), the null imposed.

    Residuals of the restricted regression keep their size and get one random sign per cluster
    (``rademacher``) or one of six values (``webb``, for fewer than ten clusters or so); the t
    statistic of each redrawn outcome is compared with that of the data (Cameron, Gelbach and
    Miller, *Review of Economics and Statistics* 90, 2008; Roodman et al., *Stata Journal* 19,
    2019).

    Parameters
    ----------
    frame, y, x, entity, time, effects : as for `analysis.panel.fit_panel`
    term : str
        Regressor whose coefficient is tested against zero.
    cluster : str
        Column of clusters, for instance the province of a province-level regressor.
    replications, seed : int
        Draws and their seed (PCG64). With Rademacher weights all 2^G patterns are used when they
        are no more than ``replications``.

    Raises
    ------
    AnalysisError
        If ``term`` is no regressor or an option is unknown; else as `fit_panel`.
    """
    return wild_cluster_bootstraps(
        frame, y, x, terms=[term], cluster=cluster, entity=entity, time=time, effects=effects,
        replications=replications, weights=weights, seed=seed,
    )[term]  # fmt: skip


def wild_cluster_bootstraps(
    frame: Frame,
    y: str,
    x: Sequence[str],
    *,
    terms: Sequence[str],
    cluster: str,
    entity: str = "adcode",
    time: str = "year",
    effects: Effects = "twoways",
    replications: int = 999,
    weights: BootstrapWeights = "rademacher",
    seed: int = 0,
) -> dict[str, WildBootstrap]:
    """`wild_cluster_bootstrap` of several coefficients of one regression, each by itself.

    Effects are removed and signs drawn once, so that many terms cost little more than one, and each
    has the p-value that it has alone.

    Parameters
    ----------
    terms : sequence of str
        Regressors whose coefficients are tested against zero, one at a time.
    frame, y, x, cluster, entity, time, effects, replications, weights, seed :
        See `wild_cluster_bootstrap`.

    Returns
    -------
    dict of str to WildBootstrap
        In the order of ``terms``.

    Raises
    ------
    AnalysisError
        As `wild_cluster_bootstrap`.
    """
    for term in terms:
        if term not in x:
            raise AnalysisError(f"{term} is none of the regressors {list(x)}")
    if weights not in ("rademacher", "webb"):
        raise AnalysisError(f"unknown weights {weights!r}; rademacher or webb")
    if replications < 1:
        raise AnalysisError(f"replications must be positive, is {replications}")
    design, sample = _prepared(
        frame, y, x, entity=entity, time=time, effects=effects, extra=(cluster,)
    )
    labels = codes_of(sample[cluster])
    groups = int(labels.max()) + 1
    if groups < 2:
        raise PanelTooSmallError("a bootstrap over clusters needs at least two")
    z, outcome = design.x_within, design.y_within
    gram, moment = z.T @ z, z.T @ outcome
    inverse = scaled_inverse(gram)
    beta = inverse @ moment
    residual = outcome - z @ beta
    meat = inverse @ cluster_meat(z * residual[:, None], labels) @ inverse
    enumerate_all = weights == "rademacher" and groups <= 40 and 2**groups <= replications
    if enumerate_all:
        signs = np.array(list(itertools.product((-1.0, 1.0), repeat=groups)))
    else:
        generator = np.random.default_rng(seed)
        values = np.array([-1.0, 1.0]) if weights == "rademacher" else _WEBB
        signs = generator.choice(values, size=(replications, groups))
    result = {}
    for term in dict.fromkeys(terms):
        position = design.terms.index(term)
        t_stat = float(beta[position] / math.sqrt(meat[position, position]))
        # Without the term: beta less what holding it at zero takes away.
        restricted = beta - inverse[:, position] * (beta[position] / inverse[position, position])
        restricted[position] = 0.0
        statistics = _bootstrap_statistics(
            z, inverse, position, left=outcome - z @ restricted, labels=labels, signs=signs
        )
        slack = 1e-9 * max(1.0, abs(t_stat))
        result[term] = WildBootstrap(
            term=term,
            coef=float(beta[position]),
            t_stat=t_stat,
            p_value=float((np.abs(statistics) >= abs(t_stat) - slack).mean()),
            n_clusters=groups,
            replications=len(signs),
            seed=seed,
            weights=weights,
            is_enumerated=enumerate_all,
        )
    return result


def _bootstrap_statistics(
    z: FloatArray,
    inverse: FloatArray,
    position: int,
    *,
    left: FloatArray,
    labels: Any,
    signs: FloatArray,
) -> FloatArray:
    """T statistics of every sign pattern, from sums over clusters only."""
    groups = signs.shape[1]
    row = inverse[position]
    weight = z @ row  # influence of each row on the coefficient
    # Coefficient: sum over clusters of sign * a_g; its scores need z'(v*left) of every cluster.
    a = np.bincount(labels, weights=weight * left, minlength=groups)
    moments = np.zeros((groups, z.shape[1]))
    np.add.at(moments, labels, z * left[:, None])
    products = np.zeros((groups, z.shape[1]))
    np.add.at(products, labels, z * weight[:, None])
    coefficients = signs @ a
    slopes = (signs @ moments) @ inverse
    # Score of a cluster: sign * a_g less what the fitted part takes away.
    scores = signs * a[None, :] - slopes @ products.T
    return np.asarray(coefficients / np.sqrt((scores**2).sum(axis=1)))


def _prepared(
    frame: Frame,
    y: str,
    x: Sequence[str],
    *,
    entity: str,
    time: str,
    effects: Effects,
    extra: Sequence[str] = (),
) -> tuple[PanelDesign, Any]:
    sample = complete_rows(frame, [y, *x], entity, time, None)
    absorbed = {"twoways": [entity, time], "individual": [entity], "time": [time], "pooling": []}
    if effects not in EFFECTS:
        raise AnalysisError(f"unknown effects {effects!r}")
    sample = without_singletons(sample, absorbed[effects])
    added = [name for name in dict.fromkeys(extra) if name not in sample.columns]
    if added:
        table = as_polars(frame)
        if missing := sorted(set(added) - set(table.columns)):
            raise AnalysisError(f"missing columns {missing}; frame has {sorted(table.columns)}")
        sample = sample.join(
            table.select(entity, time, *added), on=[entity, time], how="left",
            maintain_order="left",
        )  # fmt: skip
        for name in added:
            if sample[name].null_count():
                raise AnalysisError(f"{sample[name].null_count()} rows without cluster {name}")
    design = PanelDesign(
        sample, y=y, terms=list(x), entity=entity, time=time, effects=effects, cluster=None
    )
    return design, sample


def _solved(design: PanelDesign) -> tuple[FloatArray, FloatArray, FloatArray]:
    inverse = scaled_inverse(design.x_within.T @ design.x_within)
    beta = inverse @ (design.x_within.T @ design.y_within)
    return beta, design.y_within - design.x_within @ beta, inverse


def _result(
    kind: str, design: PanelDesign, beta: FloatArray, covariance: FloatArray, *, df: int, note: str
) -> RobustErrors:
    from scipy.stats import t as student  # type: ignore[import-untyped]

    errors = np.sqrt(np.clip(np.diagonal(covariance), 0.0, None))
    with np.errstate(divide="ignore", invalid="ignore"):
        t_stat = beta / errors
    p_value = 2 * student.sf(np.abs(t_stat), df)
    return RobustErrors(
        kind=kind,
        terms=tuple(design.terms),
        coef=tuple(beta.tolist()),
        std_error=tuple(errors.tolist()),
        t_stat=tuple(t_stat.tolist()),
        p_value=tuple(p_value.tolist()),
        stars=tuple(significance_stars(p) for p in p_value.tolist()),
        covariance=covariance,
        df_t=df,
        note=note,
    )
