"""Measures of nodes and of whole networks against definitions written out, and against networkx."""

from __future__ import annotations

import itertools
import json
import math
import random

import networkx as nx
import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.api import (
    MEASURE_NOTES,
    AnalysisError,
    PanelKeyError,
    UnknownNodeError,
    network_measures,
    yearly_network_measures,
)
from analysis.network_measures import NETWORK_NODE_SCHEMA

SCHEMA = {"source": pl.Int64, "target": pl.Int64, "w": pl.Float64}


@st.composite
def graphs(draw: st.DrawFn) -> tuple[int, list[tuple[int, int, float]]]:
    """Up to 8 nodes, few edges: isolates, several components, loops and repeats occur."""
    n = draw(st.integers(1, 8))
    node = st.integers(0, n - 1)
    weight = st.integers(1, 5).map(float)
    return n, draw(st.lists(st.tuples(node, node, weight), max_size=14))


def measured(n, edges, directed, **options):
    frame = pl.DataFrame(edges, schema=SCHEMA, orient="row")
    options = {"weight": "w", "random_graphs": 2} | options
    return network_measures(frame, range(n), directed=directed, **options)


def steps(n, pairs, directed):
    """Distances by walking breadth first from every node."""
    near = {v: {b for a, b in pairs if a == v} for v in range(n)}
    if not directed:
        for a, b in pairs:
            near[b].add(a)
    found = []
    for start in range(n):
        at, distance, front = 0, {start: 0}, {start}
        while front:
            at += 1
            front = {w for v in front for w in near[v]} - set(distance)
            distance |= dict.fromkeys(front, at)
        found.append({v: d for v, d in distance.items() if v != start})
    return found


def closeness(n, row):
    if not row:
        return 0.0, 0.0, 0.0
    plain = len(row) / sum(row.values())
    return plain, plain * len(row) / (n - 1), sum(1 / d for d in row.values()) / (n - 1)


@pytest.mark.parametrize("directed", [False, True])
@settings(max_examples=100, deadline=None, derandomize=True)
@given(graph=graphs())
def test_nodes_equal_definitions(directed, graph):
    n, edges = graph
    weights = {}
    for a, b, w in edges:
        if a != b:
            pair = (a, b) if directed else (min(a, b), max(a, b))
            weights[pair] = weights.get(pair, 0.0) + w
    result = measured(n, edges, directed)
    rows = result.nodes.to_dicts()
    assert [row["node"] for row in rows] == list(range(n))
    json.dumps(result.to_dict())
    out = steps(n, weights, directed)
    back = steps(n, {(b, a) for a, b in weights}, directed)
    both = steps(n, weights, directed=False)
    ties = {frozenset(pair) for pair in weights}
    for node, row in enumerate(rows):
        near = {v for tie in ties if node in tie for v in tie} - {node}
        assert row["n_partners"] == len(near)
        assert row["strength"] == pytest.approx(
            sum(w for pair, w in weights.items() if node in pair)
        )
        assert (row["closeness"], row["closeness_wf"], row["harmonic"]) == pytest.approx(
            closeness(n, out[node])
        )
        if directed:
            assert (row["in_closeness"], row["in_closeness_wf"]) == pytest.approx(
                closeness(n, back[node])[:2]
            )
            assert row["out_strength"] == sum(w for (a, _), w in weights.items() if a == node)
            assert row["n_in"] == sum(b == node for _, b in weights)
        else:
            assert row["in_closeness"] is None
        closed = [frozenset(p) in ties for p in itertools.combinations(sorted(near), 2)]
        assert row["clustering"] == pytest.approx(np.mean(closed) if closed else 0.0)
        assert (row["community"] is None) == (not near)
        mates = {v for v, other in enumerate(rows) if other["component"] == row["component"]}
        assert mates == {node, *both[node]}
        assert row["core_number"] == core_number(node, ties, n)
    assert sum(row["pagerank"] for row in rows) == pytest.approx(1.0)
    graph_figures = result.graph
    assert list(graph_figures) == list(MEASURE_NOTES)
    assert graph_figures["n_edges"] == len(weights)
    assert graph_figures["n_components"] == max(row["component"] for row in rows)
    assert set(result.reasons) == {k for k, value in graph_figures.items() if value is None}
    assert all(result.reasons.values())
    core = {row["node"] for row in rows if row["is_core"]}
    assert errors(core, ties, n) == min(
        errors(set(some), ties, n)
        for k in range(n + 1)
        for some in itertools.combinations(range(n), k)
    )


def core_number(node, ties, n):
    """Largest k such that the node survives taking away nodes with fewer than k neighbours."""
    for k in range(n, 0, -1):
        left = set(range(n))
        while True:
            weak = {v for v in left if sum(v in tie and tie <= left for tie in ties) < k}
            if not weak:
                break
            left -= weak
        if node in left:
            return k
    return 0


