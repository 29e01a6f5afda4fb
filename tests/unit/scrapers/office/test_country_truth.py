"""The truth of the default country: what was promised, and that its files agree."""

from __future__ import annotations

import csv
import io
import json
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import pytest

from scrapers.office.country import draw_country
from scrapers.office.ledger import Ledger
from scrapers.office.truth import truth_files

Rows = list[dict[str, str]]
HUB = "110000"


@pytest.fixture(scope="module", params=[20061231])
def country(request: pytest.FixtureRequest) -> tuple[Ledger, dict[str, str]]:
    ledger = draw_country(seed=request.param, records=60_000)
    return ledger, truth_files(ledger)


@pytest.fixture(scope="module")
def tables(country: tuple[Ledger, dict[str, str]]) -> dict[str, Rows]:
    return {
        name: list(csv.DictReader(io.StringIO(text)))
        for name, text in country[1].items()
        if name.endswith(".csv")
    }


@pytest.fixture(scope="module")
def manifest(country: tuple[Ledger, dict[str, str]]) -> dict[str, Any]:
    return dict(json.loads(country[1]["manifest.json"]))


def test_the_default_is_enriched_and_says_so(manifest: dict[str, Any]) -> None:
    assert manifest["synthetic"] is True
    assert "Enriched" in manifest["notice"]
    assert manifest["counts"]["joint_green_grants_between_cities"] >= 6_000
    assert sum(manifest["counts"]["publications"].values()) == 60_000


def test_joint_edges_follow_from_applicants_symbols_and_days(tables: dict[str, Rows]) -> None:
    green = {r["application_no"] for r in tables["green.csv"] if r["paper_category"]}
    granted = {r["application_no"]: r["grant_date"][:4] for r in tables["applications.csv"]}
    cities: dict[str, set[str]] = defaultdict(set)
    known: dict[str, set[str]] = defaultdict(set)
    for row in tables["applicants.csv"]:
        is_grant = row["publication_no"][-1] in "BC" and row["application_no"] in green
        if is_grant and row["node_code"]:
            cities[row["application_no"]].add(row["node_code"])
            if row["decidable"] == "1":
                known[row["application_no"]].add(row["node_code"])
    expected: Counter[tuple[str, str, str]] = Counter()
    decidable: Counter[tuple[str, str, str]] = Counter()
    for application, places in cities.items():
        for a in places:
            for b in places:
                if a < b:
                    expected[granted[application], a, b] += 1
                    decidable[granted[application], a, b] += {a, b} <= known[application]
    found = [
        r for r in tables["joint_edges.csv"] if (r["basis"], r["counting"]) == ("grant", "pair")
    ]
    assert {(r["year"], r["city_a"], r["city_b"]): float(r["n"]) for r in found} == dict(expected)
    assert {(r["year"], r["city_a"], r["city_b"]): float(r["n_decidable"]) for r in found} == {
        key: decidable[key] for key in expected
    }
    assert sum(expected.values()) > 6_000
    assert sum(decidable.values()) >= 0.6 * sum(expected.values())


def test_fractional_edges_of_a_patent_add_up_to_one(tables: dict[str, Rows]) -> None:
    total: dict[tuple[str, str], float] = defaultdict(float)
    for row in tables["joint_edges.csv"]:
        total[row["basis"], row["counting"]] += float(row["n"])
    assert total["grant", "fractional"] < total["grant", "pair"] == total["grant", "whole"]
    assert total["application", "pair"] > total["grant", "pair"]


def test_the_panel_is_what_the_equation_made(tables: dict[str, Rows]) -> None:
    planned = {(r["adcode"], r["year"]): int(r["n"]) for r in tables["equation.csv"]}
    panel = {(r["adcode"], r["year"]): int(r["rsi"]) for r in tables["panel.csv"]}
    assert len(panel) == 341 * 15
    assert panel == planned


