"""Legal events beside transfers: their texts by period, their truth, and what they leave alone."""

from __future__ import annotations

import csv
import datetime as dt
import io
import random
import re
from collections import Counter, defaultdict

import pytest

from scrapers.office.country import draw_country
from scrapers.office.geography import nodes
from scrapers.office.ledger import Ledger, Proceeding
from scrapers.office.proceedings import RATES, Registry
from scrapers.office.store import event_rows, publication_rows
from scrapers.office.truth import truth_files
from scrapers.office.wording import TRANSFER, wording_of
from scrapers.parsers.events import parse_event_text


@pytest.fixture(scope="module")
def ledger() -> Ledger:
    return draw_country(seed=8, records=20_000)


@pytest.fixture(scope="module")
def truth(ledger: Ledger) -> list[dict[str, str]]:
    rows = list(event_rows(ledger))  # gives the events their places
    assert rows
    return list(csv.DictReader(io.StringIO(truth_files(ledger)["events.csv"])))


def by_subtype(ledger: Ledger) -> dict[str, list[Proceeding]]:
    found: dict[str, list[Proceeding]] = defaultdict(list)
    for proceeding in ledger.proceedings:
        found[proceeding.subtype].append(proceeding)
    return found


def test_every_type_stands_beside_transfers_at_its_rate(ledger: Ledger) -> None:
    transfers = sum(e.type not in ("name_change", "address_change") for e in ledger.events)
    counts = Counter(p.subtype for p in ledger.proceedings)
    assert set(RATES) < set(counts)
    assert {"publication", "examination", "grant"} <= set(counts)
    for subtype in ("termination", "deemed_withdrawn", "bibliographic_change", "pledge"):
        assert 0.5 < counts[subtype] / (RATES[subtype] * transfers) < 2.0, subtype
    # a share of what the gazette lists anyway, so that the country stays quick to collect
    assert counts["grant"] < 0.06 * len(ledger.patents)


def test_they_leave_records_transfers_and_changes_alone(ledger: Ledger) -> None:
    texts = [(e.gazette_day, e.text, e.repeats) for e in ledger.events]
    records = list(publication_rows(ledger))
    untouched = [(p.number, p.events, list(p.applicants), p.application_no) for p in ledger.patents]
    registry = Registry(
        random.Random("another stream"),
        patents=ledger.patents,
        parties=ledger.parties,
        nodes=nodes(),
        texts=ledger.texts,
        events=ledger.events,
    )
    assert registry.draw(500)
    assert texts == [(e.gazette_day, e.text, e.repeats) for e in ledger.events]
    assert untouched == [
        (p.number, p.events, list(p.applicants), p.application_no) for p in ledger.patents
    ]
    assert records == list(publication_rows(ledger))


def test_transfers_and_changes_keep_the_first_places_of_their_day(ledger: Ledger) -> None:
    first: dict[str, int] = defaultdict(int)
    for event in ledger.events:
        first[event.gazette_day.isoformat()] += event.repeats
    rows = list(event_rows(ledger))
    n = sum(first.values())
    assert all(seq <= first[day] for day, seq, *_ in rows[:n])  # type: ignore[operator]
    assert all(seq > first[day] for day, seq, *_ in rows[n:])  # type: ignore[operator]
    assert len({(day, seq) for day, seq, *_ in rows}) == len(rows)


