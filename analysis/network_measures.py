"""Further measures of networks: of every node, of the whole graph, and of every year.

igraph does the work; what it leaves open is fixed here and said: distances count steps, a graph in
parts has its conventions, random numbers have a seed, and nodes are numbered in their sorted order,
so that neither the order of edges nor that of nodes changes a result.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import polars as pl

from analysis.errors import AnalysisError
from analysis.frames import Frame, as_polars, calendar, require_columns
from analysis.network import Ties, read_ties

NETWORK_NODE_SCHEMA = pl.Schema(
    {
        "n_partners": pl.Int64,
        "n_out": pl.Int64,
        "n_in": pl.Int64,
        "strength": pl.Float64,
        "out_strength": pl.Float64,
        "in_strength": pl.Float64,
        "closeness": pl.Float64,
        "closeness_wf": pl.Float64,
        "in_closeness": pl.Float64,
        "in_closeness_wf": pl.Float64,
        "harmonic": pl.Float64,
        "pagerank": pl.Float64,
        "eigenvector": pl.Float64,
        "clustering": pl.Float64,
        "core_number": pl.Int64,
        "is_core": pl.Boolean,
        "community": pl.Int64,
        "component": pl.Int64,
    }
)
"""Measures of a node; a first column ``node`` names it."""

_LEIDEN_ROUNDS = 20

MEASURE_NOTES: dict[str, str] = {
    "n_nodes": "registry, isolates included",
    "n_active": "nodes with at least one edge",
    "n_edges": "distinct pairs, ordered when directed; loops left out",
    "total_weight": "sum of the weights of all edges",
    "density": "edges over possible pairs of the registry, ordered when directed",
    "reciprocity": "share of directed edges that are returned",
    "n_components": "weakly connected, isolates counted",
    "giant_size": "nodes of the largest component",
    "giant_share": "of the registry",
    "transitivity": "closed over connected triples, directions left out",
    "mean_clustering": "over all nodes, 0 below two neighbours, directions left out",
    "mean_path_length": "steps between reachable pairs of the largest component, ordered pairs "
    "when directed",
    "diameter": "longest of the shortest paths of the largest component",
    "degree_assortativity": "correlation of degrees over edges; out and in degree when directed",
    "modularity": "of the Leiden communities, weighted, directions left out",
    "n_communities": "among active nodes",
    "core_size": "fewest errors against an ideal core and periphery (Borgatti and Everett 1999, "
    "exact after Lip 2011)",
    "core_correlation": "correlation with that ideal, pairs across left out",
    "small_world_sigma": "transitivity over path length, both relative to random graphs with the "
    "same degrees; largest component, directions left out",
    "small_world_omega": "random over actual path length, less actual clustering over that of a "
    "ring with the same mean degree; largest component, directions left out",
    "random_transitivity": "mean over random graphs with the same degrees",
    "random_path_length": "mean over random graphs with the same degrees, reachable pairs",
    "lattice_clustering": "of a ring of neighbours with the same mean degree, 3(k-2) / 4(k-1)",
}
"""What each figure of a whole graph counts, in the order of print."""


@dataclass(frozen=True, slots=True)
class NetworkMeasures:
    """Measures of every node and of the graph.

    Attributes
    ----------
    directed : bool
    seed, random_graphs : int
        Of the communities and of the random graphs that small-world figures compare with.
    nodes : pl.DataFrame
        ``node`` and the columns of ``NETWORK_NODE_SCHEMA``, one row per node in the order given.
    graph : mapping of str to float or None
        The keys of ``MEASURE_NOTES``; None where a figure does not exist.
    reasons : mapping of str to str
        Why a figure is None.
    """

    directed: bool
    seed: int
    random_graphs: int
    nodes: pl.DataFrame
    graph: Mapping[str, float | None]
    reasons: Mapping[str, str]

    def figures(self) -> pl.DataFrame:
        """One row per figure of the graph: ``measure, value, note``."""
        rows = [
            (
                name,
                value,
                MEASURE_NOTES[name]
                if value is not None
                else f"{MEASURE_NOTES[name]}; none: {self.reasons[name]}",
            )
            for name, value in self.graph.items()
        ]
        schema = {"measure": pl.String, "value": pl.Float64, "note": pl.String}
        return pl.DataFrame(rows, schema=schema, orient="row")

    def to_dict(self) -> dict[str, Any]:
        """Keys ``directed, seed, random_graphs, nodes``, a list per measure, and ``graph``."""
        lists = self.nodes.to_dict(as_series=False)
        return {
            "directed": self.directed,
            "seed": self.seed,
            "random_graphs": self.random_graphs,
            "nodes": lists.pop("node"),
            **lists,
            "graph": dict(self.graph),
            "reasons": dict(self.reasons),
        }


def network_measures(
    edges: Frame,
    nodes: Iterable[object] | Frame | None = None,
    *,
    directed: bool,
    weight: str | None = None,
    source: str = "source",
    target: str = "target",
    seed: int = 0,
    random_graphs: int = 20,
    resolution: float = 1.0,
) -> NetworkMeasures:
    r"""Closeness, PageRank, clustering, cores, communities and the figures of a whole network.

    Loops are dropped, parallel edges merged, their weights added. Distances count steps. Weights
    (1 each without a column) enter strength, PageRank, eigenvector, communities and modularity.

    ==================  =========================================================================
    ``n_partners``      distinct neighbours, either direction (``n_out, n_in``: by direction)
    ``strength``        sum of weights at a node (强度); ``out_strength, in_strength``
    ``closeness``       reached nodes over the sum of steps to them (接近中心度), within what a node
                        reaches: 1 for both ends of a lone pair; 0 for isolates
    ``closeness_wf``    the same times reached nodes over N - 1 (Wasserman and Faust 1994), so that
                        small parts do not look central
    ``in_closeness``    of the steps from others, when directed (then ``closeness``: to others)
    ``harmonic``        mean over all others of 1/steps, 0 where there is no path
    ``pagerank``        damping 0.85, along directions, isolates jump anywhere; sums to 1
    ``eigenvector``     of the largest component, largest value 1, directions left out; 0 elsewhere
    ``clustering``      closed pairs of neighbours (聚集系数), 0 below two; directions left out
    ``core_number``     k of the k-core (k-核), directions left out
    ``is_core``         core of the best core and periphery (核心—边缘)
    ``community``       Leiden communities by modularity (社区), 1 the largest; null for isolates
    ``component``       weakly connected part, 1 the largest
    ==================  =========================================================================

    Parameters
    ----------
    edges, nodes, directed, source, target : see `analysis.network.centralities`
    weight : str, optional
        Column of positive weights, for instance the number of patents.
    seed : int
        Of communities and random graphs; same seed, same result.
    random_graphs : int, >= 0
        Random graphs of the same degrees (10 switches per edge) behind the small-world figures;
        0 leaves these out.
    resolution : float
        Of the modularity; more gives smaller communities.

    Returns
    -------
    NetworkMeasures

    Raises
    ------
    AnalysisError
        If a column is missing, a weight is not positive or an option is negative.
    PanelKeyError, UnknownNodeError
        As `analysis.network.centralities`.

    References
    ----------
    Traag, Waltman and van Eck, *Scientific Reports* 9 (2019); Borgatti and Everett, *Social
    Networks* 21 (1999); Lip, "A fast algorithm for the discrete core/periphery bipartitioning
    problem" (2011); Humphries and Gurney, *PLoS ONE* 3 (2008); Telesford et al., *Brain
    Connectivity* 1 (2011).
    """
    if random_graphs < 0:
        raise AnalysisError(f"random_graphs must not be negative, is {random_graphs}")
    if not resolution > 0:
        raise AnalysisError(f"resolution must be positive, is {resolution}")
    ties = read_ties(edges, nodes, directed=directed, source=source, target=target, weight=weight)
    return _measures(ties, seed=seed, random_graphs=random_graphs, resolution=resolution)


@dataclass(frozen=True, slots=True)
class YearlyNetworkMeasures:
    """Measures of one network in every year.

    Attributes
    ----------
    nodes : pl.DataFrame
        ``year, node`` and the columns of ``NETWORK_NODE_SCHEMA``, sorted.
    figures : pl.DataFrame
        ``year, measure, value, note``; years sorted, measures in the order of print.
    by_year : mapping of int to NetworkMeasures
    """

    nodes: pl.DataFrame
    figures: pl.DataFrame
    by_year: Mapping[int, NetworkMeasures]

    def to_dict(self) -> dict[int, Any]:
        """Per year what `NetworkMeasures.to_dict` gives."""
        return {year: measures.to_dict() for year, measures in self.by_year.items()}


def yearly_network_measures(
    edges: Frame,
    nodes: Iterable[object] | Frame,
    years: Iterable[int],
    *,
    directed: bool,
    weight: str | None = None,
    source: str = "source",
    target: str = "target",
    time: str = "year",
    seed: int = 0,
    random_graphs: int = 20,
    resolution: float = 1.0,
) -> YearlyNetworkMeasures:
    """`network_measures` of every year on one registry of nodes.

    Parameters
    ----------
    edges : polars or pandas data frame
        With a column of calendar years; edges of years that are not asked for are left aside.
    nodes : iterable of hashable, or data frame
        The registry, isolates included.
    years : iterable of int
    directed, weight, source, target, seed, random_graphs, resolution : see `network_measures`
    time : str
        The column of years.

    Returns
    -------
    YearlyNetworkMeasures

    Raises
    ------
    AnalysisError, PanelKeyError, UnknownNodeError
        As `network_measures`.
    """
    data = as_polars(edges)
    require_columns(data, [time])
    data = calendar(data, time)
    registry = read_ties(data.clear(), nodes, directed=directed, source=source, target=target).nodes
    by_year = {
        year: network_measures(
            data.filter(pl.col(time) == year),
            registry,
            directed=directed,
            weight=weight,
            source=source,
            target=target,
            seed=seed,
            random_graphs=random_graphs,
            resolution=resolution,
        )
        for year in sorted(set(years))
    }
    return YearlyNetworkMeasures(
        nodes=_by_year({year: of.nodes.sort("node") for year, of in by_year.items()}),
        figures=_by_year({year: of.figures() for year, of in by_year.items()}),
        by_year=by_year,
    )


def _by_year(frames: Mapping[int, pl.DataFrame]) -> pl.DataFrame:
    parts = [
        frame.select(pl.lit(year, dtype=pl.Int64).alias("year"), pl.all())
        for year, frame in frames.items()
    ]
    return pl.concat(parts, how="vertical") if parts else pl.DataFrame(schema={"year": pl.Int64})


def _measures(ties: Ties, *, seed: int, random_graphs: int, resolution: float) -> NetworkMeasures:
    import igraph as ig

    size = len(ties.nodes)
    # Sorted order inside, given order outside.
    order = sorted(range(size), key=lambda at: (str(type(ties.nodes[at])), ties.nodes[at]))
    place = {at: position for position, at in enumerate(order)}
    triples = sorted(
        (*((place[a], place[b]) if ties.directed else sorted((place[a], place[b]))), weight)
        for (a, b), weight in zip(ties.pairs, ties.weights, strict=True)
    )
    graph = ig.Graph(
        n=size,
        edges=[(a, b) for a, b, _ in triples],
        directed=ties.directed,
        edge_attrs={"weight": [weight for _, _, weight in triples]},
    )
    plain = graph
    if ties.directed:
        plain = graph.as_undirected(mode="collapse", combine_edges={"weight": math.fsum})
    parts = _ranked(plain.connected_components().membership)
    giant_nodes = [node for node, part in enumerate(parts) if part == 1]
    giant = graph.induced_subgraph(giant_nodes)
    plain_giant = plain.induced_subgraph(giant_nodes)
    degree = plain.degree()
    communities, modularity = _communities(plain, seed=seed, resolution=resolution)
    core, core_correlation = _core_periphery(plain)

    out_steps, in_steps = _steps(graph, "out"), _steps(graph, "in")
    columns: dict[str, Sequence[Any]] = {
        "n_partners": degree,
        "n_out": graph.degree(mode="out"),
        "n_in": graph.degree(mode="in"),
        "strength": graph.strength(weights="weight") if triples else [0.0] * size,
        "out_strength": graph.strength(mode="out", weights="weight") if triples else [0.0] * size,
        "in_strength": graph.strength(mode="in", weights="weight") if triples else [0.0] * size,
        "closeness": [reached / steps if steps else 0.0 for reached, steps, _ in out_steps],
        "closeness_wf": [
            reached * reached / (steps * (size - 1)) if steps else 0.0
            for reached, steps, _ in out_steps
        ],
        "in_closeness": [reached / steps if steps else 0.0 for reached, steps, _ in in_steps],
        "in_closeness_wf": [
            reached * reached / (steps * (size - 1)) if steps else 0.0
            for reached, steps, _ in in_steps
        ],
        "harmonic": [nearness / max(size - 1, 1) for _, _, nearness in out_steps],
        "pagerank": (
            graph.pagerank(weights="weight", directed=True)
            if triples
            else [1 / max(size, 1)] * size
        ),
        "eigenvector": _eigenvector(plain_giant, giant_nodes, size),
        "clustering": plain.transitivity_local_undirected(mode="zero"),
        "core_number": plain.coreness() if size else [],
        "is_core": [node in core for node in range(size)],
        "community": communities,
        "component": parts,
    }
    table = pl.DataFrame(
        [
            pl.Series(name, [columns[name][place[at]] for at in range(size)], dtype=dtype)
            for name, dtype in NETWORK_NODE_SCHEMA.items()
        ]
    )
    if not ties.directed:
        same = ["n_out", "n_in", "out_strength", "in_strength", "in_closeness", "in_closeness_wf"]
        table = table.with_columns(
            pl.lit(None, dtype=NETWORK_NODE_SCHEMA[name]).alias(name) for name in same
        )
    names = pl.Series("node", list(ties.nodes), strict=False)
    figures, reasons = _graph_figures(
        graph, plain, giant, plain_giant, parts=parts, communities=communities,
        modularity=modularity, core=core, core_correlation=core_correlation, seed=seed,
        random_graphs=random_graphs,
    )  # fmt: skip
    return NetworkMeasures(
        directed=ties.directed,
        seed=seed,
        random_graphs=random_graphs,
        nodes=table.insert_column(0, names),
        graph=figures,
        reasons=reasons,
    )


def _ranked(labels: Sequence[int]) -> list[int]:
    """Number groups from 1, the largest first, equal ones by their first member."""
    members: dict[int, list[int]] = {}
    for position, label in enumerate(labels):
        members.setdefault(label, []).append(position)
    ordered = sorted(members, key=lambda label: (-len(members[label]), members[label][0]))
    rank = {label: number for number, label in enumerate(ordered, start=1)}
    return [rank[label] for label in labels]


def _steps(graph: Any, mode: str) -> list[tuple[int, int, float]]:
    """Of every node: others reached, sum of steps to them, sum of 1/steps."""
    result = []
    for row in graph.distances(mode=mode) if graph.vcount() else []:
        steps = [int(value) for value in row if 0 < value < math.inf]
        result.append((len(steps), sum(steps), math.fsum(1 / value for value in steps)))
    return result


def _eigenvector(giant: Any, nodes: Sequence[int], size: int) -> list[float]:
    values = [0.0] * size
    if giant.ecount():
        with _seeded(0):  # of the vector that the search starts from
            found = giant.eigenvector_centrality(weights="weight")
        for node, value in zip(nodes, found, strict=True):
            values[node] = value
    return values


@contextmanager
def _seeded(seed: int | str) -> Iterator[random.Random]:
    """Let igraph draw from a generator with a seed, and give the usual one back."""
    import igraph as ig

    generator = random.Random(seed)
    ig.set_random_number_generator(generator)
    try:
        yield generator
    finally:
        ig.set_random_number_generator(random)


def _communities(
    plain: Any, *, seed: int, resolution: float
) -> tuple[list[int | None], float | None]:
    """Community of every node, None for isolates, and the modularity of the partition."""
    if not plain.ecount():
        return [None] * plain.vcount(), None
    with _seeded(seed):
        # Until nothing changes (-1) does not end where two partitions are equally good.
        found = plain.community_leiden(
            objective_function="modularity", weights="weight", resolution=resolution,
            n_iterations=_LEIDEN_ROUNDS,
        )  # fmt: skip
    active = [node for node, degree in enumerate(plain.degree()) if degree]
    ranks = dict(zip(active, _ranked([found.membership[node] for node in active]), strict=True))
    return (
        [ranks.get(node) for node in range(plain.vcount())],
        float(plain.modularity(found.membership, weights="weight", resolution=resolution)),
    )


def _core_periphery(plain: Any) -> tuple[set[int], float | None]:
    """Core with the fewest missing ties inside and fewest ties among the others; its correlation.

    For a core of k nodes the errors are k(k-1)/2 + m less the degrees of the core, so that the best
    core of each size takes the largest degrees and grows while the next degree exceeds its size.
    """
    degree = plain.degree()
    order = sorted(range(len(degree)), key=lambda node: (-degree[node], node))
    k = 0
    while k < len(order) and degree[order[k]] > k:
        k += 1
    core = set(order[:k])
    n = len(degree)
    inside = sum(edge.source in core and edge.target in core for edge in plain.es)
    outside = sum(edge.source not in core and edge.target not in core for edge in plain.es)
    inner, outer = k * (k - 1) // 2, (n - k) * (n - k - 1) // 2
    # Phi coefficient of ties against the block they lie in.
    ties, blanks = inside + outside, inner + outer - inside - outside
    divisor = math.sqrt(inner * outer * ties * blanks)
    if divisor == 0:
        return core, None
    return core, (inside * (outer - outside) - (inner - inside) * outside) / divisor


def _graph_figures(
    graph: Any,
    plain: Any,
    giant: Any,
    plain_giant: Any,
    *,
    parts: Sequence[int],
    communities: Sequence[int | None],
    modularity: float | None,
    core: set[int],
    core_correlation: float | None,
    seed: int,
    random_graphs: int,
) -> tuple[dict[str, float | None], dict[str, str]]:
    size, directed = graph.vcount(), graph.is_directed()
    pairs = size * (size - 1) if directed else size * (size - 1) // 2
    no_edge = "no edge" if not graph.ecount() else None
    clustering = plain.transitivity_local_undirected(mode="zero")
    figures: dict[str, float | None] = dict.fromkeys(MEASURE_NOTES)
    reasons: dict[str, str] = {}
    figures |= {
        "n_nodes": float(size),
        "n_active": float(sum(degree > 0 for degree in plain.degree())),
        "n_edges": float(graph.ecount()),
        "total_weight": math.fsum(graph.es["weight"]) if graph.ecount() else 0.0,
        "n_components": float(max(parts, default=0)),
        "giant_size": float(giant.vcount()),
        "n_communities": float(len(set(communities) - {None})),
        "core_size": float(len(core)),
        "modularity": modularity,
        "core_correlation": core_correlation,
    }
    if size:
        figures["giant_share"] = giant.vcount() / size
        figures["mean_clustering"] = math.fsum(clustering) / size
    if pairs:
        figures["density"] = graph.ecount() / pairs
    if directed and graph.ecount():
        figures["reciprocity"] = _number(graph.reciprocity())
    figures["transitivity"] = _number(plain.transitivity_undirected(mode="nan"))
    if giant.ecount():
        figures["mean_path_length"] = _number(giant.average_path_length(directed=directed))
        figures["diameter"] = float(giant.diameter(directed=directed))
    if graph.ecount():
        figures["degree_assortativity"] = _number(graph.assortativity_degree(directed=directed))
    figures |= _small_world(plain_giant, seed=seed, random_graphs=random_graphs)
    why = {
        "giant_share": "no node",
        "mean_clustering": "no node",
        "density": "fewer than two nodes",
        "reciprocity": "edges have no direction" if not directed else no_edge,
        "transitivity": "no node has two neighbours",
        "degree_assortativity": no_edge or "all degrees at the ends of edges are equal",
        "core_correlation": no_edge or "core or periphery has no pair, or all pairs are alike",
        "modularity": no_edge,
        "mean_path_length": no_edge,
        "diameter": no_edge,
    }
    for name, value in figures.items():
        if value is None:
            reasons[name] = why.get(name) or (
                "largest component is a tree or smaller than four nodes, or no triangle by chance"
                if random_graphs
                else "not asked for"
            )
    return figures, reasons


def _small_world(giant: Any, *, seed: int, random_graphs: int) -> dict[str, float | None]:
    """Clustering and path length against random graphs and a ring with the same degrees."""
    names = (
        "small_world_sigma", "small_world_omega", "random_transitivity", "random_path_length",
        "lattice_clustering",
    )  # fmt: skip
    none: dict[str, float | None] = dict.fromkeys(names)
    if not random_graphs or giant.vcount() < 4 or giant.ecount() < 3:
        return none
    transitivities, lengths = [], []
    for number in range(random_graphs):
        with _seeded(_derived(seed, number)):
            drawn = giant.copy()
            drawn.rewire(n=10 * giant.ecount())
        transitivities.append(drawn.transitivity_undirected(mode="zero"))
        lengths.append(drawn.average_path_length(directed=False))
    random_transitivity = math.fsum(transitivities) / random_graphs
    random_length = math.fsum(lengths) / random_graphs
    length = giant.average_path_length(directed=False)
    clustering = giant.transitivity_avglocal_undirected(mode="zero")
    mean_degree = 2 * giant.ecount() / giant.vcount()
    lattice_clustering = 0.75 * (mean_degree - 2) / (mean_degree - 1) if mean_degree > 2 else None
    result = none | {
        "random_transitivity": random_transitivity,
        "random_path_length": random_length,
        "lattice_clustering": lattice_clustering,
    }
    if random_transitivity > 0:
        result["small_world_sigma"] = (
            giant.transitivity_undirected(mode="zero") / random_transitivity
        ) / (length / random_length)
    if lattice_clustering is not None:
        result["small_world_omega"] = random_length / length - clustering / lattice_clustering
    return result


def _derived(seed: int, number: int) -> str:
    """Seed of one of several draws, which share nothing."""
    return f"{seed}/{number}"


def _number(value: float) -> float | None:
    return None if math.isnan(value) else float(value)
