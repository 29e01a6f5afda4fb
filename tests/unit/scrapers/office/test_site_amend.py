"""Amendments: what changes, what is counted, what survives."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from scrapers.office import amend as amending
from scrapers.office.amend import AmendError, amend, amendments, prepare_store, replay


def counters(store: Path) -> dict[tuple[str, str, str], int]:
    with sqlite3.connect(store) as connection:
        rows = connection.execute("SELECT table_name, month, source, n FROM correction")
        return {(table, month, source): n for table, month, source, n in rows}


def dump(store: Path, table: str) -> list[tuple[object, ...]]:
    with sqlite3.connect(store) as connection:
        return sorted(connection.execute(f"SELECT * FROM {table}"), key=repr)


def test_one_call_changes_one_record_and_counts_it(store: Path) -> None:
    before = dump(store, "publication")
    amendment = amend(store, "2019-07")
    changed = set(dump(store, "publication")) ^ set(before)
    assert len(changed) == 2  # the record as it was and as it is
    assert amendment.before != amendment.after
    assert counters(store) == {("sipo_patents", "2019-07", amendment.source): 1}


def test_repeated_calls_always_change_something_further(store: Path) -> None:
    states = [dump(store, "publication")]
    for n in range(60):
        amend(store, "2019-07")
        assert sum(counters(store).values()) == n + 1
        states.append(dump(store, "publication"))
    assert len({repr(state) for state in states}) == 61


def test_amendments_pass_through_all_sources(store: Path) -> None:
    for _ in range(30):
        amend(store, "2019-07")
    assert {source for _, _, source in counters(store)} == {"pip", "pig", "pug", "pdg"}


def test_a_correction_leaves_city_and_postcode_alone(store: Path) -> None:
    for _ in range(30):
        amendment = amend(store, "2019-07")
        assert amendment.field == "address"
        assert amendment.after.startswith("100080北京市海淀区虚构路")


def test_a_month_without_house_numbers_gets_a_title_corrected(store: Path) -> None:
    with sqlite3.connect(store) as connection:
        connection.execute("UPDATE publication SET address = '日本东京都'")
    assert [amend(store, "2019-08").field for _ in range(4)] == ["title"] * 4
    with sqlite3.connect(store) as connection:
        titles = connection.execute(
            "SELECT title FROM publication WHERE gazette_date >= '2019-08-01'"
        ).fetchall()
    assert titles == [("一种装置1（更正2）",), ("一种装置1（更正2）",)]


def test_events_are_amended_by_house_number_or_earlier_day_of_the_same_month(store: Path) -> None:
    july = amend(store, "2019-07", "sipo_assignments")
    assert "虚构路10号" in july.after
    august = amend(store, "2019-08", "sipo_assignments")
    assert "登记生效日:20190702" in august.after
    assert counters(store) == {
        ("sipo_assignments", "2019-07", july.source): 1,
        ("sipo_assignments", "2019-08", august.source): 1,
    }


def test_the_day_of_an_old_wording_stays_unpadded() -> None:
    assert amending._earlier_day("登记生效日:2008.7.10") == "登记生效日:2008.7.9"
    assert amending._earlier_day("登记生效日:2008.7.1") is None


@pytest.mark.parametrize("month", ["2019-7", "2019-13", "1999-01", "july"])
def test_a_month_that_cannot_be_amended_is_refused_and_nothing_counted(
    store: Path, month: str
) -> None:
    with pytest.raises(AmendError):
        amend(store, month)
    prepare_store(store)
    assert counters(store) == {}


def test_without_a_store_there_is_nothing_to_amend(tmp_path: Path) -> None:
    with pytest.raises(AmendError, match="build or serve"):
        amend(tmp_path / "country.sqlite", "2019-07")
    assert not (tmp_path / "country.sqlite").exists()


def test_text_and_counter_change_together_or_not_at_all(
    store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepare_store(store)
    before = dump(store, "publication")
    monkeypatch.setattr(amending, "_AMENDMENT_COLUMNS", "no_such_column")
    with pytest.raises(sqlite3.OperationalError):
        amend(store, "2019-07")
    assert dump(store, "publication") == before
    assert counters(store) == {}


def test_a_fresh_build_of_the_same_country_gets_the_amendments_once(
    store: Path, tmp_path: Path
) -> None:
    fresh = tmp_path / "fresh.sqlite"
    fresh.write_bytes(store.read_bytes())
    for _ in range(5):
        amend(store, "2019-07")
    amend(store, "2019-07", "sipo_assignments")
    replay(fresh, amendments(store))
    for table in ("publication", "event", "correction", "amendment"):
        assert dump(fresh, table) == dump(store, table)


def test_amendments_of_another_country_are_refused(store: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.sqlite"
    other.write_bytes(store.read_bytes())
    amend(store, "2019-07")
    with sqlite3.connect(other) as connection:
        connection.execute("UPDATE publication SET address = '上海市虚构路1号'")
    with pytest.raises(AmendError):
        replay(other, amendments(store))
    assert counters(other) == {}