def test_panel_margins_agree_with_the_edges(tables: dict[str, Rows]) -> None:
    partners: dict[tuple[str, str], set[str]] = defaultdict(set)
    for row in tables["joint_edges.csv"]:
        if (row["basis"], row["counting"]) == ("grant", "pair"):
            partners[row["city_a"], row["year"]].add(row["city_b"])
            partners[row["city_b"], row["year"]].add(row["city_a"])
    for row in tables["panel.csv"]:
        k = len(partners[row["adcode"], row["year"]])
        assert int(row["extensive"]) == k
        assert float(row["copatent_degree"]) == pytest.approx(k / 340, abs=1e-11)
        assert float(row["intensive"]) * k == pytest.approx(int(row["rsi"]), abs=1e-3)


def test_the_hub_has_many_partners_that_come_and_go(tables: dict[str, Rows]) -> None:
    partners: dict[int, set[str]] = defaultdict(set)
    for row in tables["joint_edges.csv"]:
        if (row["basis"], row["counting"]) == ("grant", "pair"):
            for own, other in (("city_a", "city_b"), ("city_b", "city_a")):
                if row[own] == HUB:
                    partners[int(row["year"])].add(row[other])
    assert len(partners[2020]) > 100
    kept = [len(partners[y] & partners[y - 1]) / len(partners[y - 1]) for y in range(2007, 2021)]
    assert 0.25 <= sum(kept) / len(kept) <= 0.45
    # A year with a handful of partners can leave the band by one or two of them.
    assert all(0.15 <= share <= 0.50 for share in kept)


def test_most_city_years_before_2010_have_no_joint_grant(tables: dict[str, Rows]) -> None:
    early = [int(r["rsi"]) for r in tables["panel.csv"] if int(r["year"]) < 2010]
    assert sum(n == 0 for n in early) > 0.7 * len(early)
    late = [int(r["rsi"]) for r in tables["panel.csv"] if r["year"] == "2020"]
    assert sum(n > 0 for n in late) > 150


def test_transfer_edges_and_gtr_follow_from_the_transfers(tables: dict[str, Rows]) -> None:
    edges: dict[tuple[str, str, str, str], set[str]] = defaultdict(set)
    sold: dict[tuple[str, str], set[tuple[str, str]]] = defaultdict(set)
    for row in tables["transfers.csv"]:
        if row["is_green_invention"] != "1" or row["type"].endswith("_change"):
            continue
        year = row["registered"][:4]
        for a in row["from_cities"].split("|"):
            for b in row["to_cities"].split("|"):
                if a != b and "outside" not in (a, b):
                    edges[year, a, b, row["type"]].add(row["application_no"])
                    if row["type"] == "sale" and row["is_granted"] == "1":
                        sold[a, year].add((b, row["application_no"]))
    assert {
        (r["year"], r["from_city"], r["to_city"], r["type"]): int(r["n"])
        for r in tables["transfer_edges.csv"]
    } == {key: len(numbers) for key, numbers in edges.items()}
    gtr = {(r["adcode"], r["year"]): int(r["gtr"]) for r in tables["panel.csv"]}
    assert {key: n for key, n in gtr.items() if n} == {k: len(v) for k, v in sold.items()}
    assert sum(gtr.values()) > 1_000
    assert {key[3] for key in edges} >= {"sale", "added_holder", "joint_to_single", "intra_group"}


def test_the_equation_saw_the_transfers_and_partners_of_the_year_before(
    country: tuple[Ledger, dict[str, str]], tables: dict[str, Rows]
) -> None:
    import math

    panel = {(r["adcode"], int(r["year"])): r for r in tables["panel.csv"]}
    for row in tables["equation.csv"]:
        year = int(row["year"])
        if year == 2006:
            continue
        before = panel[row["adcode"], year - 1]
        degree = float(before["copatent_degree"])
        assert float(row["copatent_degree_lag"]) == pytest.approx(degree, abs=1e-8)
        gtr = math.log1p(int(before["gtr"]))
        assert float(row["ln_gtr_lag"]) == pytest.approx(gtr, abs=1e-8)