def errors(core, ties, n):
    """Missing ties inside a core and ties outside of it."""
    missing = sum(frozenset(p) not in ties for p in itertools.combinations(sorted(core), 2))
    return missing + sum(not tie & core for tie in ties)


@pytest.fixture(scope="module", params=[False, True], ids=["undirected", "directed"])
def drawn(request):
    """A network with isolates in both libraries."""
    graph = nx.gnm_random_graph(50, 90, seed=3, directed=request.param)
    generator = random.Random(1)
    for a, b in graph.edges:
        graph[a][b]["weight"] = float(generator.randint(1, 5))
    edges = [(a, b, data["weight"]) for a, b, data in graph.edges(data=True)]
    graph.add_nodes_from(range(54))
    plain = nx.Graph()
    plain.add_nodes_from(graph)
    for a, b, w in edges:
        plain.add_edge(a, b, weight=w + plain.get_edge_data(a, b, {"weight": 0.0})["weight"])
    return graph, plain, edges, measured(54, edges, request.param, random_graphs=10, seed=5)


def test_spectral_measures_equal_networkx(drawn):
    graph, plain, _, result = drawn
    ours = {row["node"]: row for row in result.nodes.iter_rows(named=True)}
    reference = nx.pagerank(graph, tol=1e-13, max_iter=1000)
    assert [ours[v]["pagerank"] for v in graph] == pytest.approx(
        [reference[v] for v in graph], abs=1e-10
    )
    giant = plain.subgraph(max(nx.connected_components(plain), key=len))
    vector = nx.eigenvector_centrality_numpy(giant, weight="weight")
    largest = max(vector.values())
    assert [ours[v]["eigenvector"] for v in graph] == pytest.approx(
        [vector.get(v, 0.0) / largest for v in graph], abs=1e-8
    )


def test_figures_of_the_graph_equal_networkx(drawn):
    graph, plain, _, result = drawn
    found = result.graph
    giant_nodes = max(nx.connected_components(plain), key=len)
    assert found["density"] == pytest.approx(nx.density(graph))
    assert found["transitivity"] == pytest.approx(nx.transitivity(plain))
    assert found["mean_clustering"] == pytest.approx(nx.average_clustering(plain))
    assert found["degree_assortativity"] == pytest.approx(
        nx.degree_assortativity_coefficient(graph)
    )
    assert found["giant_size"] == len(giant_nodes)
    lengths = [
        d
        for v, row in nx.all_pairs_shortest_path_length(graph.subgraph(giant_nodes))
        for w, d in row.items()
        if v != w
    ]
    assert found["mean_path_length"] == pytest.approx(np.mean(lengths))
    assert found["diameter"] == max(lengths)
    if graph.is_directed():
        assert found["reciprocity"] == pytest.approx(nx.reciprocity(graph))
    else:
        assert result.reasons["reciprocity"] == "edges have no direction"
    members = {}
    for node, community in result.nodes.select("node", "community").iter_rows():
        members.setdefault(("alone", node) if community is None else community, set()).add(node)
    assert found["modularity"] == pytest.approx(nx.community.modularity(plain, members.values()))
    louvain = max(
        nx.community.modularity(plain, nx.community.louvain_communities(plain, seed=seed))
        for seed in range(5)
    )
    assert found["modularity"] >= louvain - 0.02
    assert found["n_communities"] == result.nodes["community"].max()


def test_neither_order_nor_repetition_changes_a_bit(drawn):
    graph, _, edges, result = drawn
    turned = [(b, a, w) for a, b, w in edges] if not graph.is_directed() else edges
    shuffled = random.Random(2).sample(turned, len(turned))
    nodes = random.Random(3).sample(range(54), 54)
    again = network_measures(
        pl.DataFrame(shuffled, schema=SCHEMA, orient="row").to_pandas(), nodes,
        directed=graph.is_directed(), weight="w", random_graphs=10, seed=5,
    )  # fmt: skip
    assert again.nodes["node"].to_list() == nodes
    assert again.nodes.sort("node").equals(result.nodes)
    assert again.graph == result.graph
    before = random.getstate()
    measured(54, edges, graph.is_directed(), seed=6)
    assert random.getstate() == before  # the generator of the process is left alone


