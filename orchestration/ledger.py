"""The ledger of collection as a table: every line, every field, typed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from scrapers.landing import read_ledger

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

# Column, SQL type, description; the fields are those of docs/landing.md.
LEDGER_COLUMNS: tuple[tuple[str, str, str], ...] = (
    ("line_no", "bigint", "Line of the ledger, from 1."),
    ("logged_at", "timestamp", "Instant (UTC)."),
    (
        "event",
        "varchar",
        "asked (询问), landed (落地), unchanged, failed (失败), imported (导入), restored or "
        "interrupted.",
    ),
    ("table_name", "varchar", "Landing table."),
    ("landing_month", "date", "Month (first day); yearbooks stand under January of their year."),
    ("mode", "varchar", "crawl, refetch (fetched whole) or replay (from the archive)."),
    ("n_requests", "bigint", "Requests sent (count), retries included."),
    ("n_retries", "bigint", "Requests repeated (count)."),
    ("statuses", "varchar", "HTTP status to number of answers, JSON."),
    ("n_pages", "bigint", "Distinct pages received and understood (count)."),
    ("n_page_bytes", "bigint", "Bytes of these pages."),
    ("n_resumed_pages", "bigint", "Pages answered from the archive (count)."),
    ("n_stated", "bigint", "Records by the totals of the site (网站公布总数, count)."),
    ("n_received", "bigint", "Records on the pages (count)."),
    ("n_rows", "bigint", "Records landed (count)."),
    ("n_rejected", "bigint", "Records received and not landed (count)."),
    ("slices", "varchar", "Slice, stated, received and landed of each part of the month, JSON."),
    ("site_counters", "varchar", "Counters as the site states them, JSON."),
    ("n_bytes", "bigint", "Bytes of the landing file."),
    ("sha256", "varchar", "SHA-256 of the landing file."),
    ("content_id", "varchar", "First 16 hex digits of the SHA-256 of the rows."),
    ("archive", "varchar", "WARC of this crawl, below the data folder."),
    ("parser", "varchar", "Identity of the code that read the pages."),
    ("seconds", "double", "Duration, seconds."),
    ("reason", "varchar", "Why it failed, was interrupted, or was fetched."),
    ("error", "varchar", "Name of the error (docs/collection.md)."),
    ("exit_code", "integer", "Its code."),
    ("come_back_at", "timestamp", "Instant (UTC) before which the site wants no request."),
    ("further", "varchar", "All other fields of the line, JSON; empty for none."),
)
_FIELD = {  # where the column has another name than the field
    "logged_at": "at", "table_name": "table", "n_requests": "requests", "n_retries": "retries",
    "n_pages": "pages", "n_page_bytes": "page_bytes", "n_resumed_pages": "resumed_pages",
    "n_stated": "stated", "n_received": "received", "n_rows": "rows", "n_rejected": "rejected",
    "n_bytes": "bytes",
}  # fmt: skip


def write_ledger(connection: DuckDBPyConnection, landing_dir: Path) -> int:
    """Create ``meta.collection_ledger`` from the ledger of a landing folder.

    Parameters
    ----------
    connection : DuckDBPyConnection
        Writable connection with a schema ``meta``.
    landing_dir : Path

    Returns
    -------
    int
        Lines written.

    Raises
    ------
    LandingError
        If a line of the ledger is no JSON object.
    duckdb.Error
        If a field holds a value of another type than its column.
    """
    kinds = ", ".join(f"{name} {kind}" for name, kind, _ in LEDGER_COLUMNS)
    connection.execute(f"create table meta.collection_ledger ({kinds}, primary key (line_no))")
    rows = [ledger_row(n, line) for n, line in enumerate(read_ledger(landing_dir), start=1)]
    if rows:
        # Texts, cast by the engine: what does not fit its column is an error, never a null.
        names = [name for name, _, _ in LEDGER_COLUMNS]
        texts = {name: pa.array([row[name] for row in rows], pa.string()) for name in names}
        casts = ", ".join(
            f"cast(cast({name} as timestamptz) at time zone 'UTC' as timestamp)"
            if kind == "timestamp"
            else f"cast({name} as {kind})"
            for name, kind, _ in LEDGER_COLUMNS
        )
        connection.register("ledger_lines", pa.table(texts))
        connection.execute(f"insert into meta.collection_ledger select {casts} from ledger_lines")
        connection.unregister("ledger_lines")
    return len(rows)


def ledger_row(number: int, line: Mapping[str, Any]) -> dict[str, str | None]:
    """Return a line of the ledger as texts by column; nothing of it is left out."""
    rest = dict(line)
    row: dict[str, str | None] = {"line_no": str(number)}
    for name, _, _ in LEDGER_COLUMNS[1:-1]:
        row[name] = _text(rest.pop(_FIELD.get(name, name), None))
    row["further"] = _text(rest) if rest else None
    return row


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False, sort_keys=True)
