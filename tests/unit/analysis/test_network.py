"""Centralities against enumeration of shortest paths, and by hand; partner dynamics."""

from __future__ import annotations

from collections import deque
from fractions import Fraction

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.api import (
    AnalysisError,
    PanelKeyError,
    UnknownNodeError,
    centralities,
    city_centralities,
    partner_dynamics,
)

ATOL = 1e-12


def all_shortest_paths(
    neighbours: dict[int, set[int]], start: int, end: int
) -> list[tuple[int, ...]]:
    """Every shortest path, by breadth-first enumeration of whole paths."""
    found: list[tuple[int, ...]] = []
    queue = deque([(start,)])
    while queue:
        path = queue.popleft()
        if found and len(path) > len(found[0]):
            break
        if path[-1] == end:
            found.append(path)
            continue
        queue.extend((*path, after) for after in neighbours[path[-1]] if after not in path)
    return [path for path in found if len(path) == len(found[0])]


def enumerated_betweenness(n: int, pairs: set[tuple[int, int]], directed: bool) -> list[Fraction]:
    neighbours: dict[int, set[int]] = {node: set() for node in range(n)}
    for a, b in pairs:
        neighbours[a].add(b)
        if not directed:
            neighbours[b].add(a)
    totals = [Fraction(0)] * n
    for start in range(n):
        for end in range(n) if directed else range(start + 1, n):
            if start == end:
                continue
            paths = all_shortest_paths(neighbours, start, end)
            for path in paths:
                for node in path[1:-1]:
                    totals[node] += Fraction(1, len(paths))
    return totals


@st.composite
def graphs(draw: st.DrawFn) -> tuple[int, list[tuple[int, int]]]:
    """Up to 9 nodes, few edges: isolates, several components, loops and repeats occur."""
    n = draw(st.integers(1, 9))
    node = st.integers(0, n - 1)
    return n, draw(st.lists(st.tuples(node, node), max_size=16))


