"""Which cells of the panel the records decide: no reader of them can get such a cell wrong."""

from __future__ import annotations

import csv
import io
import random
from collections import Counter, defaultdict

import pytest

from scrapers.office.country import draw_country
from scrapers.office.dirt import LEVELS
from scrapers.office.evidence import Decider
from scrapers.office.geography import nodes
from scrapers.office.ledger import OUTSIDE, Ledger
from scrapers.office.store import event_rows
from scrapers.office.truth import truth_files
from scrapers.office.truth_panel import COLUMNS

Cell = tuple[str, int]


@pytest.fixture(scope="module", params=LEVELS)
def country(request: pytest.FixtureRequest) -> tuple[Ledger, list[dict[str, str]], str]:
    ledger = draw_country(seed=21, records=9_000, dirt=request.param)
    assert list(event_rows(ledger))
    files = truth_files(ledger)
    return (
        ledger,
        list(csv.DictReader(io.StringIO(files["panel_decidable.csv"]))),
        files["panel.csv"],
    )


def test_every_cell_of_the_panel_is_judged_once(country) -> None:
    _, rows, panel = country
    values = {
        (row["adcode"], row["year"], column): row[column]
        for row in csv.DictReader(io.StringIO(panel)) for column in COLUMNS
    }  # fmt: skip
    assert len(rows) == len(values) == 341 * 15 * len(COLUMNS)
    assert {(r["adcode"], r["year"], r["column_name"]): r["value"] for r in rows} == values
    assert all((row["decidable"] == "1") == (row["why"] == "") for row in rows)
    known = Counter((r["column_name"], r["decidable"]) for r in rows if float(r["value"]) > 0)
    assert all(known[column, "1"] > 30 for column in COLUMNS), known
    assert all(known[column, "0"] > 3 for column in COLUMNS), known


@pytest.mark.parametrize("whim", range(4))
def test_no_reader_who_keeps_to_the_evidence_gets_a_decided_cell_wrong(country, whim: int) -> None:
    """An uncertain applicant may be put at any place that its evidence names, or nowhere."""
    ledger, rows, _ = country
    rng, decider = random.Random(whim), Decider(ledger)
    joint: Counter[Cell] = Counter()
    partners: dict[Cell, set[int]] = defaultdict(set)
    granted: Counter[Cell] = Counter()
    codes = [node.code for node in nodes()]
    for patent in ledger.patents:
        grant = next((p for p in patent.publications if p.source == "pig"), None)
        if grant is None or not patent.is_paper7:
            continue
        cities: set[int] = set()
        for k, party in enumerate(grant.applicants):
            node = patent.nodes[patent.applicants.index(party)]
            read = grant.read_names[k]
            verdict = decider.judge(
                party, read, node, patent.filed, is_first=k == 0,
                ambiguous=grant.is_address_ambiguous,
                is_name_damaged=read != party.name_on(grant.day),
            )  # fmt: skip
            if verdict.is_certain:
                assert verdict.decidable or node == OUTSIDE
                cities.add(node)
            elif whim and verdict.points:
                cities.add(rng.choice([*sorted(verdict.points), OUTSIDE]))
        cities.discard(OUTSIDE)
        for city in cities:
            cell = (codes[city], grant.day.year)
            granted[cell] += 1
            joint[cell] += len(cities) - 1
            partners[cell] |= cities - {city}
    wrong = []
    for row in rows:
        if row["decidable"] != "1":
            continue
        cell = (row["adcode"], int(row["year"]))
        found = {
            "rsi": joint[cell], "gpatent": granted[cell], "extensive": len(partners[cell]),
        }.get(row["column_name"])  # fmt: skip
        if found is not None and found != int(row["value"]):
            wrong.append((row, found))
    assert wrong == []