def test_small_world_figures_have_their_meaning():
    """A ring of near neighbours with some shortcuts is one, a random graph is none."""
    ring = nx.connected_watts_strogatz_graph(120, 8, 0.05, seed=1)
    chance = nx.gnm_random_graph(120, ring.number_of_edges(), seed=1)
    lattice = nx.watts_strogatz_graph(120, 8, 0.0, seed=1)
    small, none, regular = (
        measured(120, [(a, b, 1.0) for a, b in graph.edges], False, random_graphs=10).graph
        for graph in (ring, chance, lattice)
    )
    assert small["small_world_sigma"] > 3
    assert abs(small["small_world_omega"]) < 0.5
    assert none["small_world_sigma"] == pytest.approx(1.0, abs=0.3)
    assert none["small_world_omega"] > 0.6
    assert regular["small_world_omega"] < -0.4
    assert small["random_path_length"] == pytest.approx(none["mean_path_length"], rel=0.1)
    left_out = measured(120, [(a, b, 1.0) for a, b in ring.edges], False, random_graphs=0)
    assert left_out.graph["small_world_sigma"] is None
    assert left_out.reasons["small_world_sigma"] == "not asked for"


def test_core_and_periphery_are_found():
    core = [(a, b, 1.0) for a, b in itertools.combinations(range(5), 2)]
    rays = [(number % 5, number, 1.0) for number in range(5, 20)]
    result = measured(20, core + rays, False)
    assert result.nodes.filter("is_core")["node"].to_list() == [0, 1, 2, 3, 4]
    assert result.graph["core_correlation"] == pytest.approx(1.0)


def test_equally_good_partitions_end_the_search():
    """Rounds are counted: the search "until nothing changes" of the library may never end."""
    for n in range(2, 9):
        path = [(at, at + 1, float(1 + at % 3)) for at in range(n - 1)]
        assert measured(n, path, False).graph["n_communities"] >= 1


def test_two_groups_are_two_communities():
    groups = [
        (a, b, 1.0)
        for start in (0, 6)
        for a, b in itertools.combinations(range(start, start + 6), 2)
    ]
    result = measured(13, [*groups, (0, 6, 1.0)], False)
    assert result.nodes["community"].to_list() == [1] * 6 + [2] * 6 + [None]
    heavy = measured(13, [*groups, (0, 6, 500.0)], False).nodes["community"].to_list()
    assert heavy[0] == heavy[6]


def test_years_stand_below_each_other():
    edges = pl.DataFrame(
        [(2019, "甲", "乙", 2.0), (2019, "乙", "丙", 1.0), (2021, "甲", "乙", 1.0)],
        schema=["year", "a", "b", "n"], orient="row",
    )  # fmt: skip
    result = yearly_network_measures(
        edges, ["丙", "乙", "甲", "丁"], [2021, 2019, 2020], directed=False, weight="n",
        source="a", target="b",
    )  # fmt: skip
    assert result.nodes.columns == ["year", "node", *NETWORK_NODE_SCHEMA]
    assert result.nodes["year"].to_list() == [2019] * 4 + [2020] * 4 + [2021] * 4
    assert result.nodes.filter(year=2019, node="乙")["strength"].item() == 3.0
    assert result.nodes.filter(year=2020)["closeness"].sum() == 0.0
    assert result.figures["measure"].to_list() == list(MEASURE_NOTES) * 3
    empty = result.figures.filter(year=2020, measure="modularity")
    assert empty["value"].item() is None
    assert empty["note"].item().endswith("none: no edge")
    assert list(result.to_dict()) == [2019, 2020, 2021]


def test_no_node_and_no_edge_have_results():
    nothing = network_measures(pl.DataFrame(schema=SCHEMA), [], directed=True)
    assert nothing.nodes.is_empty()
    assert nothing.graph["density"] is None
    assert nothing.graph["n_nodes"] == 0.0
    alone = measured(3, [], False)
    assert alone.nodes["pagerank"].to_list() == pytest.approx([1 / 3] * 3)
    found = network_measures(
        pl.DataFrame([(1, 2, 1.0)], schema=SCHEMA, orient="row"), directed=True
    )
    assert found.nodes["node"].to_list() == [1, 2]


def test_unusable_input_is_refused_by_name():
    for weight in (0.0, -1.0, None, math.nan):
        with pytest.raises(AnalysisError, match="weight of edge 0 - 1 must be positive"):
            measured(3, [(0, 1, weight)], False)
    with pytest.raises(AnalysisError, match="missing columns"):
        network_measures(pl.DataFrame(schema=SCHEMA), [1], directed=False, weight="n")
    with pytest.raises(AnalysisError, match="random_graphs"):
        measured(3, [], False, random_graphs=-1)
    with pytest.raises(AnalysisError, match="resolution"):
        measured(3, [], False, resolution=0.0)
    with pytest.raises(UnknownNodeError, match="9"):
        measured(3, [(0, 9, 1.0)], True)
    with pytest.raises(PanelKeyError, match="twice"):
        network_measures(pl.DataFrame(schema=SCHEMA), [1, 1], directed=True)
