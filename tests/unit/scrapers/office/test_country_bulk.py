"""Bulk landing: the format of docs/landing.md, judged by the reader of the pipeline."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from scrapers.items import LANDING_TABLES, Party
from scrapers.landing import content_id, current_months, landing_schema, verify
from scrapers.office.bulk import write_bulk
from scrapers.office.numbers import check_digit
from scrapers.parsers.events import parse_event_text

RECORDS = 8_000


@pytest.fixture(scope="module")
def landing(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("bulk") / "landing"
    write_bulk(folder, seed=1, records=RECORDS)
    return folder


def _rows(landing: Path, table: str) -> Iterator[dict[str, object]]:
    for file in sorted((landing / table).glob("*/*.parquet")):
        yield from pq.read_table(file, partitioning=None).to_pylist()


def test_every_month_is_intact_and_the_records_add_up(landing: Path) -> None:
    assert verify(landing) == []
    months = current_months(landing, "sipo_patents")
    assert len(months) == 180
    assert sum(m["rows"] for m in months.values()) == RECORDS
    assert all(m["synthetic"] for m in months.values())
    assert len(current_months(landing, "citystat_city_years")) == 15
    ledger = (landing / "ledger.jsonl").read_text(encoding="utf-8").splitlines()
    assert {json.loads(line)["event"] for line in ledger} == {"landed"}


@pytest.mark.parametrize(
    "table",
    ["sipo_patents", "sipo_assignments", "citystat_city_years", "citystat_province_years"],
)
def test_files_have_the_columns_of_the_contract_and_their_own_name(
    landing: Path, table: str
) -> None:
    checked = 0
    for month, manifest in sorted(current_months(landing, table).items()):
        file = landing / table / f"landing_month={month[:7]}-01" / manifest["file"]
        stored = pq.read_table(file, partitioning=None)
        assert stored.schema.remove_metadata() == landing_schema(table)
        if checked < 4:
            item = LANDING_TABLES[table]
            rows = []
            for row in stored.to_pylist():
                for side in ("parties_before", "parties_after"):
                    if side in row:
                        row[side] = tuple(Party(**party) for party in row[side])
                rows.append(item(**row))
            assert content_id(table, rows) == manifest["content_id"] == file.stem
            checked += bool(rows)
    assert checked == 4


def test_same_seed_same_files(landing: Path, tmp_path: Path) -> None:
    write_bulk(tmp_path / "landing", seed=1, records=RECORDS)

    def files(folder: Path) -> dict[str, str]:
        return {
            str(p.relative_to(folder)): hashlib.sha256(p.read_bytes()).hexdigest()
            for p in folder.rglob("*.parquet")
        }

    assert files(tmp_path / "landing") == files(landing)
    write_bulk(tmp_path / "other", seed=2, records=RECORDS)
    assert files(tmp_path / "other") != files(landing)


def test_a_grant_repeats_its_application(landing: Path) -> None:
    rows = list(_rows(landing, "sipo_patents"))
    by_number: dict[object, list[dict[str, object]]] = {}
    for row in rows:
        number = str(row["application_no"])
        assert check_digit(number[:-1]) == number[-1]
        by_number.setdefault(number, []).append(row)
    assert len({row["publication_no"] for row in rows}) == RECORDS
    pairs = [entries for entries in by_number.values() if len(entries) == 2]
    assert len(pairs) > 400
    same = ("title", "applicants", "inventors", "address", "ipc", "application_date")
    for first, second in pairs:
        assert (first["source_type"], second["source_type"]) == ("pip", "pig")
        assert [first[name] for name in same] == [second[name] for name in same]


def test_nonsense_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="at least one"):
        write_bulk(tmp_path / "a", seed=1, records=0)
    with pytest.raises(ValueError, match="none of"):
        write_bulk(tmp_path / "a", seed=1, records=5, shares="rosy")
    assert not (tmp_path / "a").exists()


def test_events_say_what_the_parser_of_the_pipeline_reads(landing: Path) -> None:
    rows = list(_rows(landing, "sipo_assignments"))
    assert len(rows) > 15
    for row in rows:
        read = parse_event_text(str(row["event_text"]), str(row["event_type"]))
        assert (read.type, read.item) == (row["parsed_type"], row["parsed_item"])
        assert read.effective_date == row["parsed_effective_date"]
        assert read.ipc == row["parsed_ipc"]
        for side, printed in (
            (read.parties_before, row["parties_before"]),
            (read.parties_after, row["parties_after"]),
        ):
            assert side == tuple(Party(**party) for party in printed)  # type: ignore[attr-defined]
