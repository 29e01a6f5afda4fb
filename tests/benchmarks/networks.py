"""Time of the five centralities of all years, beside networkx in the same run.

``python -m tests.benchmarks.networks`` draws 15 pairs of yearly networks on 341 nodes (joint
patents undirected, transfers directed) that grow like the paper's, with hubs; both sides give
degree and betweenness of every node and year, and are compared value by value before they are
timed.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from typing import TypeVar

import numpy as np
import polars as pl

from analysis.api import city_centralities, network_measures, yearly_network_measures

T = TypeVar("T")
NODES, YEARS, BAR = 341, range(2006, 2021), 20


def draw(seed: int) -> tuple[pl.DataFrame, pl.DataFrame, list[str]]:
    """Joint and transfer edges by year, and the nodes."""
    random = np.random.default_rng(seed)
    names = [f"{100000 + 7 * number}" for number in range(NODES)]
    pull = random.pareto(1.2, NODES) + 0.05
    pull /= pull.sum()
    tables = []
    for columns, growth in ((("city_a", "city_b"), 100), (("from_city", "to_city"), 160)):
        rows = []
        for number, year in enumerate(YEARS, start=1):
            ends = random.choice(NODES, size=(growth * number, 2), p=pull)
            rows += [(year, names[a], names[b]) for a, b in ends.tolist() if a != b]
        tables.append(
            pl.DataFrame(rows, schema=["year", *columns], orient="row").unique().sort(pl.all())
        )
    return tables[0], tables[1], names


def with_networkx(
    joint: pl.DataFrame, moves: pl.DataFrame, names: list[str]
) -> dict[tuple[int, str], tuple[float, ...]]:
    """DC, BC, dc_out, dc_in, bc by year and node."""
    import networkx as nx

    result = {}
    for year in YEARS:
        graph, directed = nx.Graph(), nx.DiGraph()
        graph.add_nodes_from(names)
        directed.add_nodes_from(names)
        graph.add_edges_from(joint.filter(year=year).select("city_a", "city_b").iter_rows())
        directed.add_edges_from(moves.filter(year=year).select("from_city", "to_city").iter_rows())
        measures = (
            nx.degree_centrality(graph),
            nx.betweenness_centrality(graph),
            nx.out_degree_centrality(directed),
            nx.in_degree_centrality(directed),
            nx.betweenness_centrality(directed),
        )
        for name in names:
            result[year, name] = tuple(float(of[name]) for of in measures)
    return result


def ours(
    joint: pl.DataFrame, moves: pl.DataFrame, names: list[str]
) -> dict[tuple[int, str], tuple[float, ...]]:
    """The same from the function that fills the published table."""
    table = city_centralities(joint, moves, names, YEARS)
    return {
        (year, name): tuple(values)
        for year, name, *values in table.select(
            "year", "adcode", "copatent_degree", "copatent_betweenness", "transfer_out_degree",
            "transfer_in_degree", "transfer_betweenness",
        ).iter_rows()
    }  # fmt: skip


def median_of(work: Callable[[], T], repeats: int) -> tuple[float, T]:
    """Median CPU seconds of some runs, and what the last one gave."""
    seconds = []
    for _ in range(repeats):
        start = time.process_time()
        result = work()
        seconds.append(time.process_time() - start)
    return sorted(seconds)[len(seconds) // 2], result


def main() -> None:
    """Compare, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--repeats", type=int, default=5, help="of ours; the median counts")
    options = parser.parse_args()
    joint, moves, names = draw(options.seed)
    ours(joint, moves, names)  # libraries are loaded before anything is timed
    fast, found = median_of(lambda: ours(joint, moves, names), options.repeats)
    slow, expected = median_of(lambda: with_networkx(joint, moves, names), 1)
    gap = max(
        abs(a - b) for key in expected for a, b in zip(expected[key], found[key], strict=True)
    )
    print(f"{joint.height} joint and {moves.height} transfer edges in {len(YEARS)} years")
    print(f"largest difference of {5 * len(expected)} values: {gap:.1e}")
    print(f"ours     {fast:>8.3f} CPU s")
    print(f"networkx {slow:>8.3f} CPU s, {slow / fast:.0f} times as long (bar {BAR})")
    more, _ = median_of(
        lambda: yearly_network_measures(
            moves, names, YEARS, directed=True, source="from_city", target="to_city"
        ),
        1,
    )
    one, _ = median_of(
        lambda: network_measures(
            joint.filter(year=YEARS[-1]), names, directed=False, source="city_a", target="city_b"
        ),
        1,
    )
    print(f"all further measures: {more:.2f} CPU s for 15 years of transfers, {one:.2f} s for 2020")


if __name__ == "__main__":
    main()
