"""The regressions of the paper by name: regressors in print order, timing, balanced samples."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeVar

import polars as pl

from analysis.errors import AbsorbedRegressorError, PanelTooSmallError
from analysis.frames import Frame, as_polars, numeric, require_columns
from analysis.panel import BASELINE_DUMMIES, BASELINE_STEPS, complete_rows, lag

Gaps = Literal["drop_cities", "interpolate"]
T = TypeVar("T")

BASELINE_TERMS: tuple[str, ...] = tuple(name for step in BASELINE_STEPS for name in step)
"""The 22 regressors of the last column of Tables 3 and 4."""

DURBIN_TERMS: tuple[str, ...] = (
    "ln_gtr",
    "ln_gpatent",
    "copatent_degree",
    "copatent_betweenness",
    "transfer_out_degree",
    "transfer_in_degree",
    "transfer_betweenness",
    "hsr",
    "dige",
    "ln_pgdp",
    "ins",
    "fin",
    "ln_fdi",
    "er",
    "low_carbon",
    "zts",
    "gjs",
    "rps",
    "innovative",
)
"""The 19 regressors of Table 5 in its order, without ln_tech, carbon_trade and qrate (D-17)."""

PROVINCIAL_TERMS: tuple[str, ...] = ("ln_tech", "zts", "gjs", "rps", "qrate")
"""Regressors that are equal for all cities of a province (D-28)."""

POLICIES: tuple[str, ...] = ("hsr", "low_carbon", "carbon_trade", "innovative")
"""0/1 regressors that begin in different years."""

LAG = "L_"


@dataclass(frozen=True, slots=True)
class Timed:
    """A panel whose regressors are those of the year that the equation takes.

    Attributes
    ----------
    frame : pl.DataFrame
        Keys, outcomes, further columns, and the regressors under the names of ``used``.
    used : mapping of str to str
        Regressor to column: itself, or ``L_<name>`` of the calendar year before.
    """

    frame: pl.DataFrame
    used: Mapping[str, str]

    @property
    def columns(self) -> list[str]:
        """Columns of the regressors, in their order."""
        return list(self.used.values())

    def name(self, column: str) -> str:
        """Regressor behind a column; anything else stays as it is."""
        return next((name for name, used in self.used.items() if used == column), column)

    def plain(self, text: str) -> str:
        """A message with the names of regressors instead of columns."""
        for name, column in sorted(self.used.items(), key=lambda pair: -len(pair[1])):
            text = text.replace(column, name)
        return text


def timed_panel(
    panel: Frame,
    outcomes: Sequence[str],
    terms: Sequence[str],
    *,
    lag_dummies: bool,
    sample: str | None = "in_sample",
    further: Sequence[str] = (),
    entity: str = "adcode",
    time: str = "year",
) -> Timed:
    """Bring regressors to their year: continuous ones to the year before, dummies as asked (Q-20).

    Parameters
    ----------
    panel : polars or pandas data frame, one row per city and integer year
    outcomes, terms, further : sequence of str
        Dependent variables, regressors, and columns to carry along.
    lag_dummies : bool
        Lag the 0/1 dummies too.
    sample : str or None
        Boolean column of the cities that enter; None takes every row.

    Raises
    ------
    AnalysisError
        If a column is missing or not numeric.
    PanelTooSmallError
        If no row, or no value of a column, is left.
    """
    data = as_polars(panel)
    required = [entity, time, *outcomes, *terms, *further, *([sample] if sample else [])]
    require_columns(data, required)
    if sample:
        data = data.filter(pl.col(sample).cast(pl.Boolean).fill_null(False))
    if data.is_empty():
        raise PanelTooSmallError("no city-year in the sample")
    wanted = list(dict.fromkeys([*outcomes, *terms]))
    if empty := [name for name in wanted if data[name].drop_nulls().is_empty()]:
        raise PanelTooSmallError(f"no value in {', '.join(empty)}")
    kept = [name for name in dict.fromkeys(further) if name not in (entity, time, *wanted)]
    data = numeric(data.select(entity, time, *wanted, *kept), wanted)
    lagged = [name for name in terms if lag_dummies or name not in BASELINE_DUMMIES]
    data = lag(data, lagged, entity=entity, time=time, prefix=LAG)
    return Timed(data, {name: LAG + name if name in lagged else name for name in terms})


def balanced(
    timed: Timed,
    outcome: str,
    *,
    gaps: Gaps = "drop_cities",
    entity: str = "adcode",
    time: str = "year",
) -> tuple[pl.DataFrame, tuple[str, ...]]:
    """Cut a panel to cities and years without a gap, as spatial models need it.

    Years in which half of the cities or more have a gap go first, then cities with any gap left.
    With ``gaps="interpolate"`` gaps between two years of a city are filled linearly before, of
    regressors only.

    Returns
    -------
    frame : pl.DataFrame
        Keys, outcome, regressors; every city in every year, sorted.
    notes : tuple of str
        What was cut or filled.

    Raises
    ------
    PanelTooSmallError
        If nothing is left.
    """
    columns = timed.columns
    data = timed.frame.select(entity, time, outcome, *columns).sort(entity, time)
    notes: list[str] = []
    if gaps == "interpolate":
        before = int(data.select(columns).null_count().sum_horizontal().item())
        data = data.with_columns(pl.col(columns).interpolate_by(time).over(entity))
        filled = before - int(data.select(columns).null_count().sum_horizontal().item())
        if filled:
            notes.append(f"{filled} cells interpolated between years")
    cities = data[entity].n_unique()
    whole = complete_rows(data, [outcome, *columns], entity, time, None)
    by_year = whole.group_by(time).len().filter(pl.col("len") * 2 > cities)
    years = by_year[time].sort().to_list()
    kept = whole.filter(pl.col(time).is_in(years))
    full = kept.group_by(entity).len().filter(pl.col("len") == len(years))[entity].sort().to_list()
    if not years or not full:
        raise PanelTooSmallError(f"no city is complete in {outcome} and all regressors")
    every = data[time].unique().sort().to_list()
    # Without the year before there is no lag: the first year goes by definition.
    first = every[:1] if columns != list(timed.used) else []
    if cut := [year for year in every if year not in years and year not in first]:
        notes.append(
            f"years left out, half of the cities or more have a missing value: "
            f"{', '.join(map(str, cut))}"
        )
    dropped = sorted(set(data[entity].unique().to_list()) - set(full))
    if dropped:
        gap = {
            timed.name(name): n
            for name, n in data.filter(pl.col(time).is_in(years))
            .null_count()
            .row(0, named=True)
            .items()
            if n
        }
        held = ", ".join(f"{name} {n}" for name, n in gap.items())
        notes.append(
            f"{len(dropped)} of {cities} cities left out for missing values ({held} city-years), "
            "weights standardised among the others"
        )
    return kept.filter(pl.col(entity).is_in(full)).sort(entity, time), tuple(notes)


def leaving_out(
    estimate: Callable[[list[str]], T], terms: Sequence[str]
) -> tuple[T, dict[str, str]]:
    """Estimate without the regressors that effects absorb or others explain, and say which.

    Parameters
    ----------
    estimate : callable
        Takes regressors; raises `AbsorbedRegressorError`.
    terms : sequence of str

    Returns
    -------
    result, reasons
        What ``estimate`` gave, and regressor to reason for those left out.

    Raises
    ------
    AbsorbedRegressorError
        If nothing is left.
    """
    left, reasons = list(terms), dict[str, str]()
    while True:
        try:
            return estimate(left), reasons
        except AbsorbedRegressorError as error:
            reasons.update(error.reasons)
            before, left = left, [name for name in left if name not in reasons]
            if not left or left == before:
                raise AbsorbedRegressorError(reasons) from error
