"""Levels of dirt: what is true stays, what is printed differs, and every damage is in the truth."""

from __future__ import annotations

import csv
import dataclasses
import hashlib
import io
import json
import re
from collections import Counter
from collections.abc import Iterable

import pytest

from scrapers.office.country import build_country, draw_country
from scrapers.office.dirt import DEFAULT, DIRT, LEVELS
from scrapers.office.ledger import Ledger
from scrapers.office.numbers import check_digit
from scrapers.office.store import event_rows, policy_rows, publication_rows
from scrapers.office.truth import truth_files
from scrapers.parsers.events import parse_event_text

Rows = list[dict[str, str]]
SEED, RECORDS = 11, 5_000
# What the country of this seed has printed since its first version. Events that came later stand
# behind them on their day and are left out here.
PRINTED = {
    "publications": "92097b9bf1c8200e392b32a7bf37313c32db301298e6ee205e54960d8f4f6df7",
    "events": "60c6c23934ecce6ea74c28c81adfd1d739793d98bf713310649259cbbe321352",
    "policy": "b3a2acb9c5384ca30d77041d674ecb21b875c5dde787a06fa64215b5a266fd48",
}
HEAVY_KINDS = {
    "bare_district", "no_postcode", "no_province", "no_city", "no_county", "country_prefix",
    "reordered", "coapplicant_left_out", "text_lost", "repeated", "listed_twice", "corrected",
    "no_number", "no_day_of_issue", "old_district", "traditional", "full_width", "blanks",
    "short_place", "place_slip", "street_slip", "province_only", "name_bracket_width",
    "name_bracket_lost", "name_traditional", "name_blank", "name_legal_form", "name_department",
    "name_slip", "glued", "first_swapped", "check_digit_lost", "number_slip", "filing_year_slip",
    "event_number_slip", "registered_late", "rename_unlisted", "type_name_drift",
    "former_prefecture",
}  # fmt: skip


def digest(rows: Iterable[object]) -> str:
    total = hashlib.sha256()
    for row in rows:
        total.update(json.dumps(row, ensure_ascii=False).encode() + b"\n")
    return total.hexdigest()


def table(text: str) -> Rows:
    return list(csv.DictReader(io.StringIO(text)))


@pytest.fixture(scope="module")
def levels() -> dict[str, tuple[Ledger, dict[str, str], list[tuple[object, ...]]]]:
    drawn = {}
    for level in LEVELS:
        ledger = draw_country(seed=8, records=12_000, dirt=level)
        records = list(publication_rows(ledger))
        list(event_rows(ledger))  # gives the events their places
        drawn[level] = ledger, truth_files(ledger), records
    return drawn


def test_the_default_level_prints_what_the_country_always_printed() -> None:
    ledger = draw_country(seed=SEED, records=RECORDS)
    assert ledger.later_events
    older = dataclasses.replace(ledger, later_events=[])
    assert {
        "publications": digest(publication_rows(ledger)),
        "events": digest(event_rows(older)),
        "policy": digest(policy_rows(ledger)),
    } == PRINTED


def test_later_events_stand_behind_all_others_of_their_day(levels) -> None:
    ledger = levels["default"][0]
    rows = list(event_rows(ledger))
    assert rows[: -sum(e.repeats for e in ledger.later_events)] == list(
        event_rows(dataclasses.replace(ledger, later_events=[]))
    )
    assert len({row[:2] for row in rows}) == len(rows)


def test_what_is_true_is_the_same_at_every_level(levels) -> None:
    def facts(level: str) -> dict[str, object]:
        ledger, files, _ = levels[level]
        kept = ("green.csv", "panel.csv", "equation.csv", "applications.csv", "coefficients.json")
        edges = {
            name: [tuple(row.values())[:-1] for row in table(files[name])]
            for name in ("joint_edges.csv", "transfer_edges.csv")
        }
        owners = [tuple(row.values())[:-2] for row in table(files["owners.csv"])]
        holders = {
            (e.patent.application_no, e.type, tuple(p.number for p in (*e.before, *e.after)),
             e.registered)
            for e in ledger.holder_events if e.type != "name_change"
        }  # fmt: skip
        proceedings = [
            (p.gazette_day, p.patent.application_no, p.subtype) for p in ledger.proceedings
            if p.kind != "correction"
        ]  # fmt: skip
        return {name: files[name] for name in kept} | {
            "edges": edges, "owners": sorted(owners), "holders": holders,
            "proceedings": proceedings,
        }  # fmt: skip

    clean = facts("0")
    assert facts("default") == clean
    assert facts("heavy") == clean


def test_level_0_has_no_damage_and_still_what_makes_cities_hard(levels) -> None:
    ledger, files, records = levels["0"]
    assert table(files["damage.csv"]) == []
    assert json.loads(files["manifest.json"])["dirt"] == "0"
    assert not any(p.kind == "correction" for p in ledger.proceedings)
    assert all(d.document_no and d.issued and not d.repeats for d in ledger.policy)
    assert all(e.has_text and e.repeats == 1 for e in ledger.holder_events)
    assert not any(p.repeats or p.bare_text_of for p in ledger.proceedings)
    outside = "日|美|德|韩|法|荷|瑞|英|中国|台|香|澳"
    inland = [str(row[9]) for row in records if not re.match(outside, str(row[9]))]
    assert len(inland) > 8_000
    assert all(re.match(r"\d{6}\D", address) for address in inland)
    why = Counter(row["why"] for row in table(files["applicants.csv"]))
    assert min(why["no_evidence"], why["shared_name"], why["other_place_elsewhere"]) > 10
    assert why["address_ambiguous"] == 0


