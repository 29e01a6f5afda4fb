"""Real texts of 2008-2016, read where they are: the checked transfers and every other kind."""

from __future__ import annotations

import csv
import datetime as dt
from collections import Counter, defaultdict
from pathlib import Path

import pytest

from scrapers.items import Party
from scrapers.parsers.events import ParsedEvent, parse_event_text

LEAST_SHARE = 0.98
Side = list[tuple[str, str, str]]


def _rows(path: Path, encoding: str = "utf-8-sig") -> list[dict[str, str]]:
    with path.open(encoding=encoding, newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def folder(shared: Path) -> Path:
    return shared / "data" / "events"


@pytest.fixture(scope="module")
def texts(folder: Path) -> list[dict[str, str]]:
    return _rows(folder / "events_2008_text.csv")


def _parsed(texts: list[dict[str, str]], kind: str) -> list[ParsedEvent]:
    return [parse_event_text(row["text"], "") for row in texts if row["type_guess"] == kind]


# ------------------------------------------------------------------------ checked transfers
def _side(parties: tuple[Party, ...]) -> Side:
    return [(p.name, p.address or "", p.postcode or "") for p in parties]


def _checked_side(row: dict[str, str], side: str) -> Side:
    columns = [row[f"{side}_{part}"].split(" | ") for part in ("names", "addresses", "zip")]
    count = len(columns[0])
    padded = [[*column, *[""] * (count - len(column))] for column in columns]
    return [
        (_without_rests(name), _without_rests(address), postcode)
        for name, address, postcode in zip(*padded, strict=True)
    ]


def _without_rests(value: str) -> str:
    """The checked file keeps rests of labels: ``,邮编:`` in designs, 申请人 of 申请人地址."""
    return value.removesuffix(",邮编:").removesuffix(",").removesuffix("  申请人")


def test_checked_transfers_have_their_parties_and_addresses(folder, texts):
    text_of = {row["transfer_row"]: row["text"] for row in texts}
    checked = _rows(folder / "transfers_2008_parsed.csv")
    differing = {}
    for row in checked:
        event = parse_event_text(text_of[row["row"]], "")
        day = dt.datetime.strptime(row["effective_date"], "%Y.%m.%d").date()  # noqa: DTZ007
        assert (event.item, event.effective_date) == (row["item"], day.isoformat())
        expected = (_checked_side(row, "before"), _checked_side(row, "after"))
        if (_side(event.parties_before), _side(event.parties_after)) != expected:
            differing[row["row"]] = event
    assert len(checked) == 306
    assert 1 - len(differing) / len(checked) >= LEAST_SHARE
    # The text of this row lists a second party as `;专利权人:…`, and the checked file has both in
    # one address; every other row agrees.
    assert list(differing) == ["153"]
    assert [p.address for p in differing["153"].parties_after] == [
        "中国江苏省苏州市金枫路233号",
        "中国台湾台北市",
    ]


def test_every_transfer_is_read_or_names_its_problem(texts):
    events = _parsed(texts, "转移")
    assert len(events) == 306
    assert Counter(e.type for e in events) == {
        "transfer": 293,
        "holder_added": 10,
        "holder_dropped": 3,
    }
    for event in events:
        assert event.effective_date is not None
        assert event.parties_before
        assert event.parties_after
        assert set(event.problems) <= {"last_party_may_be_cut"}
        for party in (*event.parties_before, *event.parties_after):
            assert not set(":：;；\n") & set(party.name)
            assert not (party.address or "").endswith((",", "，", "；"))
            assert party.postcode is None or len(party.postcode) == 6
    # Five texts end inside a party or where its postcode would stand.
    assert sum("last_party_may_be_cut" in e.problems for e in events) == 5


# ------------------------------------------------------------------------------ other kinds
def test_every_text_of_2008_has_the_type_that_its_heading_says(texts):
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for row in texts:
        event = parse_event_text(row["text"], "")
        assert "type_unknown" not in event.problems
        found[row["type_guess"]][event.type] += 1
    assert found == {
        "转移": {"transfer": 293, "holder_added": 10, "holder_dropped": 3},
        "姓名地址变更": {"rename": 194, "address_change": 18, "holder_added": 1},
        "许可备案": {"licence": 98},
        "质押": {"preservation": 30, "pledge": 7},
        # 74 are notices sent to somebody (地址不明的通知) that a right has ended.
        "终止": {"termination": 3122, "other": 74},
        "更正": {"correction": 13},
        "公告送达": {"other": 69},
        "驳回": {"other": 208},
        "视为撤回": {"other": 104},
        "视为放弃": {"other": 53},
        "无效": {"other": 24},
        "恢复": {"other": 5},
        "其他": {"other": 5},
    }


def test_renames_and_changes_of_address_name_both_sides(texts):
    events = _parsed(texts, "姓名地址变更")
    assert len(events) == 213
    assert all(e.parties_before and e.parties_after and not e.problems for e in events)
    labelled = [e for e in events if e.item == "专利权人地址"]
    assert len(labelled) == 5
    for event in labelled:
        assert [p.name for p in event.parties_before] == [p.name for p in event.parties_after]
        assert all(p.address and p.postcode for p in event.parties_after)


def test_licences_have_number_day_and_both_sides(texts):
    events = _parsed(texts, "许可备案")
    assert len(events) == 98
    for event in events:
        assert event.reference_no is not None
        assert len(event.reference_no) == 13
        assert event.reference_no.startswith("2008")
        assert event.effective_date is not None
        assert event.effective_date.startswith("2008-")
        assert event.parties_before
        assert event.parties_after
        assert event.problems == ()
        for party in (*event.parties_before, *event.parties_after):
            assert not set(":：;；") & set(party.name)
    lists = [e for e in events if len(e.parties_before) + len(e.parties_after) > 2]
    assert max(len(e.parties_before) for e in lists) == 6


def test_nobody_but_holders_stands_in_corrections_and_notices(texts):
    corrections = _parsed(texts, "更正")
    assert all(e.reference_no and e.item for e in corrections)
    assert [e.item for e in corrections if not e.parties_before and not e.parties_after] == [
        "专利权人",
        "发明人",
        "发明人",
    ]
    others = [e for k in ("公告送达", "终止", "无效", "其他") for e in _parsed(texts, k)]
    assert not any(e.parties_before or e.parties_after for e in others)


def test_pledges_and_preservation_have_their_day(texts):
    assert all(e.effective_date for e in _parsed(texts, "质押"))


def test_wordings_of_2010_to_2016(folder):
    rows = _rows(folder / "FLZT_sample_csv_FLZT2.csv", "gb18030")
    events = [parse_event_text(row["法律状态信息"], row["法律状态"]) for row in rows]
    assert [e.type for e in events] == ["transfer", "transfer", "holder_added", "transfer"]
    assert all(e.problems == () and e.ipc for e in events)
    assert events[0].parties_after[0].postcode == "210012"


def test_numbered_events_of_one_application(folder):
    types: Counter[str] = Counter()
    for row in _rows(folder / "FLZT_sample_FLZT_test2.csv", "gb18030"):
        for k in range(1, 5):
            if not row.get(f"法律状态信息{k}"):
                continue
            event = parse_event_text(row[f"法律状态信息{k}"], "")
            assert event == parse_event_text(row[f"法律状态信息{k}"], row[f"法律状态{k}"])
            types[event.type] += 1
            assert set(event.problems) <= {"no_parties"}
            if event.type == "licence":
                assert event.reference_no is not None
                assert event.parties_before
                assert event.parties_after
    assert types == {
        "termination": 25,
        "other": 11,
        "transfer": 8,
        "holder_dropped": 1,
        "rename": 3,
        "licence": 2,
    }


def test_a_gazette_day_without_any_text(folder):
    types: Counter[tuple[str, str]] = Counter()
    unread = set()
    for row in _rows(folder / "events_2016-12-28.csv"):
        event = parse_event_text(row["法律状态信息"], row["法律状态"])
        types[row["法律状态"], event.type] += 1
        if not event.parties_before and event.type == "transfer":
            assert event.problems == ("no_parties",)
        if "type_unknown" in event.problems or "unread_text" in event.problems:
            unread.add(row["法律状态信息"])
    assert types["专利申请权、专利权的转移", "transfer"] == 3059
    assert types["专利权人的姓名或者名称、地址的变更", "rename"] == 2275
    assert types["专利权的保全及其解除", "preservation"] == 197
    assert types["专利权质押合同登记的生效、变更及注销", "pledge"] == 625
    assert types["专利权的终止", "termination"] == 5677
    assert types["专利实施许可合同备案的生效、变更及注销", "licence"] == 51
    # A second header line in the middle of the file.
    assert unread <= {"法律状态信息"}
