"""Networks between cities: centralities of one graph or of every year, partner dynamics."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Literal

import polars as pl

from analysis.errors import AnalysisError, PanelKeyError, UnknownNodeError
from analysis.frames import Frame, as_polars, require_columns

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


def centralities(
    edges: Frame,
    nodes: Iterable[object],
    *,
    directed: bool,
    n_basis: NodeBasis = "registry",
    source: str = "source",
    target: str = "target",
) -> pl.DataFrame:
    r"""Degree and betweenness centrality of every node of a simple unweighted graph.

    Degree centrality (度数中心度) is :math:`k_i/(N-1)`. Betweenness centrality (介数中心度) sums
    the share of shortest paths between two other nodes that run through a node, divided by
    :math:`(N-1)(N-2)/2` pairs, or :math:`(N-1)(N-2)` ordered pairs when directed; pairs without a
    path count 0, shortest means fewest steps. Loops are dropped and parallel edges merged.

    Parameters
    ----------
    edges : polars or pandas data frame
        One row per edge; further columns are ignored.
    nodes : iterable of hashable, length >= 0
        The registry, isolates included.
    directed : bool
        Whether an edge leads from ``source`` to ``target``.
    n_basis : {"registry", "active", "reproduce"}
        What N counts (Q-27): the registry, or nodes with at least one edge; "reproduce" divides
        degrees by the registry and betweenness by the active nodes, as the printed tables do.
    source, target : str
        Names of the two columns of end points.

    Returns
    -------
    pl.DataFrame
        One row per node, sorted by ``node``: ``node, n_nodes`` (the N of the degrees),
        ``n_active``, ``n_partners`` (distinct neighbours, count) and ``degree``, or when directed
        ``n_out, n_in, out_degree, in_degree``; last ``betweenness``. A measure whose divisor is
        zero (N < 2, N < 3) is 0. Values depend on float sums: publish fingerprints of rounded
        floats.

    Raises
    ------
    AnalysisError
        If a column is missing.
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

    data = as_polars(edges)
    require_columns(data, [source, target])
    names = _registry(nodes)
    index = {name: position for position, name in enumerate(names)}
    pairs: set[tuple[int, int]] = set()
    for start, end in data.select(source, target).unique().iter_rows():
        for name in (start, end):
            if name is None or name not in index:
                raise UnknownNodeError(
                    f"edge {start!r} - {end!r} ends outside the {len(names)} nodes of the registry"
                )
        a, b = index[start], index[end]
        if a != b:
            pairs.add((a, b) if directed or a < b else (b, a))

    graph = ig.Graph(n=len(names), edges=sorted(pairs), directed=directed)
    active = len({position for pair in pairs for position in pair})
    n = active if n_basis == "active" else len(names)
    n_between = len(names) if n_basis == "registry" else active
    degree_divisor = float(max(n - 1, 1))
    ordered_pairs = (n_between - 1) * (n_between - 2)
    pair_divisor = float(max(ordered_pairs if directed else ordered_pairs // 2, 1))
    columns: dict[str, object] = {
        "node": names,
        "n_nodes": [n] * len(names),
        "n_active": [active] * len(names),
    }
    if directed:
        columns["n_out"] = graph.outdegree()
        columns["n_in"] = graph.indegree()
        columns["out_degree"] = [k / degree_divisor for k in graph.outdegree()]
        columns["in_degree"] = [k / degree_divisor for k in graph.indegree()]
    else:
        columns["n_partners"] = graph.degree()
        columns["degree"] = [k / degree_divisor for k in graph.degree()]
    columns["betweenness"] = [b / pair_divisor for b in graph.betweenness(directed=directed)]
    counts = {"n_nodes", "n_active", "n_partners", "n_out", "n_in"}
    return pl.DataFrame(columns).with_columns(
        pl.col(name).cast(pl.Int64 if name in counts else pl.Float64)
        for name in columns
        if name != "node"
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
    names = _registry(nodes)
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
                    "adcode": copatent["node"],
                    "n_nodes": [len(names)] * len(names),
                    "n_active_copatent": copatent["n_active"],
                    "n_active_transfer": moves["n_active"],
                    "copatent_degree": copatent["degree"],
                    "copatent_betweenness": copatent["betweenness"],
                    "transfer_out_degree": moves["out_degree"],
                    "transfer_in_degree": moves["in_degree"],
                    "transfer_betweenness": moves["betweenness"],
                },
                schema=CITY_CENTRALITIES_SCHEMA,
            )
        )
    return pl.concat(frames)