def test_more_dirt_leaves_less_decidable(levels) -> None:
    known = {
        level: sum(float(row["n_decidable"]) for row in table(files["joint_edges.csv"]))
        for level, (_, files, _) in levels.items()
    }
    assert known["0"] > known["default"] > known["heavy"] > 0.8 * known["0"]
    rates = {level: DIRT[level].rates() for level in LEVELS}
    assert all(rates["heavy"][name] >= rate for name, rate in rates["default"].items())
    assert all(rates["default"][name] >= rate for name, rate in rates["0"].items())


def test_heavy_shows_every_kind_of_damage(levels) -> None:
    kinds = Counter(row["kind"] for row in table(levels["heavy"][1]["damage.csv"]))
    assert set(kinds) - {"cut", "zero_lost"} == HEAVY_KINDS
    common = Counter(row["kind"] for row in table(levels["default"][1]["damage.csv"]))
    assert all(kinds[kind] > n for kind, n in common.items()
               if kind not in ("corrected", "no_number", "no_day_of_issue", "cut"))  # fmt: skip


@pytest.mark.parametrize("level", ["default", "heavy"])
def test_damage_is_what_the_records_print(levels, level: str) -> None:
    _, files, records = levels[level]
    printed = {str(row[3]): row for row in records}
    last: dict[tuple[str, str, str], dict[str, str]] = {}
    for row in table(files["damage.csv"]):
        if row["record"] == "publication" and row["kind"] != "glued":
            last[row["key"], row["field"], row["position"]] = row
    seen: Counter[str] = Counter()
    for (key, field, position), row in last.items():
        record = printed[key]
        if field == "address":
            assert record[9] == row["printed_value"], row
        elif field == "application_no":
            assert record[4] == row["printed_value"] != row["true_value"]
        elif field == "application_date":
            assert record[5] == row["printed_value"] > str(record[1])
        elif position != "0" and row["decidable"] == "1":
            names = json.loads(str(record[7]))
            assert any(row["printed_value"] in name for name in names), row
        seen[field] += 1
    assert seen["address"] > 1_000
    if level == "heavy":
        assert min(seen["applicants"], seen["application_no"], seen["application_date"]) > 50


def test_what_is_not_damaged_is_printed_as_it_is(levels) -> None:
    ledger, files, records = levels["heavy"]
    touched = {
        (row["key"], row["field"]) for row in table(files["damage.csv"])
        if row["record"] == "publication"
    }  # fmt: skip
    printed = {str(row[3]): row for row in records}
    intact = 0
    for patent in ledger.patents:
        for publication in patent.publications:
            key, record = publication.publication_no, printed[publication.publication_no]
            if (key, "application_no") not in touched:
                assert record[4] == patent.application_no
            if (key, "application_date") not in touched:
                assert record[5] == patent.filed.isoformat()
            if (key, "applicants") not in touched:
                names = [p.name_on(publication.day) for p in patent.applicants]
                assert json.loads(str(record[7])) == names
                intact += 1
    assert intact > 9_000


def test_decidable_numbers_can_be_made_good(levels) -> None:
    rows = [
        row for row in table(levels["heavy"][1]["damage.csv"])
        if row["kind"] in ("check_digit_lost", "zero_lost")
    ]  # fmt: skip
    for row in rows:
        body = row["printed_value"]
        if row["kind"] == "zero_lost":
            body = f"0{body}"[:-1]
        assert body + check_digit(body) == row["true_value"]
    assert len(rows) > 50


def test_heavy_events_are_read_as_the_truth_says(levels) -> None:
    ledger = levels["heavy"][0]
    read = 0
    for event in [*ledger.events, *ledger.later_events]:
        parsed = parse_event_text(event.text, event.listed_type or "专利申请权、专利权的转移")
        if not event.has_text:
            assert parsed.parties_before == parsed.parties_after == ()
        elif event.registered is not None:
            names = [
                {p.name for p in side} for side in (parsed.parties_before, parsed.parties_after)
            ]
            assert names == [set(event.printed[0]), set(event.printed[1])], event.text
            read += 1
    assert read > 500


def test_names_of_one_organisation_are_joined_as_far_as_they_can_be(levels) -> None:
    rows = table(levels["heavy"][1]["organisations.csv"])
    forms = Counter(row["form"] for row in rows)
    assert forms["name_slip"] > 100
    for row in rows:
        assert row["decidable_id"].split(".")[0] == row["organisation_id"]
        assert (row["form"] == "true") == (row["name"] == row["true_name"]) or row[
            "form"
        ] == "glued"
    own = {row["name"]: row["organisation_id"] for row in rows if row["form"] == "true"}
    # A damaged name that is another organisation's true name is never said to be readable.
    for row in rows:
        if row["why"] == "variant" and row["name"] in own:
            assert own[row["name"]] == row["organisation_id"]


@pytest.mark.parametrize("wrong", ["1", "filthy", ""])
def test_unknown_levels_are_refused(wrong: str, tmp_path) -> None:
    with pytest.raises(ValueError, match="none of 0, default, heavy"):
        build_country(tmp_path, seed=1, records=50, dirt=wrong)
    assert not (tmp_path / "country.sqlite").exists()
    assert DEFAULT is DIRT["default"]
