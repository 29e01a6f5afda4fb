"""Networks between cities: centralities of one graph or of every year, partner dynamics."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import polars as pl

from analysis.errors import AnalysisError, PanelKeyError, UnknownNodeError
from analysis.frames import Frame, as_polars, calendar, is_missing, numeric, require_columns

NodeBasis = Literal["registry", "active", "reproduce"]

CITY_CENTRALITIES_SCHEMA = pl.Schema(
    {
        "year": pl.Int64,
        "adcode": pl.String,
        "n_nodes": pl.Int64,
        "n_active_copatent": pl.Int64,
        "n_active_transfer": pl.Int64,
        "copatent_degree": pl.Float64,
        "copatent_betweenness": pl.Float64,
        "transfer_out_degree": pl.Float64,
        "transfer_in_degree": pl.Float64,
        "transfer_betweenness": pl.Float64,
    }
)

PARTNER_DYNAMICS_SCHEMA = pl.Schema(
    {
        "year": pl.Int64,
        "adcode": pl.String,
        "n_partners": pl.Int64,
        "n_continuing": pl.Int64,
        "continuing_share": pl.Float64,
        "n_new": pl.Int64,
        "new_share": pl.Float64,
        "n_lost": pl.Int64,
        "lost_share": pl.Float64,
    }
)


PARTNER_LISTS_SCHEMA = pl.Schema(
    {
        "adcode": pl.String(),
        "year": pl.Int64(),
        "state": pl.String(),
        "n": pl.Int64(),
        "partners": pl.List(pl.String()),
    }
)


@dataclass(frozen=True, slots=True)
class Ties:
    """A simple graph: nodes, distinct pairs and what they weigh.

    Attributes
    ----------
    nodes : tuple
        In the order given.
    pairs : tuple of (int, int)
        Positions of the end points, sorted; the smaller first unless directed. No loops.
    weights : tuple of float
        Sums over parallel edges; 1 each without a column of weights.
    directed : bool
    """

    nodes: tuple[Any, ...]
    pairs: tuple[tuple[int, int], ...]
    weights: tuple[float, ...]
    directed: bool

    @property
    def n_active(self) -> int:
        """Nodes with at least one edge."""
        return len({position for pair in self.pairs for position in pair})


def read_ties(
    edges: Frame,
    nodes: Iterable[object] | Frame | None,
    *,
    directed: bool,
    source: str = "source",
    target: str = "target",
    weight: str | None = None,
) -> Ties:
    """Check a list of edges against its nodes, drop loops and merge parallel edges.

    Parameters
    ----------
    edges : polars or pandas data frame
    nodes : iterable, or data frame with a column ``node`` (or one column), or None
        The registry, isolates included; None takes the end points of the edges, sorted.
    directed, source, target : see `centralities`
    weight : str, optional
        Column of positive weights.

    Raises
    ------
    AnalysisError
        If a column is missing or a weight is not a positive number.
    PanelKeyError
        If a node is null or listed twice.
    UnknownNodeError
        If an edge ends outside the nodes or at null.
    """
    data = as_polars(edges)
    require_columns(data, [source, target, *([weight] if weight else [])])
    data = data.select(source, target, *([weight] if weight else []))
    if weight is not None:
        data = numeric(data, [weight])
        bad = data.filter(pl.col(weight).is_null() | (pl.col(weight) <= 0))
        if bad.height:
            start, end, value = bad.row(0)
            raise AnalysisError(
                f"weight of edge {start!r} - {end!r} must be positive, is {value}; "
                f"{bad.height} such edges"
            )
    if nodes is None:
        found = {name for row in data.select(source, target).iter_rows() for name in row}
        nodes = sorted(found - {None}, key=lambda name: (str(type(name)), name))
    names = _registry(nodes)
    index = {name: position for position, name in enumerate(names)}
    weights: dict[tuple[int, int], list[float]] = {}
    for start, end, *rest in data.iter_rows():
        a, b = index.get(start), index.get(end)
        if a is None or b is None:
            raise UnknownNodeError(
                f"edge {start!r} - {end!r} ends outside the {len(names)} nodes of the registry"
            )
        if a != b:
            pair = (a, b) if directed or a < b else (b, a)
            weights.setdefault(pair, []).append(rest[0] if rest else 1.0)
    pairs = sorted(weights)
    return Ties(
        nodes=tuple(names),
        pairs=tuple(pairs),
        weights=tuple(math.fsum(weights[pair]) if weight else 1.0 for pair in pairs),
        directed=directed,
    )


@dataclass(frozen=True, slots=True)
class Centralities:
    """Degree and betweenness centrality of every node; tuples in the order of ``nodes``.

    Attributes
    ----------
    nodes : tuple
        The registry in the order given.
    directed : bool
    n, n_between : int
        N of the degrees and of the betweenness.
    m, n_active : int
        Edges without loops and repeats; nodes with at least one edge.
    n_out, n_in : tuple of int
        Distinct neighbours by direction; the same when not directed.
    out_degree, in_degree : tuple of float
        The same over N - 1.
    betweenness_raw, betweenness : tuple of float
        Sums of dependencies, and the same over the number of pairs.
    """

    nodes: tuple[Any, ...]
    directed: bool
    n: int
    n_between: int
    m: int
    n_active: int
    n_out: tuple[int, ...]
    n_in: tuple[int, ...]
    out_degree: tuple[float, ...]
    in_degree: tuple[float, ...]
    betweenness_raw: tuple[float, ...]
    betweenness: tuple[float, ...]

    @property
    def table(self) -> pl.DataFrame:
        """One row per node in the order given.

        ``node, n_nodes`` (the N of the degrees), ``n_active``, ``n_partners`` (distinct neighbours,
        count) and ``degree``, or when directed ``n_out, n_in, out_degree, in_degree``; last
        ``betweenness_raw, betweenness``.
        """
        size = len(self.nodes)
        counts: dict[str, Sequence[int]] = {
            "n_nodes": [self.n] * size,
            "n_active": [self.n_active] * size,
        }
        shares: dict[str, Sequence[float]] = {}
        if self.directed:
            counts |= {"n_out": self.n_out, "n_in": self.n_in}
            shares |= {"out_degree": self.out_degree, "in_degree": self.in_degree}
        else:
            counts["n_partners"] = self.n_out
            shares["degree"] = self.out_degree
        shares |= {"betweenness_raw": self.betweenness_raw, "betweenness": self.betweenness}
        return pl.DataFrame(
            [
                pl.Series("node", list(self.nodes), strict=False),
                *(pl.Series(name, list(of), dtype=pl.Int64) for name, of in counts.items()),
                *(pl.Series(name, list(of), dtype=pl.Float64) for name, of in shares.items()),
            ]
        )

    def to_dict(self) -> dict[str, Any]:
        """Keys ``n, m, directed, nodes``, lists by node, and ``n_active, n_betweenness``.

        The lists are ``degree_centrality`` (or ``out_degree_centrality`` and
        ``in_degree_centrality``), ``betweenness_raw`` and ``betweenness_normalised``.
        """
        degrees = (
            {
                "out_degree_centrality": list(self.out_degree),
                "in_degree_centrality": list(self.in_degree),
            }
            if self.directed
            else {"degree_centrality": list(self.out_degree)}
        )
        return {
            "n": self.n,
            "m": self.m,
            "directed": self.directed,
            "nodes": list(self.nodes),
            **degrees,
            "betweenness_raw": list(self.betweenness_raw),
            "betweenness_normalised": list(self.betweenness),
            "n_active": self.n_active,
            "n_betweenness": self.n_between,
        }


def centralities(
    edges: Frame,
    nodes: Iterable[object] | Frame | None = None,
    *,
    directed: bool,
    n_basis: NodeBasis = "registry",
    source: str = "source",
    target: str = "target",
) -> Centralities:
    r"""Degree and betweenness centrality of every node of a simple unweighted graph.

    Degree centrality (度数中心度) is :math:`k_i/(N-1)`. Betweenness centrality (介数中心度) sums
    the share of shortest paths between two other nodes that run through a node, divided by
    :math:`(N-1)(N-2)/2` pairs, or :math:`(N-1)(N-2)` ordered pairs when directed; pairs without a
    path count 0, shortest means fewest steps. Loops are dropped and parallel edges merged.

    Parameters
    ----------
    edges : polars or pandas data frame
        One row per edge; further columns are ignored.
    nodes : iterable of hashable, length >= 0, or data frame with a column ``node``
        The registry, isolates included; without it the end points of the edges.
    directed : bool
        Whether an edge leads from ``source`` to ``target``.
    n_basis : {"registry", "active", "reproduce"}
        What N counts (Q-27): the registry, or nodes with at least one edge; "reproduce" divides
        degrees by the registry and betweenness by the active nodes, as the printed tables do.
    source, target : str
        Names of the two columns of end points.

    Returns
    -------
    Centralities
        A measure whose divisor is zero (N < 2, N < 3) is 0. Values depend on float sums: publish
        fingerprints of rounded floats.

    Raises
    ------
    AnalysisError
        If a column is missing or ``n_basis`` is unknown.
    PanelKeyError
        If a node is null or listed twice.
    UnknownNodeError
        If an edge ends at a node outside the registry or at null.

    References
    ----------
    Freeman, "A set of measures of centrality based on betweenness", *Sociometry* 40 (1977);
    Brandes, "A faster algorithm for betweenness centrality", *J. Math. Sociology* 25 (2001).
    """
    import igraph as ig

    if n_basis not in ("registry", "active", "reproduce"):
        raise AnalysisError(f"unknown n_basis {n_basis!r}; registry, active or reproduce")
    ties = read_ties(edges, nodes, directed=directed, source=source, target=target)
    graph = ig.Graph(n=len(ties.nodes), edges=list(ties.pairs), directed=directed)
    active = ties.n_active
    n = active if n_basis == "active" else len(ties.nodes)
    n_between = len(ties.nodes) if n_basis == "registry" else active
    degree_divisor = float(max(n - 1, 1))
    ordered_pairs = (n_between - 1) * (n_between - 2)
    pair_divisor = float(max(ordered_pairs if directed else ordered_pairs // 2, 1))
    n_out, n_in = graph.degree(mode="out"), graph.degree(mode="in")
    raw = graph.betweenness(directed=directed)
    return Centralities(
        nodes=ties.nodes,
        directed=directed,
        n=n,
        n_between=n_between,
        m=len(ties.pairs),
        n_active=active,
        n_out=tuple(n_out),
        n_in=tuple(n_in),
        out_degree=tuple(k / degree_divisor for k in n_out),
        in_degree=tuple(k / degree_divisor for k in n_in),
        betweenness_raw=tuple(raw),
        betweenness=tuple(value / pair_divisor for value in raw),
    )


def city_centralities(
    joint_edges: Frame,
    transfer_edges: Frame,
    nodes: Iterable[str],
    years: Iterable[int],
    *,
    n_basis: NodeBasis = "registry",
) -> pl.DataFrame:
    """Centralities of every city and year in the joint-patent and the transfer network.

    Parameters
    ----------
    joint_edges : polars or pandas data frame
        Undirected edges ``year, city_a, city_b`` of one basis (applications or grants).
    transfer_edges : polars or pandas data frame
        Directed edges ``year, from_city, to_city`` of the event types that count.
    nodes : iterable of str
        Codes of the node registry (341 cities by default), isolates included.
    years : iterable of int
        Calendar years to compute; edges of other years are left aside.
    n_basis : {"registry", "active", "reproduce"}
        What N counts in the divisors (Q-27): the registry, the active nodes of that year and
        network, or the former for degrees and the latter for betweenness.

    Returns
    -------
    pl.DataFrame
        One row per year and node, sorted, columns of ``CITY_CENTRALITIES_SCHEMA``. ``n_nodes`` is
        the size of the registry; ``n_active_copatent`` and ``n_active_transfer`` count nodes with
        at least one edge in that year. ``copatent_degree`` (DC), ``copatent_betweenness`` (BC),
        ``transfer_out_degree`` (dc_out), ``transfer_in_degree`` (dc_in), ``transfer_betweenness``
        (bc) are dimensionless shares in [0, 1].

    Raises
    ------
    AnalysisError
        If a column is missing, or the joint edges mix both bases.
    UnknownNodeError
        If an edge ends outside the registry.
    """
    joint, transfer = as_polars(joint_edges), as_polars(transfer_edges)
    require_columns(joint, ["year", "city_a", "city_b"])
    require_columns(transfer, ["year", "from_city", "to_city"])
    if "basis" in joint.columns and joint["basis"].n_unique() > 1:
        raise AnalysisError(
            f"joint edges mix bases {sorted(joint['basis'].unique())}; filter first"
        )
    names = sorted(_registry(nodes), key=str)
    joint, transfer = calendar(joint, "year"), calendar(transfer, "year")
    frames = [CITY_CENTRALITIES_SCHEMA.to_frame()]
    for year in sorted(set(years)):
        copatent = centralities(
            joint.filter(pl.col("year") == year),
            names,
            directed=False,
            n_basis=n_basis,
            source="city_a",
            target="city_b",
        )
        moves = centralities(
            transfer.filter(pl.col("year") == year),
            names,
            directed=True,
            n_basis=n_basis,
            source="from_city",
            target="to_city",
        )
        frames.append(
            pl.DataFrame(
                {
                    "year": [year] * len(names),
                    "adcode": names,
                    "n_nodes": [len(names)] * len(names),
                    "n_active_copatent": [copatent.n_active] * len(names),
                    "n_active_transfer": [moves.n_active] * len(names),
                    "copatent_degree": copatent.out_degree,
                    "copatent_betweenness": copatent.betweenness,
                    "transfer_out_degree": moves.out_degree,
                    "transfer_in_degree": moves.in_degree,
                    "transfer_betweenness": moves.betweenness,
                },
                schema=CITY_CENTRALITIES_SCHEMA,
            )
        )
    return pl.concat(frames)


@dataclass(frozen=True, slots=True)
class PartnerDynamics:
    """Continuing, new and lost partners by city and year (Table 1).

    Attributes
    ----------
    table : pl.DataFrame
        ``PARTNER_DYNAMICS_SCHEMA``: one row per city and calendar year from the first to the last
        of the edges, sorted by city and year: ``n_partners`` (C), ``n_continuing`` (X),
        ``continuing_share`` (X/C), ``n_new`` (Z), ``new_share`` (Z/C), ``n_lost`` (T) and
        ``lost_share`` (T over C of the year before). Shares lie in [0, 1]; null in the first year
        and where the divisor is 0.
    partners : mapping of (city, year) to tuple of str
        The partners themselves, sorted; years without any are absent.
    """

    table: pl.DataFrame
    partners: Mapping[tuple[str, int], tuple[str, ...]]

    def of(self, city: object) -> PartnerDynamics:
        """The same of one city.

        Raises
        ------
        UnknownNodeError
            If the city never had a partner.
        """
        name = str(city)
        chosen = self.table.filter(pl.col("adcode") == name)
        if chosen.is_empty():
            raise UnknownNodeError(f"{name} has no partner in any year")
        held = {key: value for key, value in self.partners.items() if key[0] == name}
        return PartnerDynamics(chosen, held)

    def lists(self) -> pl.DataFrame:
        """Who stays, comes and goes: ``adcode, year, state, n, partners``, sorted.

        ``state`` is continuing, new or lost (of the year before); ``partners`` is a list. The first
        year has no rows, and neither has a state without partners.
        """
        rows: list[tuple[str, int, str, int, list[str]]] = []
        for city, years in self.table.group_by("adcode", maintain_order=True):
            name = str(city[0])
            for year in years["year"].to_list()[1:]:
                now = set(self.partners.get((name, year), ()))
                before = set(self.partners.get((name, year - 1), ()))
                for state, who in (
                    ("continuing", now & before), ("new", now - before), ("lost", before - now),
                ):  # fmt: skip
                    if who:
                        rows.append((name, year, state, len(who), sorted(who)))
        return pl.DataFrame(rows, schema=PARTNER_LISTS_SCHEMA, orient="row")

    def to_dict(self) -> dict[str, Any]:
        """Key ``rows``: one mapping per city and year in the letters of the paper.

        ``city, year, Cn, Xn, Xn_over_Cn_pct, Zn, Zn_over_Cn_pct, Tn, Tn_over_Cprev_pct``; percent
        is not rounded.
        """

        def percent(share: float | None) -> float | None:
            return None if share is None else 100 * share

        return {
            "rows": [
                {
                    "city": row["adcode"],
                    "year": row["year"],
                    "Cn": row["n_partners"],
                    "Xn": row["n_continuing"],
                    "Xn_over_Cn_pct": percent(row["continuing_share"]),
                    "Zn": row["n_new"],
                    "Zn_over_Cn_pct": percent(row["new_share"]),
                    "Tn": row["n_lost"],
                    "Tn_over_Cprev_pct": percent(row["lost_share"]),
                }
                for row in self.table.iter_rows(named=True)
            ]
        }


def partner_dynamics(
    edges: Frame,
    *,
    city_a: str = "city_a",
    city_b: str = "city_b",
    time: str = "year",
    focal: object | None = None,
) -> PartnerDynamics:
    r"""Continuing, new and lost partner cities of every city, year by year (Table 1).

    With :math:`P_n` the partners of year n: continuing :math:`X_n=|P_n\cap P_{n-1}|`, new
    :math:`Z_n=|P_n\setminus P_{n-1}|`, lost :math:`T_n=|P_{n-1}\setminus P_n|`, so that
    :math:`C_n=X_n+Z_n` and :math:`C_{n-1}=X_n+T_n`.

    Parameters
    ----------
    edges : polars or pandas data frame
        Undirected edges: a column of calendar years and two columns of city codes; repeats and self
        pairs do not count. Or the partners of one city alone: the years and one column, ``city_b``
        or ``partner``.
    city_a, city_b, time : str
        Names of the columns.
    focal : object, optional
        Give the rows of this city alone; in a list of partners, its name (``"focal"`` without).

    Returns
    -------
    PartnerDynamics
        A city enters if it ever had a partner.

    Raises
    ------
    AnalysisError
        If a column is missing or a year is no whole number.
    PanelKeyError
        If an end point or a year is null.
    UnknownNodeError
        If ``focal`` never had a partner.
    """
    data = as_polars(edges)
    one_city = city_a not in data.columns
    if one_city and city_b not in data.columns and "partner" in data.columns:
        city_b = "partner"
    if one_city and city_b in data.columns and city_a == "city_a":
        focal = "focal" if focal is None else focal
        data = data.with_columns(pl.lit(str(focal)).alias(city_a))
    require_columns(data, [time, city_a, city_b])
    data = data.select(time, pl.col(city_a).cast(pl.String), pl.col(city_b).cast(pl.String))
    if data.null_count().sum_horizontal().item():
        raise PanelKeyError("null year or end point in the edges")
    data = calendar(data, time)
    partners: dict[tuple[str, int], set[str]] = {}
    for year, a, b in data.filter(pl.col(city_a) != pl.col(city_b)).iter_rows():
        partners.setdefault((a, year), set()).add(b)
        if not one_city:
            partners.setdefault((b, year), set()).add(a)
    first, last = (min(data[time]), max(data[time])) if data.height else (0, -1)
    rows: list[tuple[object, ...]] = []
    for city in sorted({city for city, _ in partners}):
        for year in range(first, last + 1):
            now = partners.get((city, year), set())
            if year == first:
                rows.append((year, city, len(now), None, None, None, None, None, None))
                continue
            before = partners.get((city, year - 1), set())
            kept, fresh, gone = len(now & before), len(now - before), len(before - now)
            rows.append(
                (
                    year,
                    city,
                    len(now),
                    kept,
                    kept / len(now) if now else None,
                    fresh,
                    fresh / len(now) if now else None,
                    gone,
                    gone / len(before) if before else None,
                )
            )
    result = PartnerDynamics(
        pl.DataFrame(rows, schema=PARTNER_DYNAMICS_SCHEMA, orient="row"),
        {key: tuple(sorted(partners[key])) for key in sorted(partners)},
    )
    return result if focal is None else result.of(focal)


def _registry(nodes: Iterable[object] | Frame) -> list[object]:
    if hasattr(nodes, "columns"):
        table = as_polars(nodes)
        if "node" not in table.columns and table.width != 1:
            raise AnalysisError(f"nodes need a column 'node'; frame has {sorted(table.columns)}")
        nodes = table["node" if "node" in table.columns else table.columns[0]].to_list()
    # Scalars of numpy become those of Python, so that results can be written as JSON.
    names: list[object] = [name.item() if hasattr(name, "item") else name for name in nodes]
    if any(is_missing(name) for name in names):
        raise PanelKeyError("null node in the registry")
    counts = Counter(names)
    if repeated := sorted(str(name) for name, count in counts.items() if count > 1):
        raise PanelKeyError(f"nodes listed twice: {repeated[:5]}")
    return names