def test_names_are_as_hard_as_real_ones(country: tuple[Ledger, dict[str, str]]) -> None:
    parties = country[0].parties
    organisations = [p for p in parties if p.kind != "person" and not p.outside]
    without = [p for p in organisations if p.place_in_name is None and not p.is_misleading]
    provinces = [p for p in without if _has_province(p.names[0][1])]
    share = (len(without) - len(provinces)) / len(organisations)
    assert 0.33 < share < 0.43
    assert any(p.is_misleading for p in organisations)
    assert sum(1 for p in organisations if p.parent is not None) > 100
    assert sum(1 for p in organisations if len(p.homes) > 1) > 50
    assert sum(1 for p in organisations if len(p.names) > 1) > 100
    places: dict[str, set[int]] = defaultdict(set)
    for party in parties:
        if party.kind == "person" and not party.outside:
            places[party.names[0][1]].add(party.homes[0][1])
    assert sum(len(nodes) > 1 for nodes in places.values()) > 50
    names = Counter(p.names[0][1] for p in organisations)
    assert max(names.values()) == 1


def _has_province(name: str) -> bool:
    from scrapers.office.geography import nodes

    return any(name.startswith(n.province[:2]) or f"（{n.province[:2]}" in name
               or f"({n.province[:2]}" in name for n in nodes())  # fmt: skip


def test_some_lists_are_long_some_join_three_cities_some_one(
    country: tuple[Ledger, dict[str, str]],
) -> None:
    green = [p for p in country[0].patents if p.is_invention and p.is_paper7]
    sizes = Counter(len(p.cities) for p in green if len(p.applicants) > 1)
    assert min(sizes[1], sizes[3]) > 50
    assert any(len(p.applicants) >= 5 for p in green)
    lists = [p for p in green if len(p.publications) == 2]
    assert any(p.publications[0].names != p.publications[1].names for p in lists)


def test_undecidable_addresses_are_few_and_marked(tables: dict[str, Rows]) -> None:
    first = [r for r in tables["applicants.csv"] if r["applicant_seq"] == "1"]
    unclear = [r for r in first if r["why"] == "address_ambiguous"]
    assert 0 < len(unclear) <= 0.005 * len(first)
    assert {r["decidable"] for r in unclear} == {"0"}
    assert {r["why"] for r in first} == {"address", "address_ambiguous", "outside"}


def test_natural_shares_hold_few_joint_green_grants() -> None:
    ledger = draw_country(seed=6, records=15_000, shares="natural")
    files = truth_files(ledger)
    manifest = json.loads(files["manifest.json"])
    assert 45 <= manifest["counts"]["joint_green_grants_between_cities"] <= 120
    rows = list(csv.DictReader(io.StringIO(files["applicants.csv"])))
    published = [r for r in rows if r["publication_no"].endswith("A") and r["applicant_seq"] == "1"]
    abroad = sum(not r["node_code"] for r in published) / len(published)
    assert 0.07 < abroad < 0.13


def test_planted_topics_agree_with_cases_written_by_hand(shared: Path) -> None:
    from scrapers.office.symbols import read_symbols

    with (shared / "cases" / "ipc" / "ipc_cases.csv").open(encoding="utf-8") as file:
        cases = {
            row["symbol"]: set(filter(None, row["expected_topics"].split("|")))
            for row in csv.DictReader(file)
        }
    planted = {s.symbol: {topic for topic, _ in s.topics} for s in read_symbols()}
    both = planted.keys() & cases.keys()
    assert len(both) > 50
    assert {s: planted[s] for s in both} == {s: cases[s] for s in both}


def test_near_misses_are_among_the_symbols() -> None:
    from scrapers.office.symbols import read_symbols

    symbols = {s.symbol: s for s in read_symbols()}
    for near_miss in ("H01L 31/10", "B60L 50/20", "E04B 1/82", "H01M 10/0525"):
        assert symbols[near_miss].topics == ()
    assert symbols["C02F 9/14"].topics
    assert not symbols["C02F 9/14"].is_paper7