def partner_dynamics(
    edges: Frame, *, city_a: str = "city_a", city_b: str = "city_b"
) -> pl.DataFrame:
    r"""Continuing, new and lost partner cities of every city, year by year (Table 1).

    With :math:`P_n` the partners of year n: continuing :math:`X_n=|P_n\cap P_{n-1}|`, new
    :math:`Z_n=|P_n\setminus P_{n-1}|`, lost :math:`T_n=|P_{n-1}\setminus P_n|`, so that
    :math:`C_n=X_n+Z_n` and :math:`C_{n-1}=X_n+T_n`.

    Parameters
    ----------
    edges : polars or pandas data frame
        Undirected edges: integer ``year`` and two columns of city codes; repeats and self pairs
        do not count.
    city_a, city_b : str
        Names of the two columns of city codes.

    Returns
    -------
    pl.DataFrame
        One row per city that ever had a partner and calendar year from the first to the last of
        the edges, sorted by city and year: ``n_partners`` (C), ``n_continuing`` (X),
        ``continuing_share`` (X/C), ``n_new`` (Z), ``new_share`` (Z/C), ``n_lost`` (T) and
        ``lost_share`` (T over C of the year before). Shares lie in [0, 1]; null in the first year
        and where the divisor is 0.

    Raises
    ------
    AnalysisError
        If a column is missing.
    PanelKeyError
        If an end point or a year is null.
    """
    data = as_polars(edges)
    require_columns(data, ["year", city_a, city_b])
    data = data.select("year", city_a, city_b)
    if data.null_count().sum_horizontal().item():
        raise PanelKeyError("null year or end point in the edges")
    if data.is_empty():
        return PARTNER_DYNAMICS_SCHEMA.to_frame()
    partners: dict[tuple[object, int], set[object]] = {}
    for year, a, b in data.filter(pl.col(city_a) != pl.col(city_b)).iter_rows():
        partners.setdefault((a, year), set()).add(b)
        partners.setdefault((b, year), set()).add(a)
    first, last = min(data["year"]), max(data["year"])
    rows: list[tuple[object, ...]] = []
    for city in sorted({str(city): city for city, _ in partners}.items()):
        code, key = city
        for year in range(first, last + 1):
            now = partners.get((key, year), set())
            if year == first:
                rows.append((year, code, len(now), None, None, None, None, None, None))
                continue
            before = partners.get((key, year - 1), set())
            kept, fresh, gone = len(now & before), len(now - before), len(before - now)
            rows.append(
                (
                    year,
                    code,
                    len(now),
                    kept,
                    kept / len(now) if now else None,
                    fresh,
                    fresh / len(now) if now else None,
                    gone,
                    gone / len(before) if before else None,
                )
            )
    return pl.DataFrame(rows, schema=PARTNER_DYNAMICS_SCHEMA, orient="row")


def _registry(nodes: Iterable[object]) -> list[object]:
    names: Sequence[object] = list(nodes)
    if any(name is None for name in names):
        raise PanelKeyError("null node in the registry")
    counts = Counter(names)
    if repeated := sorted(str(name) for name, count in counts.items() if count > 1):
        raise PanelKeyError(f"nodes listed twice: {repeated[:5]}")
    return sorted(names)  # type: ignore[type-var]
