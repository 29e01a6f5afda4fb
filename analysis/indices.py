"""Composite indices of a panel: principal component, entropy weights, gap filling."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any, Literal, get_args

import numpy as np
import polars as pl

from analysis.errors import AnalysisError, NoVariationError, PanelTooSmallError
from analysis.exact import combine, cross, symmetric_eigen, total
from analysis.frames import (
    FloatArray,
    Frame,
    as_polars,
    calendar,
    numeric,
    require_columns,
    require_unique_key,
)

DIGITAL_INDICATORS = ("internet_users", "ict_employees", "telecom_output", "mobile_phones")
"""Indicators of dige (数字经济); internet penetration comes first and fixes the sign."""

ENVIRONMENT_INDICATORS = (
    "so2_removal",
    "cod_removal",
    "solid_waste_use",
    "sewage_treatment",
    "household_waste_treatment",
)
"""Rates behind er (环境规制), percent, all positive: more is stricter."""

CITY_INDICES_SCHEMA = pl.Schema(
    {
        "year": pl.Int64,
        "adcode": pl.String,
        "dige": pl.Float64,
        "er": pl.Float64,
        "er_clipped": pl.Boolean,
    }
)

INDEX_LOADINGS_SCHEMA = pl.Schema(
    {"index_name": pl.String, "indicator": pl.String, "weight": pl.Float64, "note": pl.String}
)

FILLED_CELLS_SCHEMA = pl.Schema(
    {
        "index_name": pl.String,
        "indicator": pl.String,
        "year": pl.Int64,
        "adcode": pl.String,
        "value": pl.Float64,
        "unclipped_value": pl.Float64,
        "rule": pl.String,
        "is_clipped": pl.Boolean,
    }
)

INDEX_VARIANTS_SCHEMA = pl.Schema(
    {
        "index_name": pl.String,
        "variant": pl.String,
        "year": pl.Int64,
        "adcode": pl.String,
        "value": pl.Float64,
    }
)

Score = Literal["first", "first_unit_variance", "composite_all", "composite_above_one"]
GapStage = Literal["raw", "index"]
Sign = Literal["positive", "negative"]
Scaling = Literal["pooled", "yearly"]
Anchor = Literal["first_column", "loading_sum"]
GAP_STAGES: dict[str, GapStage | None] = {"raw": "raw", "index": "index", "none": None}
"""Setting -> stage at which `entropy_index` fills gaps."""


@dataclass(frozen=True, slots=True)
class PcaIndex:
    """Principal component index.

    Attributes
    ----------
    scores : pl.Series, one value per input row
        Null where an indicator was null.
    eigenvalues, shares : tuple of float, length p
        Of the correlation matrix, descending; shares of their sum.
    loadings : pl.DataFrame
        ``indicator, weight``: unit-norm first eigenvector, in the order of the columns.
    vectors : tuple of tuple of float, p x p
        Every unit-norm eigenvector in the order of the eigenvalues; the first has the sign asked
        for, the sums of the others are positive.
    variants : mapping of str to pl.Series
        The scores under every other choice of ``score``.
    n_rows : int
        Complete rows behind the component.
    """

    scores: pl.Series
    eigenvalues: tuple[float, ...]
    shares: tuple[float, ...]
    loadings: pl.DataFrame
    vectors: tuple[tuple[float, ...], ...]
    variants: Mapping[Score, pl.Series]
    n_rows: int

    def to_dict(self) -> dict[str, Any]:
        """Keys of the reference: eigenvalues, loadings and every score.

        ``n, p, variables, eigenvalues, share, cumulative``, ``loadings_pc1`` (by variable, sign as
        asked), ``loadings_pc1_unit_norm_sum_positive``, ``score`` (as asked), ``score_pc1``,
        ``score_pc1_sd_n_minus_1``, ``score_pc1_unit_variance``,
        ``composite_all_components_variance_weighted``, ``components_with_eigenvalue_above_1`` and
        ``composite_eig_gt1`` (None in rows with a missing value, and without such a component).
        """
        names, weights = self.loadings["indicator"].to_list(), self.loadings["weight"].to_list()
        turn = -1.0 if total(np.array(weights)) < 0 else 1.0
        above = sum(value > 1.0 for value in self.eigenvalues)
        return {
            "n": self.n_rows,
            "p": len(names),
            "variables": names,
            "eigenvalues": list(self.eigenvalues),
            "share": list(self.shares),
            "cumulative": [
                math.fsum(self.shares[: position + 1]) for position in range(len(self.shares))
            ],
            "loadings_pc1": dict(zip(names, weights, strict=True)),
            "loadings_pc1_unit_norm_sum_positive": {
                name: turn * weight for name, weight in zip(names, weights, strict=True)
            },
            "score": self.scores.to_list(),
            "score_pc1": self.variants["first"].to_list(),
            "score_pc1_sd_n_minus_1": self.variants["first"].std(),
            "score_pc1_unit_variance": self.variants["first_unit_variance"].to_list(),
            "composite_all_components_variance_weighted": self.variants["composite_all"].to_list(),
            "components_with_eigenvalue_above_1": above,
            "composite_eig_gt1": self.variants["composite_above_one"].to_list(),
        }


def pca_index(
    frame: Frame,
    columns: Sequence[str],
    *,
    score: Score = "first",
    sign: Anchor = "loading_sum",
    standardisation: Scaling = "pooled",
    time: str = "year",
    name: str = "pca_index",
) -> PcaIndex:
    """First principal component of z-scores (主成分分析).

    Columns are standardised over all complete rows (or those of one year) with the n - 1 standard
    deviation; the score is the z-scores times the first eigenvector of their correlation matrix, so
    that it has mean 0 and, pooled, the variance of the first eigenvalue.

    Parameters
    ----------
    frame : polars or pandas data frame, any number of rows
    columns : sequence of str, length p >= 2
        Numeric indicators, any unit.
    score : {"first", "first_unit_variance", "composite_all", "composite_above_one"}
        The first component, the same with variance 1, or the sum of all components (or of those
        with an eigenvalue above 1) weighted by their shares of variance.
    sign : {"loading_sum", "first_column"}
        An eigenvector has no sign of its own: make the sum of loadings, or the first column,
        positive. Components beyond the first always take the sum.
    standardisation : {"pooled", "yearly"}
        z-scores over all rows, or within each value of ``time``; the second removes every trend
        that all cities share.
    time : str
        Column of integer years; needed for ``yearly`` alone.
    name : str
        Name of the score.

    Returns
    -------
    PcaIndex
        Floats are not rounded; fingerprints of published scores round them.

    Raises
    ------
    AnalysisError
        If a column is missing or not numeric, or fewer than two are given.
    PanelTooSmallError
        If fewer complete rows than columns + 1 remain, or fewer than two in a year that is
        standardised of itself.
    NoVariationError
        If a column is constant, in any year where years are standardised.

    References
    ----------
    Jolliffe, *Principal Component Analysis*, 2nd ed. (2002), ch. 2-3.
    """
    data = as_polars(frame)
    names = list(columns)
    if len(set(names)) != len(names) or len(names) < 2:
        raise AnalysisError(f"a component needs at least 2 different columns, got {names}")
    require_columns(data, names)
    groups = None
    if standardisation == "yearly":
        require_columns(data, [time])
        data = calendar(data, time)
        groups = data[time].to_numpy()
    data = numeric(data.select(names), names)
    complete = data.select(pl.all_horizontal(pl.all().is_not_null())).to_series()
    values = data.filter(complete).to_numpy()
    n, p = values.shape
    if n < p + 1:
        raise PanelTooSmallError(f"{n} complete rows in {names}; a component needs {p + 1}")
    _refuse_constant(names, values)
    if groups is None:
        z = _standardised(values)
    else:
        z = np.empty_like(values)
        years = groups[complete.to_numpy()]
        for year in np.unique(years):
            rows = years == year
            if rows.sum() < 2:
                raise PanelTooSmallError(f"1 complete row in {year}; its spread needs 2")
            _refuse_constant([f"{column} in {year}" for column in names], values[rows])
            z[rows] = _standardised(values[rows])
    eigenvalues, vectors = symmetric_eigen(cross(z, z) / (n - 1))
    eigenvalues = np.clip(eigenvalues, 0.0, None)
    for component in range(p):
        anchor = total(vectors[:, component])
        if component == 0 and sign == "first_column":
            anchor = vectors[0, 0]
        if anchor < 0:
            vectors[:, component] *= -1.0
    shares = eigenvalues / total(eigenvalues)
    if score not in get_args(Score):
        raise AnalysisError(f"unknown score {score!r}; one of {', '.join(get_args(Score))}")
    components = np.column_stack([combine(z, vector) for vector in vectors.T])

    def composite(floor: float) -> FloatArray:
        kept = eigenvalues > floor
        if not kept.any():
            return np.full(n, np.nan)
        return combine(components[:, kept], shares[kept] / total(shares[kept]))

    def placed(values: FloatArray) -> pl.Series:
        everywhere = np.full(data.height, np.nan)
        everywhere[complete.to_numpy()] = values
        return pl.Series(name, everywhere, dtype=pl.Float64).fill_nan(None)

    variants: dict[Score, pl.Series] = {
        "first": placed(components[:, 0]),
        "first_unit_variance": placed(components[:, 0] / math.sqrt(eigenvalues[0])),
        "composite_all": placed(composite(0.0)),
        "composite_above_one": placed(composite(1.0)),
    }
    return PcaIndex(
        scores=variants[score],
        eigenvalues=tuple(eigenvalues.tolist()),
        shares=tuple(shares.tolist()),
        loadings=pl.DataFrame({"indicator": names, "weight": vectors[:, 0].tolist()}),
        vectors=tuple(tuple(vector) for vector in vectors.T.tolist()),
        variants=variants,
        n_rows=n,
    )


@dataclass(frozen=True, slots=True)
class EntropyIndex:
    """Entropy-weighted index.

    Attributes
    ----------
    scores : pl.DataFrame
        One row per input row in its order: entity, time, ``score``, ``n_filled`` (indicators that
        were interpolated or extrapolated, count), ``is_clipped``.
    weights : pl.DataFrame
        ``indicator, sign, entropy, weight``; weights sum to 1.
    n_rows : int
        Complete rows behind the weights, gaps filled where asked.
    filled : pl.DataFrame
        One row per filled cell: ``indicator`` (``score`` where the index itself was filled),
        entity, time, ``value``, ``unclipped_value``, ``rule`` (interpolated, extrapolated),
        ``is_clipped``.
    """

    scores: pl.DataFrame
    weights: pl.DataFrame
    n_rows: int
    filled: pl.DataFrame

    def to_dict(self) -> dict[str, Any]:
        """Keys of the reference: ``columns, n``, by column ``e, d, w, sign``, by row ``score``.

        e is the entropy, d = 1 - e, w the weight; ``n_filled`` and ``is_clipped`` by row.
        """
        entropy = self.weights["entropy"].to_list()
        return {
            "columns": self.weights["indicator"].to_list(),
            "n": self.n_rows,
            "e": entropy,
            "d": [1.0 - value for value in entropy],
            "w": self.weights["weight"].to_list(),
            "sign": self.weights["sign"].to_list(),
            "score": self.scores["score"].to_list(),
            "n_filled": self.scores["n_filled"].to_list(),
            "is_clipped": self.scores["is_clipped"].to_list(),
        }


def entropy_index(
    frame: Frame,
    columns: Sequence[str],
    signs: Mapping[str, Sign | int] | Sequence[Sign | int] | None = None,
    *,
    entity: str | None = None,
    time: str | None = None,
    gap_stage: GapStage | None = "raw",
    scaling: Scaling = "pooled",
    bounds: tuple[float, float] | None = None,
    clip: bool = True,
    shift: float = 0.0,
) -> EntropyIndex:
    r"""Index with entropy weights on range-standardised indicators (时空极差熵值法).

    Indicators are scaled over all entities and years jointly, :math:`x^*=(x-\min)/(\max-\min)`, or
    :math:`(\max-x)/(\max-\min)` when negative; :math:`p=x^*/\sum x^*`,
    :math:`e_j=-\sum p\ln p/\ln n`, :math:`w_j=(1-e_j)/\sum(1-e_j)`; the score is
    :math:`\sum_j w_j x^*_j`.

    Parameters
    ----------
    frame : polars or pandas data frame, one row per entity and year; may be unbalanced
    columns : sequence of str, length p >= 1
        Numeric indicators, any unit.
    signs : mapping of str to {"positive", "negative"}, or sequence of length p, optional
        Direction of an indicator; positive where not named. ``"+"``, ``"-"``, 1 and -1 mean the
        same.
    entity, time : str, optional
        Key columns; ``time`` holds integer years. By default ``adcode`` and ``year`` where the
        frame has both, else none: then rows stand for themselves and no gap can be filled.
    gap_stage : {"raw", "index"} or None
        Fill gaps inside an entity in the indicators before scoring, in the finished index, or not
        at all; see `fill_gaps`. Filling the index may leave [0, 1].
    scaling : {"pooled", "yearly"}
        Range of an indicator over all years, or within each year (needs ``time``); weights are
        joint in both.
    bounds : tuple of float, optional
        Admissible range of the indicators; extrapolated cells are clipped to it.
    clip : bool
        Whether to clip (to ``bounds`` in the raw stage, to [0, 1] in the index stage).
    shift : float, >= 0
        Added to every :math:`x^*` before the weights only (a common variant uses 1e-4).

    Returns
    -------
    EntropyIndex
        Score in [0, 1] unless the index itself was extrapolated without clipping; null where an
        indicator stays null.

    Raises
    ------
    AnalysisError
        If a column is missing or not numeric, or a sign is unknown.
    PanelKeyError
        If an entity-year pair is null or occurs twice.
    PanelTooSmallError
        If fewer than two complete rows remain.
    NoVariationError
        If an indicator is constant.

    References
    ----------
    Zou, Yun and Sun, "Entropy method for determination of weight of evaluating indicators",
    *J. Environmental Sciences* 18 (2006).
    """
    data = as_polars(frame)
    names = list(columns)
    if not names or len(set(names)) != len(names):
        raise AnalysisError(f"an index needs different columns, got {names}")
    directions = _directions(names, signs)
    if entity is None and time is None and {"adcode", "year"} <= set(data.columns) - set(names):
        entity, time = "adcode", "year"
    if gap_stage not in (None, "raw", "index"):
        raise AnalysisError(f"unknown gap_stage {gap_stage!r}; raw, index or None")
    if scaling not in ("pooled", "yearly"):
        raise AnalysisError(f"unknown scaling {scaling!r}; pooled or yearly")
    if scaling == "yearly" and time is None:
        raise AnalysisError("ranges within each year need a column of years: give time")
    require_columns(data, [*([entity] if entity else []), *([time] if time else []), *names])
    if entity is None or time is None:
        # Rows stand for themselves: numbered, so that they have a key, in one period if need be.
        data = data.with_columns(pl.int_range(pl.len()).alias(entity := _unused("row", names)))
        if time is None:
            data = data.with_columns(pl.lit(0).alias(time := _unused("period", names)))
        gap_stage = None
    data = calendar(data, time)
    require_unique_key(data, [entity, time])
    data = numeric(data.select(entity, time, *names), names)

    n_filled = np.zeros(data.height, dtype=np.int64)
    clipped = np.zeros(data.height, dtype=bool)
    cells: list[pl.DataFrame] = []
    if gap_stage == "raw":
        for column in names:
            filled = fill_gaps(
                data, column, entity=entity, time=time, bounds=bounds if clip else None
            ).table
            data = data.with_columns(filled["value"].alias(column))
            n_filled += filled["is_filled"].to_numpy()
            clipped |= filled["is_clipped"].to_numpy()
            cells.append(_filled_cells(filled, column))

    values = data.select(names).to_numpy().astype(np.float64)
    complete = np.isfinite(values).all(axis=1)
    used = values[complete]
    n = used.shape[0]
    if n < 2:
        raise PanelTooSmallError(f"{n} complete rows in {names}; entropy weights need 2")
    _refuse_constant(names, used)
    negative = np.array([directions.get(column) == "negative" for column in names])
    if scaling == "pooled":
        scaled = _ranged(used, negative)
    else:
        scaled = np.empty_like(used)
        years = data[time].to_numpy()[complete]
        for year in np.unique(years):
            rows = years == year
            _refuse_constant([f"{column} in {year}" for column in names], used[rows])
            scaled[rows] = _ranged(used[rows], negative)
    shifted = scaled + shift
    entropy = np.array([_entropy(column / total(column)) for column in shifted.T])
    weight = (1.0 - entropy) / total(1.0 - entropy)
    score = np.full(data.height, np.nan)
    score[complete] = combine(scaled + shift, weight)
    result = data.select(entity, time).with_columns(
        pl.Series("score", score, dtype=pl.Float64).fill_nan(None)
    )
    if gap_stage == "index":
        filled = fill_gaps(
            result, "score", entity=entity, time=time, bounds=(0.0, 1.0) if clip else None
        ).table
        result = result.with_columns(filled["value"].alias("score"))
        n_filled += filled["is_filled"].to_numpy()
        clipped |= filled["is_clipped"].to_numpy()
        cells.append(_filled_cells(filled, "score"))
    empty = _filled_cells(
        fill_gaps(data.head(0), names[0], entity=entity, time=time).table, names[0]
    )
    return EntropyIndex(
        scores=result.with_columns(
            pl.Series("n_filled", n_filled, dtype=pl.Int64),
            pl.Series("is_clipped", clipped, dtype=pl.Boolean),
        ),
        weights=pl.DataFrame(
            {
                "indicator": names,
                "sign": [directions.get(column, "positive") for column in names],
                "entropy": entropy.tolist(),
                "weight": weight.tolist(),
            }
        ),
        n_rows=n,
        filled=pl.concat(cells) if cells else empty,
    )


@dataclass(frozen=True, slots=True)
class FilledSeries:
    """A variable with its gaps filled.

    Attributes
    ----------
    table : pl.DataFrame
        One row per input row in its order: entity, time, ``value``, ``is_filled``, ``is_clipped``,
        and of filled cells ``unclipped_value`` and ``rule`` (interpolated, extrapolated).
    entity, time : str
    observed : pl.Series
        The values as they came.
    trends : mapping of entity to (float, float)
        Level in year 0 and slope per year of the least-squares trend; absent below two
        observations.
    """

    table: pl.DataFrame
    entity: str
    time: str
    observed: pl.Series
    trends: Mapping[Any, tuple[float, float]]

    def to_dict(self) -> dict[Any, Any]:
        """Lists by year; of several entities one such mapping each, by name.

        ``year, observed, interior_linear`` (ends open), ``ols_trend_coef`` (level in year 0 and
        slope, None without a trend), ``filled_interior_linear_ends_ols_trend``.
        """
        data = self.table.with_columns(self.observed.alias("__observed")).sort(
            self.entity, self.time
        )
        blocks: dict[Any, Any] = {}
        for (name,), rows in data.group_by(self.entity, maintain_order=True):
            ends = pl.col("rule") == "extrapolated"
            trend = self.trends.get(name)
            blocks[name] = {
                "year": rows[self.time].to_list(),
                "observed": rows["__observed"].to_list(),
                "interior_linear": rows.select(
                    pl.when(ends.fill_null(False)).then(None).otherwise(pl.col("value"))
                )
                .to_series()
                .to_list(),
                "ols_trend_coef": None if trend is None else list(trend),
                "filled_interior_linear_ends_ols_trend": rows["value"].to_list(),
            }
        return next(iter(blocks.values())) if len(blocks) == 1 else blocks


def fill_gaps(
    frame: Frame,
    column: str,
    *,
    entity: str | None = "adcode",
    time: str = "year",
    bounds: tuple[float, float] | None = None,
) -> FilledSeries:
    """Fill gaps of a variable inside each entity (插值法, 趋势外推).

    Interior gaps are interpolated linearly in calendar time; leading and trailing gaps take the
    entity's least-squares trend on its observed years. An entity with one observation has no trend
    and one with none has no value: their gaps stay null.

    Parameters
    ----------
    frame : polars or pandas data frame, one row per entity and integer year
    column : str
    entity, time : str
        Key columns; ``entity=None`` for a single series.
    bounds : tuple of float, optional
        Filled values are clipped to this range; observed values never are.

    Returns
    -------
    FilledSeries

    Raises
    ------
    AnalysisError, PanelKeyError
        As for `entropy_index`.
    """
    data = as_polars(frame)
    if entity is None:
        data = data.with_columns(pl.lit("series").alias(entity := "entity"))
    require_columns(data, [entity, time, column])
    data = calendar(data, time)
    require_unique_key(data, [entity, time])
    data = numeric(data.select(entity, time, column), [column]).with_row_index("_row")
    value = data[column].to_numpy().astype(np.float64, copy=True)
    observed = np.isfinite(value)
    clipped = np.zeros(value.size, dtype=bool)
    unclipped = np.full(value.size, np.nan)
    interior = np.zeros(value.size, dtype=bool)
    trends: dict[Any, tuple[float, float]] = {}
    years = data[time].to_numpy().astype(np.float64)
    for name, rows in _rows_by_entity(data, entity):
        known = rows[observed[rows]]
        gaps = rows[~observed[rows]]
        if known.size < 2:
            continue
        known = known[np.argsort(years[known], kind="stable")]
        centre = total(years[known]) / known.size
        away = years[known] - centre
        slope = total(away * value[known]) / total(away * away)
        level = total(value[known]) / known.size
        trends[name] = (level - slope * centre, slope)
        if gaps.size == 0:
            continue
        inside = (years[gaps] > years[known[0]]) & (years[gaps] < years[known[-1]])
        guess: FloatArray = np.interp(years[gaps], years[known], value[known])
        guess[~inside] = level + slope * (years[gaps][~inside] - centre)
        unclipped[gaps] = guess
        interior[gaps] = inside
        if bounds is not None:
            within = np.clip(guess, *bounds)
            clipped[gaps] = within != guess
            guess = within
        value[gaps] = guess
    return FilledSeries(
        table=data.select(entity, time).with_columns(
            pl.Series("value", value, dtype=pl.Float64).fill_nan(None),
            pl.Series("is_filled", ~observed & np.isfinite(value), dtype=pl.Boolean),
            pl.Series("is_clipped", clipped, dtype=pl.Boolean),
            pl.Series("unclipped_value", unclipped, dtype=pl.Float64).fill_nan(None),
            pl.when(pl.Series(np.isfinite(unclipped), dtype=pl.Boolean))
            .then(pl.Series(np.where(interior, "interpolated", "extrapolated"), dtype=pl.String))
            .alias("rule"),
        ),
        entity=entity,
        time=time,
        observed=data[column],
        trends=trends,
    )


@dataclass(frozen=True, slots=True)
class CityIndices:
    """Both indices of every city-year and what they are made of.

    Attributes
    ----------
    indices : pl.DataFrame
        ``CITY_INDICES_SCHEMA``, sorted by year and adcode.
    loadings : pl.DataFrame
        ``INDEX_LOADINGS_SCHEMA``, sorted by index and indicator. An index that could not be formed
        has its indicators with a null weight and the reason as note.
    filled : pl.DataFrame
        ``FILLED_CELLS_SCHEMA``: every cell of er that was filled, sorted.
    """

    indices: pl.DataFrame
    loadings: pl.DataFrame
    filled: pl.DataFrame


def city_indices(
    frame: Frame,
    *,
    er_clip: bool = True,
    gap_stage: GapStage | None = "raw",
    er_scaling: Scaling = "pooled",
    dige_standardisation: Scaling = "pooled",
    dige_score: Score = "first",
    dige_sign: Anchor = "first_column",
    digital: Sequence[str] = DIGITAL_INDICATORS,
    environment: Sequence[str] = ENVIRONMENT_INDICATORS,
) -> CityIndices:
    """Digital economy (dige) and environmental regulation (er) of every city-year.

    ``dige`` is the first principal component of pooled z-scores, positive in the first indicator
    (Q-24), null where an indicator is missing. ``er`` is the entropy-weighted mean of five rates
    in percent, scaled over all city-years; gaps inside a city are interpolated or extrapolated
    before scoring and clipped to [0, 100] (Q-25), with every filled cell and clipped city-year
    marked.

    Parameters
    ----------
    frame : polars or pandas data frame, one row per ``adcode`` and integer ``year``
        Needs the indicator columns; further columns are ignored.
    er_clip : bool
        Clip extrapolated cells.
    gap_stage, er_scaling : see `entropy_index`
    dige_standardisation, dige_score, dige_sign : see `pca_index`
    digital, environment : sequence of str
        Indicator columns of the two indices.

    Returns
    -------
    CityIndices
        An index that the data cannot carry (no values, a constant indicator) is null throughout
        and says why in the loadings.

    Raises
    ------
    AnalysisError
        If a column is missing or not numeric.
    PanelKeyError
        If an adcode-year pair is null or occurs twice.
    """
    data = _city_years(frame, [*digital, *environment])
    loadings: list[tuple[str, str, float | None, str]] = []

    dige = pl.Series("dige", [None] * data.height, dtype=pl.Float64)
    try:
        component = pca_index(
            data,
            digital,
            score=dige_score,
            sign=dige_sign,
            standardisation=dige_standardisation,
            name="dige",
        )
    except (PanelTooSmallError, NoVariationError) as error:
        loadings += [("dige", name, None, f"unavailable: {error}") for name in digital]
    else:
        dige = component.scores
        note = (
            f"first component of {component.n_rows} city-years, eigenvalue "
            f"{component.eigenvalues[0]:.4f}, share of variance {component.shares[0]:.4f}"
        )
        loadings += [("dige", name, weight, note) for name, weight in component.loadings.rows()]

    er = pl.Series("er", [None] * data.height, dtype=pl.Float64)
    er_clipped = pl.Series("er_clipped", [False] * data.height, dtype=pl.Boolean)
    filled = pl.DataFrame(schema=FILLED_CELLS_SCHEMA)
    try:
        index = entropy_index(
            data,
            environment,
            gap_stage=gap_stage,
            scaling=er_scaling,
            bounds=(0.0, 100.0),
            clip=er_clip,
        )
    except (PanelTooSmallError, NoVariationError) as error:
        loadings += [("er", name, None, f"unavailable: {error}") for name in environment]
    else:
        er = index.scores["score"].alias("er")
        er_clipped = index.scores["is_clipped"].alias("er_clipped")
        filled = index.filled.with_columns(
            pl.lit("er").alias("index_name"), pl.col("year").cast(pl.Int64)
        ).match_to_schema(FILLED_CELLS_SCHEMA)
        note = (
            f"entropy weight over {index.n_rows} city-years; gaps filled in "
            f"{index.scores.filter(pl.col('n_filled') > 0).height}, clipped in "
            f"{int(er_clipped.sum())} city-years"
        )
        loadings += [
            ("er", name, weight, note)
            for name, weight in index.weights.select("indicator", "weight").rows()
        ]
    return CityIndices(
        indices=data.select(pl.col("year").cast(pl.Int64), pl.col("adcode").cast(pl.String))
        .with_columns(dige, er, er_clipped)
        .match_to_schema(CITY_INDICES_SCHEMA),
        loadings=pl.DataFrame(loadings, schema=INDEX_LOADINGS_SCHEMA, orient="row").sort(
            "index_name", "indicator"
        ),
        filled=filled.sort("indicator", "year", "adcode"),
    )


def index_variants(
    frame: Frame,
    *,
    digital: Sequence[str] = DIGITAL_INDICATORS,
    environment: Sequence[str] = ENVIRONMENT_INDICATORS,
) -> pl.DataFrame:
    """Every index that another choice in Q-24 and Q-25 would give, long.

    Parameters
    ----------
    frame : polars or pandas data frame, one row per ``adcode`` and integer ``year``
        Needs the indicator columns.
    digital, environment : sequence of str
        Indicator columns of dige and er.

    Returns
    -------
    pl.DataFrame
        ``INDEX_VARIANTS_SCHEMA``, sorted, without nulls. Variants of dige are
        ``<standardisation>.<score>``, of er ``<scaling>.<gap stage>.<clipped or open>`` (without
        the last where nothing is filled); one that the data cannot carry has no rows.

    Raises
    ------
    AnalysisError, PanelKeyError
        As for `city_indices`.
    """
    data = _city_years(frame, [*digital, *environment])
    keys = data.select(pl.col("year").cast(pl.Int64), pl.col("adcode").cast(pl.String))
    parts = [pl.DataFrame(schema=INDEX_VARIANTS_SCHEMA)]

    def keep(index_name: str, variant: str, values: pl.Series) -> None:
        parts.append(
            keys.with_columns(
                pl.lit(index_name).alias("index_name"),
                pl.lit(variant).alias("variant"),
                values.alias("value"),
            ).match_to_schema(INDEX_VARIANTS_SCHEMA)
        )

    scalings: tuple[Scaling, ...] = ("pooled", "yearly")
    scores: tuple[Score, ...] = get_args(Score)
    for scaling, score in product(scalings, scores):
        try:
            component = pca_index(
                data, digital, score=score, sign="first_column", standardisation=scaling
            )
        except (PanelTooSmallError, NoVariationError):
            continue
        keep("dige", f"{scaling}.{score}", component.scores)
    for scaling, (stage, gap_stage), clip in product(scalings, GAP_STAGES.items(), (True, False)):
        if gap_stage is None and not clip:
            continue  # nothing is filled, so there is nothing to clip
        try:
            index = entropy_index(
                data,
                environment,
                gap_stage=gap_stage,
                scaling=scaling,
                bounds=(0.0, 100.0),
                clip=clip,
            )
        except (PanelTooSmallError, NoVariationError):
            continue
        edge = "" if gap_stage is None else ".clipped" if clip else ".open"
        keep("er", f"{scaling}.{stage}{edge}", index.scores["score"])
    return pl.concat(parts).drop_nulls("value").sort("index_name", "variant", "year", "adcode")


def _city_years(frame: Frame, columns: Sequence[str]) -> pl.DataFrame:
    """Return the frame checked and sorted by year and adcode."""
    data = as_polars(frame)
    require_columns(data, ["adcode", "year", *columns])
    data = calendar(data, "year")
    require_unique_key(data, ["adcode", "year"])
    return data.sort("year", "adcode")


def _standardised(values: FloatArray) -> FloatArray:
    """Return z-scores of every column, with the n - 1 standard deviation."""
    n = values.shape[0]
    centred = values - np.array([total(column) / n for column in values.T])
    spread = np.array([math.sqrt(total(column * column) / (n - 1)) for column in centred.T])
    result: FloatArray = centred / spread
    return result


def _ranged(values: FloatArray, negative: np.ndarray) -> FloatArray:
    """Return every column on its range, 1 at the end that is better."""
    low, high = values.min(axis=0), values.max(axis=0)
    result: FloatArray = np.where(negative, high - values, values - low) / (high - low)
    return result


def _filled_cells(filled: pl.DataFrame, indicator: str) -> pl.DataFrame:
    """Return the filled rows of `fill_gaps` with the name of their indicator."""
    cells = filled.filter(pl.col("is_filled")).drop("is_filled")
    return cells.with_columns(pl.lit(indicator).alias("indicator"))


def _entropy(parts: FloatArray) -> float:
    """Entropy of parts that sum to 1, over its maximum ln n; 0 ln 0 = 0."""
    terms = [part * math.log(part) for part in parts.tolist() if part > 0]
    return -math.fsum(terms) / math.log(parts.size)


def _refuse_constant(names: Sequence[str], values: FloatArray) -> None:
    constant = [name for name, column in zip(names, values.T, strict=True) if np.ptp(column) == 0]
    if constant:
        raise NoVariationError(f"constant columns {constant}")


def _rows_by_entity(data: pl.DataFrame, entity: str) -> list[tuple[Any, np.ndarray]]:
    groups = data.group_by(entity, maintain_order=True).agg(pl.col("_row"))
    return [
        (name, rows.to_numpy().astype(np.int64))
        for name, rows in zip(groups[entity].to_list(), groups["_row"], strict=True)
    ]


def _unused(name: str, names: Sequence[str]) -> str:
    while name in names:
        name += "_"
    return name


def _directions(
    names: Sequence[str], signs: Mapping[str, Sign | int] | Sequence[Sign | int] | None
) -> dict[str, Sign]:
    """Direction of the indicators that have one, whatever way it is written."""
    if signs is None:
        return {}
    if not isinstance(signs, Mapping):
        if isinstance(signs, str) or len(signs) != len(names):
            raise AnalysisError(f"{len(names)} columns and signs {signs!r}: one each is needed")
        signs = dict(zip(names, signs, strict=True))
    if unknown := sorted(set(signs) - set(names)):
        raise AnalysisError(f"signs for unknown columns {unknown}")
    spelled: dict[object, Sign] = {
        "positive": "positive", "+": "positive", 1: "positive",
        "negative": "negative", "-": "negative", -1: "negative",
    }  # fmt: skip
    for column, direction in signs.items():
        if direction not in spelled:
            raise AnalysisError(f"sign of {column} is {direction!r}, not positive or negative")
    return {column: spelled[direction] for column, direction in signs.items()}
