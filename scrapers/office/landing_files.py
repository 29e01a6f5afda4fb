"""Landing files written without site and crawl; the format is that of docs/landing.md.

Nothing here knows the pipeline: what it reads is told by that document alone.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from scrapers.office.events import Printed
from scrapers.office.ledger import Event
from scrapers.office.numbers import FIRST_YEAR, LAST_YEAR
from scrapers.office.wording import TRANSFER
from scrapers.office.yearbook import CITY_COLUMNS, PROVINCE_COLUMNS, Exogenous

SEPARATOR = ";\u2002"  # between the names of a line
HEADINGS = {"pip": "发明公布", "pig": "发明授权", "pug": "实用新型", "pdg": "外观设计"}
PUBLICATION_FIELDS = (
    "source_type", "record_heading", "title", "publication_no", "publication_date",
    "application_no", "application_date", "applicants", "inventors", "address", "ipc", "agency",
    "agents", "priority", "domestic_priority", "pct_entry_date", "pct_application",
    "pct_publication", "cited_documents", "divisional_of", "bio_deposit", "correction_date",
    "abstract",
)  # fmt: skip
EVENT_FIELDS = (
    "application_no", "event_date", "event_type", "event_text", "parsed_type", "parsed_item",
    "parsed_effective_date", "parsed_ipc", "parsed_reference_no", "parties_before",
    "parties_after", "parse_problems",
)  # fmt: skip
_POINTERS = ("source_file", "source_row", "raw_pointer")
_PARTY = pa.list_(
    pa.struct([("name", pa.string()), ("address", pa.string()), ("postcode", pa.string())])
)
_TYPES = {
    "source_row": pa.int64(),
    "parties_before": _PARTY,
    "parties_after": _PARTY,
    "parse_problems": pa.list_(pa.string()),
}

Row = list[Any]


class LandingFiles:
    """Writes months of tables into a landing folder; a month that is there is replaced.

    Parameters
    ----------
    folder
        Landing folder; made when missing.
    description
        What decides every byte of the records; its digest stands in their pointers.
    site
        What the manifest of a month names as its source.
    """

    def __init__(self, folder: Path, description: str, site: str) -> None:
        self.folder = folder
        self.site = site
        self.digest = hashlib.sha256(description.encode()).hexdigest()

    def land(
        self, table: str, year: int, month: int, fields: Sequence[str], rows: list[Row]
    ) -> None:
        """Write one month: Parquet first, then the pointer to it, then the line of the ledger."""
        folder = self.folder / table / f"landing_month={year}-{month:02d}-01"
        folder.mkdir(parents=True, exist_ok=True)
        for n, row in enumerate(rows, start=1):
            row.extend((n, f"sha256:{self.digest}#{table}/{year}-{month:02d}/{n}"))
        content_id = _content_id(fields, rows)
        source = f"synthetic/{self.digest[:16]}"
        names = [*fields, *_POINTERS]
        schema = pa.schema([(name, _TYPES.get(name, pa.string())) for name in names])
        columns = [list(c) for c in zip(*rows, strict=True)] or [[] for _ in range(len(fields) + 2)]
        columns.insert(len(fields), [source] * len(rows))
        arrays = [pa.array(c, f.type) for c, f in zip(columns, schema, strict=True)]
        file = folder / f"{content_id}.parquet"
        partial = folder / f".{content_id}.part"
        pq.write_table(
            pa.Table.from_arrays(arrays, schema=schema), partial, compression="zstd",
            compression_level=3,
        )  # fmt: skip
        partial.replace(file)
        with file.open("rb") as handle:
            sha256 = hashlib.file_digest(handle, "sha256").hexdigest()
        now = dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
        known = {
            "table": table,
            "landing_month": f"{year}-{month:02d}-01",
            "file": file.name,
            "content_id": content_id,
            "sha256": sha256,
            "rows": len(rows),
            "bytes": file.stat().st_size,
            "site_counters": {},
            "site": self.site,
        }
        current = folder / "current.json"
        partial = folder / ".current.part"
        manifest = {**known, "landed_at": now, "synthetic": True}
        partial.write_text(json.dumps(manifest, ensure_ascii=False, indent=1) + "\n", "utf-8")
        partial.replace(current)
        line = {"at": now, "event": "landed"} | {
            key: known[key]
            for key in ("table", "landing_month", "rows", "bytes", "sha256", "content_id")
        }
        with (self.folder / "ledger.jsonl").open("a", encoding="utf-8") as ledger:
            ledger.write(json.dumps(line, ensure_ascii=False) + "\n")


def land_yearbooks(files: LandingFiles, exogenous: Exogenous) -> None:
    """Land the yearbook tables, one file per year."""
    for table, columns, rows in (
        ("citystat_city_years", CITY_COLUMNS, exogenous.city_rows),
        ("citystat_province_years", PROVINCE_COLUMNS, exogenous.province_rows),
    ):
        for year in range(FIRST_YEAR, LAST_YEAR + 1):
            printed = [
                [row[name] or None for name in columns]
                for row in rows if row["year"] == str(year)
            ]  # fmt: skip
            files.land(table, year, 1, columns, printed)


def dotted(day: dt.date) -> str:
    """Return ``2019.07.09``, as the gazette prints a day."""
    # strftime costs three times as much, and this runs twice a record.
    return f"{day.year}.{day.month:02d}.{day.day:02d}"


def transfer_row(number: str, event: Event, printed: list[Printed], ipc: str | None) -> Row:
    """Return the row of a told transfer with one holder on either side."""
    assert event.registered is not None
    parties = [
        [{"name": p.name, "address": p.address or None, "postcode": p.postcode or None}]
        for p in printed
    ]
    granted = event.patent.granted
    is_granted = granted is not None and granted <= event.registered
    return [
        number, dotted(event.gazette_day), TRANSFER, event.text, "transfer",
        "专利权人" if is_granted else "申请人", event.registered.isoformat(), ipc, None,
        parties[0], parties[1], [],
    ]  # fmt: skip


def _content_id(fields: Sequence[str], rows: list[Row]) -> str:
    """Return 16 hex digits of the SHA-256 of the rows without ``source_file``, order aside."""
    encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
    if "parties_before" in fields:
        at = [fields.index("parties_before"), fields.index("parties_after")]
        plain = []
        for row in rows:
            flat = list(row)
            for k in at:
                flat[k] = [[p["name"], p["address"], p["postcode"]] for p in row[k]]
            plain.append(flat)
        rows = plain
    digest = hashlib.sha256()
    for line in sorted(encode(row).encode() for row in rows):
        digest.update(line)
        digest.update(b"\n")
    return digest.hexdigest()[:16]
