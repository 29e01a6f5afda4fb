"""The ledger as a table: typed, whole, in order."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import duckdb
import pytest

from orchestration.ledger import LEDGER_COLUMNS, write_ledger
from scrapers.errors import LandingError


def published(folder: Path, *lines: Any) -> list[dict[str, Any]]:
    texts = [line if isinstance(line, str) else json.dumps(line) for line in lines]
    (folder / "ledger.jsonl").write_text("".join(f"{text}\n" for text in texts), encoding="utf-8")
    with duckdb.connect() as connection:
        connection.execute("create schema meta")
        assert write_ledger(connection, folder) == len(lines)
        result = connection.execute("select * from meta.collection_ledger order by line_no")
        names = [column[0] for column in result.description or []]
        return [dict(zip(names, row, strict=True)) for row in result.fetchall()]


def test_every_field_of_a_line_is_published_and_none_is_lost(tmp_path: Path) -> None:
    first, second = published(
        tmp_path,
        {
            "at": "2026-11-24T10:00:00+00:00",
            "event": "failed",
            "table": "sipo_patents",
            "landing_month": "2019-07-01",
            "stated": 5,
            "received": 3,
            "rejected": 3,
            "statuses": {"200": 3},
            "slices": [{"slice": "pip", "stated": 5}],
            "seconds": 0.5,
            "error": "ShortPageError",
            "exit_code": 29,
            "come_back_at": "2026-11-24T19:00:00+08:00",
            "a_field_of_tomorrow": [1],
        },
        {"at": "2026-11-24T10:00:01+00:00", "event": "imported", "table": "gazette_csv"},
    )
    assert (first["line_no"], second["line_no"]) == (1, 2)
    assert first["logged_at"].isoformat() == "2026-11-24T10:00:00"
    assert first["come_back_at"].isoformat() == "2026-11-24T11:00:00"
    assert first["landing_month"] == dt.date(2019, 7, 1)
    counts = [first[name] for name in ("n_stated", "n_received", "n_rejected", "n_rows")]
    assert counts == [5, 3, 3, None]
    assert (first["seconds"], first["error"], first["exit_code"]) == (0.5, "ShortPageError", 29)
    assert json.loads(first["statuses"]) == {"200": 3}
    assert json.loads(first["slices"]) == [{"slice": "pip", "stated": 5}]
    assert json.loads(first["further"]) == {"a_field_of_tomorrow": [1]}
    assert second["further"] is None


def test_no_ledger_is_an_empty_table_with_all_columns(tmp_path: Path) -> None:
    with duckdb.connect() as connection:
        connection.execute("create schema meta")
        assert write_ledger(connection, tmp_path) == 0
        described = connection.execute("describe meta.collection_ledger").fetchall()
    assert [name for name, *_ in described] == [name for name, _, _ in LEDGER_COLUMNS]


def test_a_damaged_line_and_a_value_of_another_type_are_errors(tmp_path: Path) -> None:
    with pytest.raises(LandingError, match="line 2"):
        published(tmp_path, {"at": "2026-11-24T10:00:00+00:00", "event": "asked"}, "{")
    with pytest.raises(duckdb.ConversionException):
        published(tmp_path, {"at": "2026-11-24T10:00:00+00:00", "event": "asked", "rows": "many"})
