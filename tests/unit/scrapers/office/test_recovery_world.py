"""World A: stubs and pairs, the equation, its records as landing files, the ledger's own graphs."""

from __future__ import annotations

import csv
import dataclasses
import json
import math
import random
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import networkx as nx
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scrapers.items import Party
from scrapers.landing import current_months, landing_schema, verify
from scrapers.office import recovery_records
from scrapers.office.geography import nodes
from scrapers.office.recovery import (
    COEFFICIENTS,
    ENVIRONMENT,
    World,
    draw_world,
    environment_index,
    pair_stubs,
)
from scrapers.office.recovery_ledger import betweenness, ledger_rows, write_ledger
from scrapers.office.recovery_records import DECOYS, Records, land_records, trade_name
from scrapers.office.yearbook import YEARS
from scrapers.parsers.events import parse_event_text


@settings(max_examples=60, deadline=None)
@given(
    stubs=st.lists(st.integers(0, 9), min_size=12, max_size=60).filter(
        lambda s: sum(s) > 20 and 2 * max(s) < sum(s) - 2
    ),
    seed=st.integers(0, 10**6),
)
def test_every_city_stands_in_as_many_pairs_as_it_has_stubs(stubs: list[int], seed: int) -> None:
    given_stubs = list(stubs)
    groups = pair_stubs(random.Random(seed), stubs)
    pairs: Counter[int] = Counter()
    for group in groups:
        assert len(set(group)) == len(group) in (2, 3)
        for city in group:
            pairs[city] += len(group) - 1
    assert [pairs[n] for n in range(len(stubs))] == stubs
    assert sum(stubs) - sum(given_stubs) == sum(given_stubs) % 2


def test_a_city_with_most_of_all_stubs_is_refused() -> None:
    with pytest.raises(ValueError, match="nothing to pair with"):
        pair_stubs(random.Random(1), [9, 2, 1])


@settings(max_examples=40, deadline=None)
@given(
    n=st.integers(3, 14),
    density=st.floats(0.05, 0.6),
    seed=st.integers(0, 10**6),
    directed=st.booleans(),
)
def test_the_ledgers_betweenness_is_that_of_networkx(
    n: int, density: float, seed: int, directed: bool
) -> None:
    graph = nx.gnp_random_graph(n, density, seed=seed, directed=directed)
    expected = nx.betweenness_centrality(graph, normalized=True)
    found = betweenness(set(graph.edges), n, directed=directed)
    assert found == pytest.approx([expected[k] for k in range(n)], abs=1e-12)


@pytest.fixture(scope="module")
def world() -> World:
    return draw_world(11)


def test_the_equation_holds_and_no_cell_is_censored(world: World) -> None:
    for n in range(0, len(nodes()), 40):
        for t in range(len(YEARS)):
            terms = {name: rows[n][t] for name, rows in world.terms.items()}
            mean = sum(terms[name] * b for name, b in COEFFICIENTS.items())
            mean += terms["city_effect"] + terms["year_effect"] + terms["shock"]
            assert world.m[n][t] == pytest.approx(mean, abs=1e-12)
            # Rounded to one of the two integers around it.
            assert abs(world.drawn[n][t] - math.expm1(mean)) < 1
            if t:
                assert terms["ln_solo_lag"] == math.log1p(world.solo[n][t - 1])
    assert world.share_censored(list(range(len(nodes())))) < 0.01
    assert {w for row in world.terms["copatent_degree_lag"] for w in row} > {0.0}


def test_nothing_is_sold_before_it_is_known_and_nothing_to_oneself(world: World) -> None:
    left = [0] * len(nodes())
    by_year = {year: [s for s in world.sales if s.year == year] for year in YEARS}
    assert by_year[YEARS[0]] == []
    for t, year in enumerate(YEARS):
        for sale in by_year[year]:
            assert sale.buyer != sale.seller
            left[sale.seller] -= sale.is_granted
        assert min(left) >= 0
        left = [stock + world.solo[n][t] for n, stock in enumerate(left)]


def test_what_is_exogenous_does_not_depend_on_the_loop(world: World) -> None:
    other = draw_world(11, alpha_degree=2.0, autocorrelation=0.5)
    for name in ("solo", "pending", "sales"):
        assert getattr(world, name) == getattr(other, name)
    assert world.exogenous.city_rows == other.exogenous.city_rows
    assert world.counts != other.counts
    assert draw_world(11).counts == world.counts


@pytest.mark.parametrize("wrong", [{"alpha_degree": 12.9}, {"autocorrelation": 1.0}])
def test_a_loop_that_would_explode_is_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="between"):
        draw_world(1, **wrong)


def test_gaps_of_rates_are_filled_before_weights(world: World) -> None:
    rows = [dict(row) for row in world.exogenous.city_rows]
    assert any(not row[name] for row in rows for name in ENVIRONMENT)
    index = environment_index(rows)
    assert all(0.0 <= x <= 1.0 for row in index for x in row)
    for row in rows:
        if row["adcode"] == nodes()[0].code:
            row[ENVIRONMENT[0]] = ""
    with pytest.raises(ValueError, match="fewer than two"):
        environment_index(rows)


def test_a_trade_name_stands_behind_the_place_in_or_out_of_brackets() -> None:
    assert trade_name("杭州市瑞恒科技有限公司", "杭州市", "杭州") == "瑞恒"
    assert trade_name("瑞恒科技（杭州）有限公司", "杭州市", "杭州") == "瑞恒"


