"""Holders that follow one another: mergers, inheritances, chains, and the shares they move."""

from __future__ import annotations

import csv
import io
from collections import Counter, defaultdict
from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scrapers.office.country import draw_country
from scrapers.office.holdings import moved, moves_by_patent, spells
from scrapers.office.ledger import Event, Ledger
from scrapers.office.store import event_rows
from scrapers.office.truth import truth_files


@pytest.fixture(scope="module")
def ledger() -> Ledger:
    drawn = draw_country(seed=8, records=12_000)
    assert list(event_rows(drawn))  # gives the events their places
    return drawn


@pytest.fixture(scope="module")
def tables(ledger: Ledger) -> dict[str, list[dict[str, str]]]:
    return {
        name: list(csv.DictReader(io.StringIO(text)))
        for name, text in truth_files(ledger).items() if name.endswith(".csv")
    }  # fmt: skip


def of_type(ledger: Ledger, kind: str) -> list[Event]:
    return [e for e in ledger.later_events if e.type == kind]


def test_a_merger_moves_all_that_the_firm_holds_alone_on_one_day(ledger: Ledger) -> None:
    by_chain: dict[str, list[Event]] = defaultdict(list)
    for event in of_type(ledger, "merger"):
        by_chain[event.chain_id].append(event)
    assert len(by_chain) >= 5
    spoken_of = {p.patent.number for p in ledger.proceedings}
    merged = {events[0].before[0].number for events in by_chain.values()}
    for events in by_chain.values():
        assert len(events) >= 3
        assert len({(e.registered, e.gazette_day, e.after[0].number) for e in events}) == 1
        firm, day = events[0].before[0], events[0].registered
        assert day is not None
        assert events[0].after[0].number not in merged
        moved_now = {e.patent.number for e in events}
        for patent in ledger.patents:
            if firm in patent.applicants:
                assert patent.filed < day
                if patent.applicants == [firm] and patent.granted and patent.publications:
                    is_elsewhere = patent.events > 0 or patent.number in spoken_of
                    assert (patent.number in moved_now) or is_elsewhere


def test_heirs_are_persons_of_the_same_city(ledger: Ledger) -> None:
    events = of_type(ledger, "inheritance")
    assert len(events) >= 5
    for event in events:
        assert {p.kind for p in (*event.before, *event.after)} == {"person"}
        assert set(event.before_nodes) == set(event.after_nodes)
    words = Counter(e.reason for e in events)
    assert set(words) <= {"继承", ""}
    assert all(f"（{e.reason}）" in e.text for e in events if e.reason)


def test_a_chain_is_two_transfers_of_one_day_in_their_order(ledger: Ledger) -> None:
    chains: dict[str, list[Event]] = defaultdict(list)
    for event in of_type(ledger, "same_day_chain"):
        chains[event.chain_id].append(event)
    assert len(chains) >= 5
    for first, second in chains.values():
        assert first.patent is second.patent
        assert (first.gazette_day, first.registered) == (second.gazette_day, second.registered)
        assert first.after == second.before
        assert first.seq < second.seq
        assert not set(first.before) & set(second.after)


def test_later_events_leave_the_green_network_of_sales_alone(ledger: Ledger) -> None:
    sales = of_type(ledger, "sale")
    assert sales
    assert not any(e.patent.is_invention and e.patent.is_paper7 for e in sales)
    spoken_of = {
        p.patent.number for p in ledger.proceedings
        if p.kind in ("licence", "pledge", "holder_added", "holder_dropped", "termination")
    }  # fmt: skip
    assert not spoken_of & {e.patent.number for e in ledger.later_events}