_DAY = r"\d{8}"
_OLD_DAY = r"\d{4}\.\d{1,2}\.\d{1,2}"
_IPC = r"(\n?IPC\(主分类\):[A-H]\d\d[A-Z] *\d+/\d+)?"
_NAME = r"[^:\n]+?"
_TEXTS = {
    ("licence", "A"): (
        rf"专利实施许可合同的备案合同备案号: \d{{13}}让与人: {_NAME}受让人: {_NAME}发明名称: .+?"
        rf"申请日: {_OLD_DAY}授权公告日: {_OLD_DAY}许可种类: (独占|普通|排他)许可"
        rf"备案日期: {_OLD_DAY}合同履行期限: {_OLD_DAY}至{_OLD_DAY}合同变更"
    ),
    ("licence", "B"): (
        rf"专利实施许可合同备案的(生效|注销){_IPC}合同备案号:\d{{13}}让与人:{_NAME}受让人:{_NAME}"
        rf"((发明|实用新型|外观设计)名称:.+?申请日:{_DAY}(申请公布日:{_DAY})?授权公告日:{_DAY}"
        rf"许可种类:(独占|普通|排他)许可备案日期:{_DAY}|解除日:{_DAY})"
    ),
    ("licence", "C"): (
        rf"专利实施许可合同备案的(生效|注销){_IPC}\n合同备案号:X?\d{{13}}\n让与人:{_NAME}\n"
        rf"受让人:{_NAME}\n((发明|实用新型|外观设计)名称:.+\n申请日:{_DAY}\n(申请公布日:{_DAY}\n)?"
        rf"授权公告日:{_DAY}\n许可种类:(独占|普通|排他)许可\n备案日期:{_DAY}|解除日:{_DAY})"
    ),
    ("pledge", "A"): (
        r"专利权的质押、保全及解除\((专利权的质押\(保全\)\)质押\(保全\): 质押登记生效日"
        rf"|专利权质押\(保全\)的解除\)质押\(保全\): 质押登记解除日): {_OLD_DAY}"
    ),
    ("preservation", "A"): (
        r"专利权的质押、保全及解除\((专利权的质押\(保全\)\)质押\(保全\): 保全登记生效日"
        rf"|专利权质押\(保全\)的解除\)质押\(保全\): 保全登记解除日): {_OLD_DAY}"
    ),
    ("pledge", "B"): rf"专利权质押合同登记的(生效|变更|注销){_IPC}登记号:\d{{13}}[^\n]+",
    ("pledge", "C"): rf"专利权质押合同登记的(生效|变更|注销){_IPC}\n登记号:Y?\d{{13}}\n(.|\n)+",
    ("preservation", "B"): (
        rf"(专利权的保全|专利权保全的解除){_IPC}申请日:{_DAY}授权公告日:{_DAY}"
        rf"(登记生效日|解除日):{_DAY}"
    ),
    ("preservation", "C"): (
        rf"(专利权的保全|专利权保全的解除){_IPC}\n申请日:{_DAY}\n授权公告日:{_DAY}\n"
        rf"(登记生效日|解除日):{_DAY}"
    ),
    ("termination", "A"): (
        r"专利权的终止\((未缴年费专利权终止|专利权有效期届满|专利权的主动放弃)\)"
        rf"授权公告日：{_OLD_DAY}"
    ),
    ("termination", "B"): (
        rf"(未缴年费专利权终止|专利权有效期届满|专利权的主动放弃){_IPC}申请日:{_DAY}"
        rf"授权公告日:{_DAY}(终止日期|放弃生效日):{_DAY}"
    ),
    ("correction", "A"): (
        r"(发明|实用新型|外观设计)专利(公报|说明书)更正号=\d\d卷=\d\d页码=(\d+|扉页)"
        r"更正项目=.+误=.+正=.+"
    ),
    ("correction", "B"): (
        r"(发明|实用新型|外观设计)专利(公报)?更正\n更正项目:.+\n误:.+\n正:.+\n号:\d\d\n页码:.+\n"
        r"卷:\d\d"
    ),
}


def test_texts_follow_their_period(ledger: Ledger) -> None:
    seen: Counter[tuple[str, str]] = Counter()
    for proceeding in ledger.proceedings:
        wording = wording_of(proceeding.text, proceeding.gazette_day)
        if wording == "none":
            continue
        seen[proceeding.subtype, wording] += 1
        if wording != "C":
            # one line, but for the corrections of later years
            assert "\n" not in proceeding.text or proceeding.subtype == "correction"
        pattern = _TEXTS.get((proceeding.subtype, wording))
        if pattern is not None:
            assert re.fullmatch(pattern, proceeding.text), proceeding.text
    for key in _TEXTS:
        assert seen[key] > 0, key


def test_names_of_types_drift(ledger: Ledger) -> None:
    def types(subtype: str, is_new: bool) -> set[str]:
        return {
            p.event_type
            for p in by_subtype(ledger)[subtype]
            if (p.gazette_day.year >= 2010) is is_new
        }

    assert types("licence", False) == {"专利实施许可合同的备案"}
    assert types("licence", True) == {"专利实施许可合同备案的生效、变更及注销"}
    assert types("pledge", False) == types("preservation", False) == {"专利权的质押、保全及解除"}
    assert types("pledge", True) == {"专利权质押合同登记的生效、变更及注销"}
    assert types("preservation", True) == {"专利权的保全及其解除"}
    assert types("service", True) == {"文件的公告送达"}
    assert types("holder_added", True) == {TRANSFER}


def test_parties_of_contracts_are_holders_and_strangers(ledger: Ledger) -> None:
    named = 0
    for subtype in ("licence", "pledge"):
        for proceeding in by_subtype(ledger)[subtype]:
            if not proceeding.before or "变更" in proceeding.text.split("\n")[0][:14]:
                continue
            names = {n for p in proceeding.patent.applicants for _, n in p.names}
            assert set(proceeding.before) <= names
            assert not set(proceeding.after) & names
            named += 1
    assert named > 50


