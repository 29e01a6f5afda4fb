"""The spatial weights of one set of cities, all kinds at once, and what a reader asks of each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from analysis.errors import SpatialWeightsError
from analysis.frames import FloatArray, Frame, as_polars, require_columns, require_unique_key
from analysis.weights import Kind, feedback, weights, weights_fingerprint, weights_table

PAPER_RHO = 0.733
"""Printed rho of Table 5, at which the feedback of weights is compared (headline 8)."""

PAPER_FEEDBACK = 0.0147
"""Feedback that the 19 printed rows of Table 5 imply; reported beside ours, never asserted."""

KINDS: tuple[Kind, ...] = (
    "inverse_distance",
    "inverse_squared",
    "nearest",
    "economic",
    "nested",
)
"""Kinds of weights that are built; ``nested`` is the economic-geographic one."""

_POWERED = ("inverse_distance", "nested")
_CUT = ("inverse_distance", "inverse_squared", "nested")
_ECONOMIC = ("economic", "nested")

WEIGHTS_SCHEMA = pl.Schema(
    {
        "kind": pl.String,
        "origin": pl.String,
        "destination": pl.String,
        "weight": pl.Float64,
    }
)

WEIGHT_KINDS_SCHEMA = pl.Schema(
    {
        "kind": pl.String,
        "n": pl.Int64,
        "power": pl.Float64,
        "cutoff_km": pl.Float64,
        "neighbours": pl.Int64,
        "economic_base": pl.String,
        "standardisation": pl.String,
        "n_links": pl.Int64,
        "fingerprint": pl.String,
        "n_islands": pl.Int64,
        "n_components": pl.Int64,
        "smallest_eigenvalue": pl.Float64,
        "feedback_at_paper_rho": pl.Float64,
        "note": pl.String,
        "status": pl.String,
        "reason": pl.String,
    }
)


@dataclass(frozen=True, slots=True)
class WeightRules:
    """Choices behind the weights (Q-31).

    Attributes
    ----------
    power : float
        Of the distance in ``inverse_distance`` and ``nested``.
    cutoff_km : float or None
        Pairs farther apart get no weight, of all kinds of distance.
    neighbours : int
        Of ``nearest``.
    economic_base : str
        What the economic values are, for the note.
    """

    power: float = 1.0
    cutoff_km: float | None = None
    neighbours: int = 5
    economic_base: str = "first_year"


@dataclass(frozen=True, slots=True)
class NamedWeights:
    """Row-standardised weights of one kind, or the reason why there are none.

    Attributes
    ----------
    kind : str
    ids : tuple of str
        Cities in the order of the matrix.
    matrix : ndarray or None
    note, reason : str
        What was left out; why there is no matrix (empty when there is one).
    """

    kind: Kind
    ids: tuple[str, ...]
    matrix: FloatArray | None
    note: str = ""
    reason: str = ""

    @property
    def fingerprint(self) -> str | None:
        """Mark of the weights; None when there are none."""
        return None if self.matrix is None else weights_fingerprint(self.matrix, self.ids)


def named_weights(
    cities: Frame, kind: Kind, rules: WeightRules, *, among: Sequence[str] | None = None
) -> NamedWeights:
    """Weights of one kind between cities; what makes them impossible is kept as the reason.

    Parameters
    ----------
    cities : frame with ``adcode, latitude, longitude, economic_value``
        The value may be missing; economic kinds leave those cities out and say so.
    kind : str
    rules : WeightRules
    among : sequence of str, optional
        Cities to take; all by default.

    Raises
    ------
    AnalysisError
        If a column is missing or a city stands twice.
    """
    table = as_polars(cities)
    require_columns(table, ["adcode", "latitude", "longitude", "economic_value"])
    require_unique_key(table, ["adcode"])
    if among is not None:
        table = table.filter(pl.col("adcode").is_in(list(among)))
    note = ""
    if kind in _ECONOMIC:
        with_value = table.drop_nulls("economic_value")
        if with_value.height < table.height:
            note = f"{table.height - with_value.height} cities without an economic value left out"
        table = with_value
    table = table.sort("adcode")
    ids = tuple(table["adcode"].to_list())
    try:
        matrix = weights(
            table.select("latitude", "longitude").to_numpy(),
            kind,
            power=rules.power if kind in _POWERED else None,
            cutoff_km=rules.cutoff_km if kind in _CUT else None,
            k=rules.neighbours if kind == "nearest" else None,
            values=table["economic_value"].to_numpy() if kind in _ECONOMIC else None,
        ).matrix
    except SpatialWeightsError as error:
        return NamedWeights(kind, ids, None, note, _with_names(str(error), ids))
    return NamedWeights(kind, ids, matrix, note)


def _with_names(message: str, ids: Sequence[str]) -> str:
    """Add the cities behind the positions that a message names in brackets."""
    _, bracket, rest = message.partition("[")
    places = [int(word) for word in rest.partition("]")[0].split(",") if word.strip().isdigit()]
    if not bracket or not places or max(places) >= len(ids):
        return message
    return f"{message} ({', '.join(ids[place] for place in places[:5])})"


def weight_tables(
    cities: Frame, rules: WeightRules, kinds: Sequence[Kind] = KINDS
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """All weights as one sparse table, and one row per kind about them.

    Returns
    -------
    sparse : pl.DataFrame
        ``WEIGHTS_SCHEMA``: kind, origin, destination, weight; nothing for a kind without weights.
    about : pl.DataFrame
        ``WEIGHT_KINDS_SCHEMA``; ``feedback_at_paper_rho`` is the mean diagonal of
        (I - rho W)^-1, less one, at the printed rho.
    """
    from scipy.sparse.csgraph import connected_components  # type: ignore[import-untyped]

    sparse = [WEIGHTS_SCHEMA.to_frame()]
    rows: list[dict[str, object]] = []
    for kind in kinds:
        found = named_weights(cities, kind, rules)
        row: dict[str, object] = {
            "kind": kind,
            "n": len(found.ids),
            "power": (
                2.0 if kind == "inverse_squared" else rules.power if kind in _POWERED else None
            ),
            "cutoff_km": rules.cutoff_km if kind in _CUT else None,
            "neighbours": rules.neighbours if kind == "nearest" else None,
            "economic_base": rules.economic_base if kind in _ECONOMIC else None,
            "standardisation": "row",
            "note": found.note or None,
            "status": "ok",
        }
        if found.matrix is None:
            rows.append({**row, "status": "unavailable", "reason": found.reason})
            continue
        w = found.matrix
        islands = int((~w.any(axis=1)).sum())
        row |= {
            "n_links": int(np.count_nonzero(w)),
            "fingerprint": found.fingerprint,
            "n_islands": islands,
            "n_components": int(connected_components(w > 0, directed=False, return_labels=False)),
            "smallest_eigenvalue": float(np.linalg.eigvals(w).real.min()),
            "feedback_at_paper_rho": feedback(w, PAPER_RHO),
            "note": "; ".join(
                filter(
                    None,
                    [
                        found.note,
                        f"at rho {PAPER_RHO} the printed effects imply {PAPER_FEEDBACK}; power "
                        "and cut-off of the paper are not identified",
                    ],
                )
            ),
        }
        rows.append(row)
        sparse.append(
            weights_table(w, list(found.ids))
            .with_columns(pl.lit(kind).alias("kind"))
            .select(list(WEIGHTS_SCHEMA))
        )
    return pl.concat(sparse), pl.DataFrame(rows, schema=WEIGHT_KINDS_SCHEMA)