def test_every_type_occurs_and_most_are_decidable(tables) -> None:
    rows = tables["transfer_types.csv"]
    by_type = Counter(row["type"] for row in rows)
    assert set(by_type) == {
        "sale", "name_change", "address_change", "merger", "inheritance", "inventor_to_employer",
        "intra_group", "correction", "same_day_chain", "joint_to_single", "added_holder",
        "licence", "pledge",
    }  # fmt: skip
    known = Counter(row["type"] for row in rows if row["decidable"] == "1")
    assert all(known[kind] >= 0.6 * n for kind, n in by_type.items())
    listed = {(row["gazette_date"], row["seq"]) for row in tables["events.csv"]}
    assert {(row["gazette_date"], row["seq"]) for row in rows} <= listed
    for row in rows:
        if row["why"] in ("no_text", "no_reason_given"):
            assert row["decidable"] == "0"


def test_owners_fill_all_time_from_filing_on_and_their_shares_add_up_to_one(tables) -> None:
    rows: dict[str, list[dict[str, str]]] = defaultdict(list)
    for row in tables["owners.csv"]:
        rows[row["application_no"]].append(row)
    changed = 0
    for spells_of_one in rows.values():
        days = sorted({row["valid_from"] for row in spells_of_one})
        changed += len(days) > 1
        for day in days:
            shares = [
                Fraction(int(row["numerator"]), int(row["denominator"])) for row in spells_of_one
                if row["valid_from"] <= day < (row["valid_to"] or "9999")
            ]  # fmt: skip
            assert sum(shares) == 1
            assert min(shares) > 0
    filed = {row["application_no"]: row["filing_date"] for row in tables["applications.csv"]}
    assert all(
        min(row["valid_from"] for row in found) == filed[number] for number, found in rows.items()
    )
    assert changed > 300


def test_the_last_owners_are_those_of_the_last_event(ledger: Ledger) -> None:
    moves = moves_by_patent(ledger)
    last: dict[int, set[int]] = defaultdict(set)
    for spell in spells(ledger):
        if spell.until is None:
            last[spell.patent.number].add(spell.party.number)
    checked = 0
    for number, owners in last.items():
        if number in moves:
            assert owners == {p.number for p in moves[number][-1].after}
            checked += 1
    assert checked > 300


def test_an_event_that_is_not_from_the_owners_is_a_defect(ledger: Ledger) -> None:
    event = next(e for e in ledger.later_events if e.patent.is_invention and e.type == "merger")
    kept, event.before = event.before, [ledger.parties[0]]
    try:
        with pytest.raises(ValueError, match="not from the owners"):
            list(spells(ledger))
    finally:
        event.before = kept
    assert event.gazette_day > date(2006, 1, 1)


@given(
    st.lists(st.sets(st.integers(0, 5), min_size=1, max_size=4), min_size=1, max_size=8),
)
def test_shares_always_add_up_to_one_and_never_vanish(steps: list[set[int]]) -> None:
    first = sorted(steps[0])
    shares = {p: Fraction(1, len(first)) for p in first}
    for owners in steps[1:]:
        before = dict(shares)
        shares = moved(shares, sorted(owners))
        assert shares.keys() == owners
        assert sum(shares.values()) == 1
        assert min(shares.values()) > 0
        gone = sum((s for p, s in before.items() if p not in owners), Fraction(0))
        if gone and owners - before.keys():
            assert sum(shares[p] for p in owners - before.keys()) == gone
            assert all(shares[p] == before[p] for p in owners & before.keys())


def test_a_sale_an_addition_and_a_leaving() -> None:
    half = Fraction(1, 2)
    assert moved({1: half, 2: half}, [3]) == {3: Fraction(1)}
    assert moved({1: half, 2: half}, [1, 3, 4]) == {
        1: half, 3: Fraction(1, 4), 4: Fraction(1, 4),
    }  # fmt: skip
    third = Fraction(1, 3)
    assert moved({1: half, 2: half}, [1, 2, 3]) == {1: third, 2: third, 3: third}
    assert moved({1: Fraction(1, 4), 2: Fraction(1, 4), 3: half}, [1, 3]) == {
        1: third, 3: 2 * third,
    }  # fmt: skip