def test_holders_are_added_and_dropped_beside_those_who_stay(ledger: Ledger) -> None:
    for proceeding in by_subtype(ledger)["holder_added"]:
        assert set(proceeding.before) < set(proceeding.after)
    for proceeding in by_subtype(ledger)["holder_dropped"]:
        assert set(proceeding.after) < set(proceeding.before)
    for subtype in ("holder_added", "holder_dropped"):
        for proceeding in by_subtype(ledger)[subtype]:
            patent = proceeding.patent
            assert not (patent.is_invention and patent.is_paper7)  # no edge of the green network
            assert proceeding.gazette_day.year >= 2010
            assert patent.events == 0


def test_nothing_is_said_of_a_right_after_its_end(ledger: Ledger) -> None:
    ends: dict[int, dt.date] = {}
    for proceeding in ledger.proceedings:
        if proceeding.subtype in (
            "termination", "deemed_abandoned", "deemed_withdrawn", "refusal", "withdrawal",
        ):  # fmt: skip
            assert proceeding.patent.number not in ends
            ends[proceeding.patent.number] = proceeding.gazette_day
    assert len(ends) > 1_000
    later = [
        p
        for p in [*ledger.proceedings, *ledger.events]
        if p.gazette_day > ends.get(p.patent.number, p.gazette_day)
    ]
    assert later == []


def test_an_event_may_stand_twice_on_one_day(ledger: Ledger) -> None:
    repeats = [p for p in ledger.proceedings if p.repeats]
    assert 0.002 < len(repeats) / len(ledger.proceedings) < 0.02
    rows = list(event_rows(ledger))
    for proceeding in repeats:
        same = [r for r in rows if r[0] == proceeding.gazette_day.isoformat()]
        same = [r for r in same if r[2] == proceeding.patent.application_no]
        assert sum(r[4] == proceeding.text for r in same) >= 2


def test_the_same_day_may_list_old_and_new_name(ledger: Ledger) -> None:
    both = [p for p in ledger.proceedings if p.repeats and p.repeats[0] != p.event_type]
    assert both
    assert {p.gazette_day.year for p in both} == {2010}


def test_corrections_end_at_the_names_of_the_record(ledger: Ledger) -> None:
    corrections = [p for p in by_subtype(ledger)["correction"] if p.has_text]
    assert {p.item for p in corrections} >= {"专利权人", "共同专利权人"}
    for proceeding in corrections:
        names = {n for p in proceeding.patent.applicants for _, n in p.names}
        assert set(proceeding.after) <= names
        assert proceeding.before != proceeding.after


def test_the_truth_lists_every_row_of_the_store(
    ledger: Ledger, truth: list[dict[str, str]]
) -> None:
    rows = {(str(r[0]), str(r[1])): r for r in event_rows(ledger)}
    assert len(truth) == len(rows)
    for row in truth:
        stored = rows[row["gazette_date"], row["seq"]]
        assert (stored[2], stored[3]) == (row["application_no"], row["event_type"])
    assert {row["kind"] for row in truth} == {
        "transfer", "rename", "address_change", "holder_added", "holder_dropped", "licence",
        "pledge", "preservation", "termination", "correction", "other",
    }  # fmt: skip
    assert sum(row["is_repeat"] == "1" for row in truth) > 5
    assert {row["wording"] for row in truth} == {"A", "B", "C", "none"}


def test_the_truth_judges_the_parser_of_the_pipeline(
    ledger: Ledger, truth: list[dict[str, str]]
) -> None:
    texts = {(str(r[0]), str(r[1])): str(r[4]) for r in event_rows(ledger)}
    wrong = Counter[tuple[str, str]]()
    for row in truth:
        text = texts[row["gazette_date"], row["seq"]]
        parsed = parse_event_text(text, row["event_type"])
        for name, found, true in (
            ("type", parsed.type, row["kind"]),
            ("date", parsed.effective_date or "", row["effective_date"]),
            ("number", parsed.reference_no or "", row["reference_no"]),
            ("before", {p.name for p in parsed.parties_before}, _names(row["before"])),
            ("after", {p.name for p in parsed.parties_after}, _names(row["after"])),
        ):
            if found != true:
                wrong[name, row["subtype"]] += 1
    assert sum(wrong.values()) <= 0.005 * len(truth), wrong


def _names(joined: str) -> set[str]:
    return set(joined.split("|")) if joined else set()