# ------------------------------------------------------------------ records


@pytest.fixture(scope="module")
def small(world: World) -> tuple[World, Records]:
    """Records of a world cut down: two years of joint patents, five of others, a tenth of sales."""
    solo, pending, counts = (
        [[k if t < years else 0 for t, k in enumerate(row)] for row in table]
        for table, years in ((world.solo, 5), (world.pending, 5), (world.counts, 2))
    )
    groups = [g if t < 2 else [] for t, g in enumerate(world.groups)]
    left = {
        granted: [sum(row) for row in table] for granted, table in ((True, solo), (False, pending))
    }
    sales = []
    for sale in world.sales[::10]:
        if sale.year > YEARS[4] and left[sale.is_granted][sale.seller]:
            left[sale.is_granted][sale.seller] -= 1
            sales.append(sale)
    cut = dataclasses.replace(
        world, solo=solo, pending=pending, counts=counts, groups=groups, sales=sales
    )
    return cut, recovery_records.write_records(cut)


@pytest.fixture(scope="module")
def landing(small: tuple[World, Records], tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("recovery")
    land_records(folder / "landing", *small, lambda _: None)
    write_ledger(folder / "truth", *small)
    return folder


def _rows(landing: Path, table: str) -> Iterator[dict[str, object]]:
    for file in sorted((landing / "landing" / table).glob("*/*.parquet")):
        yield from pq.read_table(file, partitioning=None).to_pylist()


def _truth(landing: Path, name: str) -> list[dict[str, str]]:
    with (landing / "truth" / name).open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_records_add_up_to_what_was_drawn(small: tuple[World, Records], landing: Path) -> None:
    world, records = small
    rows = _truth(landing, "ledger.csv")
    assert len(rows) == len(nodes()) * len(YEARS)
    n_pairs = sum(int(row["rsi"]) for row in rows)
    assert n_pairs == sum(map(sum, world.counts)) > 1000
    assert n_pairs % 2 == 0
    decoys = [f for f in records.filings if f.role in DECOYS]
    assert len(decoys) > 5000
    dropped = next(f for f in records.filings if f.role == "joint")
    records.filings.remove(dropped)
    try:
        with pytest.raises(RuntimeError, match="not those drawn"):
            ledger_rows(world, records)
    finally:
        records.filings.append(dropped)


def test_landing_files_are_those_of_the_contract(landing: Path) -> None:
    folder = landing / "landing"
    assert verify(folder) == []
    for table in ("sipo_patents", "sipo_assignments"):
        months = current_months(folder, table)
        assert len(months) == 180
        assert all(m["synthetic"] for m in months.values())
        manifest = next(m for m in months.values() if m["landing_month"] == "2012-05-01")
        file = folder / table / "landing_month=2012-05-01" / manifest["file"]
        stored = pq.read_table(file, partitioning=None)
        assert stored.schema.remove_metadata() == landing_schema(table)
    assert len(current_months(folder, "citystat_city_years")) == 15


def test_a_grant_repeats_its_application_and_some_documents_are_printed_twice(
    landing: Path,
) -> None:
    by_document: Counter[tuple[object, object]] = Counter()
    cities_of: dict[str, set[int]] = {}
    for row in _rows(landing, "sipo_patents"):
        by_document[row["publication_no"], row["source_type"]] += 1
        names = str(row["applicants"]).translate(str.maketrans("（）", "()")).split(";\u2002")
        cities_of.setdefault(str(row["application_no"]), set()).add(len(names))
    assert sum(n - 1 for n in by_document.values()) > 50
    assert max(by_document.values()) == 2
    assert all(len(sizes) == 1 for sizes in cities_of.values())


def test_events_say_what_the_parser_of_the_pipeline_reads(landing: Path) -> None:
    rows = list(_rows(landing, "sipo_assignments"))
    assert len(rows) > 1000
    for row in rows[::23]:
        read = parse_event_text(str(row["event_text"]), str(row["event_type"]))
        assert (read.type, read.item) == (row["parsed_type"], row["parsed_item"])
        assert read.effective_date == row["parsed_effective_date"]
        assert read.ipc == row["parsed_ipc"]
        for side, printed in (
            (read.parties_before, row["parties_before"]),
            (read.parties_after, row["parties_after"]),
        ):
            assert side == tuple(Party(**party) for party in printed)  # type: ignore[attr-defined]


def test_the_ledger_names_roles_and_decoys(landing: Path) -> None:
    records = _truth(landing, "records.csv")
    assert len({r["application_no"] for r in records}) == len(records)
    assert {r["role"] for r in records if r["is_decoy"] == "1"} == set(DECOYS)
    assert all((r["counts_in"] == "") == (r["is_decoy"] == "1") for r in records)
    events = _truth(landing, "events.csv")
    assert {e["role"] for e in events if e["is_decoy"] == "1"} == {
        "sale_within_city",
        "sale_not_green",
    }
    equation = _truth(landing, "equation.csv")
    assert len(equation) == len(nodes()) * len(YEARS)
    manifest = json.loads((landing / "truth" / "manifest.json").read_text("utf-8"))
    assert manifest["synthetic"] is True
    assert manifest["counts"]["joint"] > 500
    coefficients = json.loads((landing / "truth" / "coefficients.json").read_text("utf-8"))
    assert coefficients["coefficients"]["copatent_degree_lag"] == 0.0