@pytest.mark.parametrize("directed", [False, True])
@settings(max_examples=150, deadline=None, derandomize=True)
@given(graph=graphs())
def test_betweenness_and_degree_equal_enumeration(
    directed: bool, graph: tuple[int, list[tuple[int, int]]]
) -> None:
    n, edges = graph
    frame = pl.DataFrame(edges, schema={"source": pl.Int64, "target": pl.Int64}, orient="row")
    found = centralities(frame, range(n), directed=directed)
    result = found.table
    pairs = {(a, b) for a, b in edges if a != b}
    expected = enumerated_betweenness(n, pairs, directed)
    divisor = max((n - 1) * (n - 2) if directed else (n - 1) * (n - 2) // 2, 1)
    assert result["betweenness"].to_list() == pytest.approx(
        [float(value / divisor) for value in expected], abs=ATOL
    )
    assert found.betweenness_raw == pytest.approx([float(value) for value in expected], abs=ATOL)
    assert found.m == len(pairs if directed else {frozenset(pair) for pair in pairs})
    if directed:
        for node, n_out, n_in in result.select("node", "n_out", "n_in").iter_rows():
            assert n_out == len({b for a, b in pairs if a == node})
            assert n_in == len({a for a, b in pairs if b == node})
    else:
        for node, k in result.select("node", "n_partners").iter_rows():
            assert k == len({a + b - node for a, b in pairs if node in (a, b)})


@settings(max_examples=50, deadline=None, derandomize=True)
@given(graph=graphs(), data=st.data())
def test_order_direction_and_repeats_of_undirected_edges_do_not_matter(
    graph: tuple[int, list[tuple[int, int]]], data: st.DataObject
) -> None:
    n, edges = graph
    schema = {"source": pl.Int64, "target": pl.Int64}
    other = data.draw(st.permutations([(b, a) for a, b in edges] + edges[:3]))
    first = centralities(pl.DataFrame(edges, schema=schema, orient="row"), range(n), directed=False)
    second = centralities(
        pl.DataFrame(other, schema=schema, orient="row"), reversed(range(n)), directed=False
    )
    assert first.table.equals(second.table.reverse())


def test_networks_of_the_literature(econ):
    case = econ("networks_classic")
    for name, expected in case.expected.items():
        edges = case.read(f"{name}_edges.csv")
        edges.columns = ["source", "target", *edges.columns[2:]]
        nodes = case.read(f"{name}_nodes.csv").to_series().to_list()
        result = centralities(edges, nodes, directed=expected["directed"])
        got = {row["node"]: row for row in result.table.iter_rows(named=True)}
        order = [got[node] for node in expected["nodes"]]
        assert [row["betweenness"] for row in order] == pytest.approx(
            expected["betweenness_normalised"], abs=ATOL
        )
        if expected["directed"]:
            for kit, ours in (
                ("out_degree_centrality", "out_degree"),
                ("in_degree_centrality", "in_degree"),
            ):
                assert [row[ours] for row in order] == pytest.approx(expected[kit], abs=ATOL)
        else:
            assert [row["degree"] for row in order] == pytest.approx(
                expected["degree_centrality"], abs=ATOL
            )


EDGES = {"year": pl.Int64, "city_a": pl.String, "city_b": pl.String}
MOVES = {"year": pl.Int64, "from_city": pl.String, "to_city": pl.String}
CITIES = ["A", "B", "C", "D", "E"]
JOINT = pl.DataFrame(
    [(2019, "A", "B"), (2019, "B", "C"), (2020, "A", "B")], schema=EDGES, orient="row"
)
TRANSFERS = pl.DataFrame(
    [(2019, "A", "B"), (2019, "B", "A"), (2019, "C", "A"), (2019, "D", "D")],
    schema=MOVES,
    orient="row",
)


def test_every_city_of_the_registry_has_a_row_in_every_year():
    result = city_centralities(JOINT, TRANSFERS, CITIES, [2020, 2019, 2018])
    assert result.select("year", "adcode").rows() == [
        (year, city) for year in (2018, 2019, 2020) for city in CITIES
    ]
    assert result["n_nodes"].unique().to_list() == [5]
    assert (
        result.filter(year=2018).select("copatent_degree", "transfer_betweenness").rows()
        == [(0.0, 0.0)] * 5
    )


def test_city_centralities_by_hand():
    result = city_centralities(JOINT, TRANSFERS, CITIES, [2019])
    got = {row["adcode"]: row for row in result.iter_rows(named=True)}
    assert got["B"]["copatent_degree"] == 2 / 4
    assert got["B"]["copatent_betweenness"] == 1 / 6  # one pair of 4 * 3 / 2
    assert got["A"]["transfer_out_degree"] == 1 / 4
    assert got["A"]["transfer_in_degree"] == 2 / 4
    assert got["A"]["transfer_betweenness"] == 1 / 12  # C to B, one ordered pair of 4 * 3
    assert {row["n_active_copatent"] for row in got.values()} == {3}
    assert {row["n_active_transfer"] for row in got.values()} == {3}  # D moved to itself


def test_divisors_can_count_the_active_nodes_only():
    result = city_centralities(JOINT, TRANSFERS, CITIES, [2019], n_basis="active")
    got = {row["adcode"]: row for row in result.iter_rows(named=True)}
    assert got["B"]["copatent_degree"] == 1.0
    assert got["B"]["copatent_betweenness"] == 1.0
    assert got["E"]["copatent_degree"] == 0.0
    assert got["E"]["n_nodes"] == 5


def test_degrees_can_count_the_registry_and_betweenness_the_active_nodes():
    """As the printed tables do (D-04): the N of either measure is not that of the other."""
    mixed = city_centralities(JOINT, TRANSFERS, CITIES, [2019], n_basis="reproduce")
    registry = city_centralities(JOINT, TRANSFERS, CITIES, [2019])
    active = city_centralities(JOINT, TRANSFERS, CITIES, [2019], n_basis="active")
    for name in ("copatent_degree", "transfer_out_degree", "transfer_in_degree"):
        assert mixed[name].to_list() == registry[name].to_list()
    for name in ("copatent_betweenness", "transfer_betweenness"):
        assert mixed[name].to_list() == active[name].to_list()
    assert mixed["copatent_betweenness"].to_list() != registry["copatent_betweenness"].to_list()


def test_no_edge_and_no_node_give_typed_results():
    empty = city_centralities(JOINT.clear(), TRANSFERS.clear(), CITIES, [2019])
    assert empty["copatent_degree"].sum() == 0.0
    nothing = city_centralities(JOINT.clear(), TRANSFERS.clear(), [], [2019])
    assert nothing.schema == empty.schema
    assert nothing.is_empty()


def test_an_edge_outside_the_registry_is_refused():
    with pytest.raises(UnknownNodeError, match="'Z'"):
        centralities(pl.DataFrame({"source": ["A"], "target": ["Z"]}), CITIES, directed=False)
    with pytest.raises(UnknownNodeError):
        centralities(pl.DataFrame({"source": ["A"], "target": [None]}), CITIES, directed=True)


def test_a_node_listed_twice_is_refused():
    with pytest.raises(PanelKeyError, match="'A'"):
        centralities(
            JOINT.rename({"city_a": "source", "city_b": "target"}), ["A", "A"], directed=False
        )


def test_edges_of_two_bases_are_not_mixed():
    mixed = JOINT.with_columns(basis=pl.Series(["grant", "application", "grant"]))
    with pytest.raises(AnalysisError, match="application"):
        city_centralities(mixed, TRANSFERS, CITIES, [2019])


def test_a_pandas_frame_gives_the_same():
    polars = city_centralities(JOINT, TRANSFERS, CITIES, [2019, 2020])
    assert polars.equals(
        city_centralities(JOINT.to_pandas(), TRANSFERS.to_pandas(), CITIES, [2019, 2020])
    )


def test_partner_dynamics_of_the_published_table(econ):
    case = econ("dynamics_table1")
    edges = case.read("partners.csv").with_columns(focal=pl.lit("focal"))
    result = partner_dynamics(edges, city_a="focal", city_b="partner", focal="focal").table
    got = {row["year"]: row for row in result.iter_rows(named=True)}
    shares = {
        "Xn_over_Cn_pct": "continuing_share",
        "Zn_over_Cn_pct": "new_share",
        "Tn_over_Cprev_pct": "lost_share",
    }
    counts = {"Cn": "n_partners", "Xn": "n_continuing", "Zn": "n_new", "Tn": "n_lost"}
    assert [row["year"] for row in case.expected["rows"]] == sorted(got)
    for row in case.expected["rows"]:
        ours = got[row["year"]]
        assert {kit: ours[name] for kit, name in counts.items()} == {
            kit: row[kit] for kit in counts
        }
        for kit, name in shares.items():
            share = ours[name]
            assert (None if share is None else round(100 * share, 1)) == row[kit]


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    st.lists(
        st.tuples(st.integers(2006, 2010), st.sampled_from("ABCD"), st.sampled_from("ABCD")),
        max_size=30,
    )
)
def test_partner_identities_hold_for_every_city(rows: list[tuple[int, str, str]]) -> None:
    result = partner_dynamics(pl.DataFrame(rows, schema=EDGES, orient="row")).table
    before: dict[str, int] = {}
    for row in result.sort("year").iter_rows(named=True):
        if row["adcode"] in before:
            assert row["n_partners"] == row["n_continuing"] + row["n_new"]
            assert before[row["adcode"]] == row["n_continuing"] + row["n_lost"]
        before[row["adcode"]] = row["n_partners"]


def test_a_year_without_edges_lies_between_years_with_some():
    edges = pl.DataFrame([(2006, "A", "B"), (2008, "A", "B")], schema=EDGES, orient="row")
    result = partner_dynamics(edges).of("A").table
    assert result["n_partners"].to_list() == [1, 0, 1]
    assert result["n_lost"].to_list() == [None, 1, 0]
    assert result["lost_share"].to_list() == [None, 1.0, None]
    assert result["continuing_share"].to_list() == [None, None, 0.0]
