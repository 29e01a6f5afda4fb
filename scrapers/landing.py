"""Landing: immutable Parquet per table and gazette month, its manifest and the ledger.

The contract stands in docs/landing.md. A month is landed whole or not at all; the same rows give
the same bytes and the same name, in whatever order they arrived.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import fcntl
import hashlib
import json
import logging
import os
import re
from array import array
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from itertools import accumulate
from operator import attrgetter
from pathlib import Path
from typing import IO, Any

import pyarrow as pa
import pyarrow.parquet as pq

from scrapers import killpoint
from scrapers.errors import LandingBusyError, LandingError, UnknownTableError
from scrapers.items import LANDING_TABLES, Party

logger = logging.getLogger(__name__)

_MONTH = re.compile(r"\d{4}-(0[1-9]|1[0-2])")
_TAIL = 1 << 16  # bytes of the ledger that are searched at a time for its last whole line
_PARTY = pa.struct([(f.name, pa.string()) for f in fields(Party)])
# Annotations of scrapers/items.py (strings there) that are no plain text.
_TYPES: dict[str, pa.DataType] = {
    "int": pa.int64(),
    "tuple[Party, ...]": pa.list_(_PARTY),
    "tuple[str, ...]": pa.list_(pa.string()),
}
LEDGER_EVENTS = frozenset(
    {"asked", "landed", "unchanged", "failed", "imported", "restored", "interrupted"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class LandingFinding:
    """One way in which a landing folder differs from its manifests."""

    table: str
    landing_month: str  # YYYY-MM
    problem: str  # file_missing, sha256_differs, rows_differ, schema_differs, manifest_unreadable
    detail: str


def landing_schema(table: str) -> pa.Schema:
    """Return the Parquet schema of a landing table.

    Parameters
    ----------
    table : str
        Name in :data:`scrapers.items.LANDING_TABLES`.

    Returns
    -------
    pyarrow.Schema
        The fields of the item in its order: ``string``, except the columns that docs/landing.md
        names.

    Raises
    ------
    UnknownTableError
    """
    if table not in LANDING_TABLES:
        raise UnknownTableError(f"no landing table {table!r}, known: {sorted(LANDING_TABLES)}")
    return pa.schema(
        [(f.name, _TYPES.get(str(f.type), pa.string())) for f in fields(LANDING_TABLES[table])]
    )


def month_folder(landing_dir: Path, table: str, month: str) -> Path:
    """Return ``<landing>/<table>/landing_month=YYYY-MM-01`` for a month ``YYYY-MM``."""
    if not _MONTH.fullmatch(month):
        raise LandingError(f"month {month!r} is not YYYY-MM")
    if table not in LANDING_TABLES:
        raise UnknownTableError(f"no landing table {table!r}, known: {sorted(LANDING_TABLES)}")
    return landing_dir / table / f"landing_month={month}-01"


def current_month(landing_dir: Path, table: str, month: str) -> dict[str, Any] | None:
    """Return ``current.json`` of one month, or ``None`` when the month is absent.

    Raises
    ------
    LandingError
        If the manifest is no JSON object.
    """
    path = month_folder(landing_dir, table, month) / "current.json"
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except ValueError as error:
        raise LandingError(f"{path} is no JSON: {error}") from error
    if not isinstance(manifest, dict):
        raise LandingError(f"{path} is no JSON object")
    return manifest


def current_months(landing_dir: Path, table: str) -> dict[str, dict[str, Any]]:
    """Return the manifest of every landed month of a table.

    Returns
    -------
    dict
        Month ``YYYY-MM`` to the content of ``current.json``, in the order of the months.
    """
    months = {}
    for folder in sorted((landing_dir / table).glob("landing_month=*-01")):
        month = folder.name.removeprefix("landing_month=").removesuffix("-01")
        manifest = current_month(landing_dir, table, month)
        if manifest is not None:
            months[month] = manifest
    return months


def months_with_manifest(landing_dir: Path, table: str) -> list[str]:
    """Return the months that were landed, sorted; whether a manifest can be read is not asked."""
    return sorted(
        path.parent.name.removeprefix("landing_month=").removesuffix("-01")
        for path in (landing_dir / table).glob("landing_month=*-01/current.json")
    )


def current_file(landing_dir: Path, table: str, month: str) -> Path | None:
    """Return the Parquet file that counts for a month, or ``None`` when the month is absent."""
    manifest = current_month(landing_dir, table, month)
    if manifest is None:
        return None
    return month_folder(landing_dir, table, month) / str(manifest["file"])


def month_is_intact(landing_dir: Path, table: str, month: str) -> bool:
    """Tell whether a month is landed and its file is there with the recorded SHA-256."""
    manifest = _readable_manifest(landing_dir, table, month)
    if manifest is None or "file" not in manifest or "sha256" not in manifest:
        return False
    path = month_folder(landing_dir, table, month) / str(manifest["file"])
    return path.is_file() and _file_sha256(path) == manifest["sha256"]


def reason_to_fetch(
    landing_dir: Path, table: str, month: str, site_counters: Mapping[str, int]
) -> str | None:
    """Say why a month must be fetched, or ``None`` when what is landed still holds.

    Parameters
    ----------
    site_counters : mapping
        What the site states for the month now; compared with what it stated when the month was
        landed.

    Returns
    -------
    str or None
        ``absent``, ``damaged``, ``changed``, ``outdated`` (the file has other columns than
        :data:`scrapers.items.LANDING_TABLES` asks for today) or ``None``.
    """
    try:
        manifest = current_month(landing_dir, table, month)
    except LandingError:
        return "damaged"
    if manifest is None:
        return "absent"
    if not month_is_intact(landing_dir, table, month):
        return "damaged"
    if dict(manifest["site_counters"]) != dict(site_counters):
        return "changed"
    path = month_folder(landing_dir, table, month) / str(manifest["file"])
    if not pq.read_schema(path).equals(landing_schema(table)):
        return "outdated"
    return None


def archive_of(manifest: Mapping[str, Any] | None) -> str | None:
    """Return the WARC that landed rows come from, below the data folder; None for imports.

    Manifests of earlier versions do not name it: there the content named it.
    """
    if manifest is None or manifest.get("site") in ("import", "bulk"):
        return None
    named = manifest.get("archive")
    if named is not None:
        return str(named)
    month = str(manifest.get("landing_month", ""))[:7]
    return f"raw/{manifest.get('table')}/{month}/{manifest.get('content_id')}.warc.gz"


def versions(landing_dir: Path, table: str, month: str) -> list[dict[str, Any]]:
    """Return every version of a month that was ever landed, oldest first.

    Returns
    -------
    list of dict
        ``landed_at``, ``content_id``, ``rows``, ``site_counters``, ``archive`` (None where the
        ledger of an earlier version does not say), ``file`` (landing file, None when it is gone)
        and ``is_current``; the newest landing of each content.

    Raises
    ------
    LandingError
        If a line of the ledger is no JSON.
    """
    folder = month_folder(landing_dir, table, month)
    manifest = _readable_manifest(landing_dir, table, month) or {}
    found: dict[str, dict[str, Any]] = {}
    for line in read_ledger(landing_dir):
        if line.get("event") not in ("landed", "imported", "restored"):
            continue
        if line.get("table") != table or line.get("landing_month") != f"{month}-01":
            continue
        name = str(line["content_id"])
        before = found.pop(name, {})
        file = folder / f"{name}.parquet"
        found[name] = {
            "landed_at": line["at"],
            "content_id": name,
            "rows": line.get("rows"),
            "site_counters": line.get("site_counters") or {},
            "archive": line.get("archive") or before.get("archive"),
            "file": str(file) if file.is_file() else None,
            "is_current": manifest.get("content_id") == name,
        }
    return list(found.values())


def read_ledger(landing_dir: Path) -> Iterator[dict[str, Any]]:
    """Yield the lines of the ledger in their order.

    Raises
    ------
    LandingError
        If a line is no JSON object.
    """
    path = landing_dir / "ledger.jsonl"
    if not path.is_file():
        return
    with path.open("rb") as file:
        for number, raw in enumerate(file, start=1):
            if not raw.endswith(b"\n"):
                return  # being written, or torn by a power cut
            try:
                line = json.loads(raw)
            except ValueError as error:
                raise LandingError(f"{path}, line {number} is no JSON: {error}") from error
            if not isinstance(line, dict):
                raise LandingError(f"{path}, line {number} is no JSON object")
            yield line


def content_id(table: str, rows: Sequence[Any]) -> str:
    """Return the name of a content: 16 hex digits of the SHA-256 of its rows.

    All columns but ``source_file`` count (that column holds the name itself). The order in which
    the rows arrive does not matter.
    """
    names = [name for name in landing_schema(table).names if name != "source_file"]
    values = attrgetter(*names)
    has_parties = [i for i, name in enumerate(names) if name in ("parties_before", "parties_after")]
    lines = sorted(_canonical(values(row), has_parties) for row in rows)
    return hashlib.sha256("".join(lines).encode()).hexdigest()[:16]


def rows_table(table: str, rows: Sequence[Any], *, source_file: str | None = None) -> pa.Table:
    """Return the rows as an Arrow table in landing order.

    Sorted by file, position and pointer, so that neither the order of arrival nor of the pages
    reaches the file. ``source_file`` replaces that column in every row.
    """
    schema = landing_schema(table)
    ordered = sorted(rows, key=lambda row: (row.source_file, row.source_row, row.raw_pointer))
    columns = []
    for column in schema:
        values: list[Any]
        if column.name == "source_file" and source_file is not None:
            values = [source_file] * len(ordered)
        else:
            values = [getattr(row, column.name) for row in ordered]
        if column.type == _TYPES["tuple[Party, ...]"]:
            columns.append(_lists(values, _parties))
        elif column.type == _TYPES["tuple[str, ...]"]:
            columns.append(_lists(values, _strings))
        elif column.type == _TYPES["int"]:
            columns.append(_numbers("q", pa.int64(), values))
        else:
            columns.append(_strings(values))
    return pa.Table.from_arrays(columns, schema=schema)


# Built by hand: pa.array() imports pandas, which costs every crawl a second before its first page.
def _strings(values: Sequence[str | None]) -> pa.Array:
    builder = pa.lib.StringBuilder()
    builder.append_values(values)
    return builder.finish()


def _numbers(code: str, kind: pa.DataType, values: Sequence[int]) -> pa.Array:
    buffer = pa.py_buffer(array(code, values))
    return pa.Array.from_buffers(kind, len(values), [None, buffer])


def _parties(parties: Sequence[Party]) -> pa.Array:
    columns = [_strings([getattr(party, f.name) for party in parties]) for f in _PARTY]
    return pa.StructArray.from_arrays(columns, fields=list(_PARTY))


def _lists(values: Sequence[Sequence[Any]], build: Callable[[list[Any]], pa.Array]) -> pa.Array:
    offsets = [0, *accumulate(len(value) for value in values)]
    flat = [item for value in values for item in value]
    return pa.ListArray.from_arrays(_numbers("i", pa.int32(), offsets), build(flat))


def land_rows(
    landing_dir: Path,
    table: str,
    month: str,
    rows: Sequence[Any],
    *,
    site: str,
    site_counters: Mapping[str, int],
    synthetic: bool,
    source_file: str | None = None,
    event: str = "landed",
    manifest: Mapping[str, Any] | None = None,
    keep_source_file: bool = False,
    ledger: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Land a complete month: write its Parquet file, then point ``current.json`` to it.

    Parameters
    ----------
    landing_dir : Path
    table, month : str
        Landing table and month ``YYYY-MM``.
    rows : sequence of items of the table
        All rows of the month; ``source_row`` and ``raw_pointer`` are final.
    site : str
        Base URL, or ``import``.
    site_counters : mapping of str to int
        What the site stated for the month; empty for imports.
    synthetic : bool
        Whether the publisher said that the data are invented.
    source_file : str, optional
        Value of that column in every row; ``{content_id}`` in it is filled in.
    event : str
        Ledger event of a landed month; ``unchanged`` or ``restored`` replace it where they hold.
    manifest : mapping, optional
        Further fields of ``current.json`` (archive, pages, parser).
    keep_source_file : bool
        Where the same rows are landed already: leave them pointing to the archive they came from
        first, so that the file stays as it is.
    ledger : mapping, optional
        Further fields of the ledger line (pages, seconds).

    Returns
    -------
    dict
        The ledger line: ``event`` (``landed``, ``imported``, ``restored``: the file was gone or
        damaged and is as before, ``unchanged``: same content), ``table``, ``landing_month``,
        ``rows``, ``bytes``, ``sha256``, ``content_id`` …

    Raises
    ------
    UnknownTableError, LandingError
    """
    folder = month_folder(landing_dir, table, month)
    name = content_id(table, rows)
    file = folder / f"{name}.parquet"
    before = _readable_manifest(landing_dir, table, month)
    same_content = before is not None and before.get("content_id") == name
    filled = None if source_file is None else source_file.format(content_id=name)
    further = dict(manifest or {})
    if same_content and keep_source_file and (former := archive_of(before)) is not None:
        filled = former
        if "archive" in further:
            further["archive"] = former
    folder.mkdir(parents=True, exist_ok=True)
    sink = pa.BufferOutputStream()
    pq.write_table(
        rows_table(table, rows, source_file=filled),
        sink,
        compression="zstd",
        compression_level=3,
        write_statistics=True,
    )
    data = sink.getvalue().to_pybytes()
    sha256 = hashlib.sha256(data).hexdigest()
    was_intact = file.is_file() and _file_sha256(file) == sha256
    if not was_intact:
        _write_atomically(file, data)
    current = {
        "table": table,
        "landing_month": f"{month}-01",
        "file": file.name,
        "content_id": name,
        "sha256": sha256,
        "rows": len(rows),
        "bytes": len(data),
        "site_counters": dict(site_counters),
        "site": site,
        "landed_at": _now(),
        "synthetic": synthetic,
        **further,
    }
    if same_content and was_intact and before is not None:
        event = "unchanged"
        kept = {key: before[key] for key in ("landed_at", "site") if key in before}
        current = {**current, **kept}
    elif same_content:
        event = "restored"
    if current != before:
        text = json.dumps(current, ensure_ascii=False, indent=1) + "\n"
        _write_atomically(folder / "current.json", text.encode())
    return append_ledger(
        landing_dir,
        event=event,
        table=table,
        landing_month=f"{month}-01",
        rows=len(rows),
        bytes=len(data),
        sha256=sha256,
        content_id=name,
        site_counters=dict(site_counters),
        **dict(ledger or {}),
    )


def append_ledger(landing_dir: Path, *, event: str, **details: Any) -> dict[str, Any]:
    """Append one line to ``ledger.jsonl`` and return it.

    Parameters
    ----------
    event : str
        One of :data:`LEDGER_EVENTS`.
    **details
        ``table``, ``landing_month`` and what is known; ``None`` is left out.
    """
    if event not in LEDGER_EVENTS:
        raise LandingError(f"unknown ledger event {event!r}")
    line = {"at": _now(), "event": event}
    line.update({key: value for key, value in details.items() if value is not None})
    landing_dir.mkdir(parents=True, exist_ok=True)
    data = (json.dumps(line, ensure_ascii=False) + "\n").encode()
    with (landing_dir / "ledger.jsonl").open("a+b", buffering=0) as file:
        fcntl.flock(file, fcntl.LOCK_EX)  # processes that collect other tables write as well
        end = end_of_whole_lines(file)
        if end < file.seek(0, os.SEEK_END):
            logger.warning("%s ended in half a line, which was cut off", file.name)
            file.truncate(end)
        written = 0
        try:
            written = file.write(data)
        finally:
            if written != len(data):
                file.truncate(end)
    if written != len(data):
        raise LandingError(f"{landing_dir / 'ledger.jsonl'}: no room for a line")
    return line


def end_of_whole_lines(file: IO[bytes]) -> int:
    """Return the byte behind the last whole line; what follows was torn by a power cut."""
    end = file.seek(0, os.SEEK_END)
    while end > 0:
        start = max(0, end - _TAIL)
        file.seek(start)
        newline = file.read(end - start).rfind(b"\n")
        if newline >= 0:
            return start + newline + 1
        end = start
    return 0


def verify(landing_dir: Path) -> list[LandingFinding]:
    """Compare every landed month with its manifest.

    Returns
    -------
    list of LandingFinding
        Empty when each file that counts is there with its SHA-256, rows and schema.
    """
    return [
        finding
        for table in LANDING_TABLES
        for folder in sorted((landing_dir / table).glob("landing_month=*-01"))
        for finding in _verify_month(
            landing_dir, table, folder.name.removeprefix("landing_month=").removesuffix("-01")
        )
    ]


@contextlib.contextmanager
def exclusive(landing_dir: Path, table: str) -> Iterator[None]:
    """Hold the right to land a table; the lock ends with the process that holds it.

    Raises
    ------
    LandingBusyError
        If another process is landing the same table in this folder.
    """
    lock = lock_table(landing_dir, table)
    try:
        yield
    finally:
        lock.close()


def lock_table(landing_dir: Path, table: str) -> Any:
    """Take the lock of :func:`exclusive`; closing the returned file releases it.

    Raises
    ------
    LandingBusyError
    LandingError
        If the folder or the ledger cannot be written.
    """
    folder = landing_dir / table
    try:
        folder.mkdir(parents=True, exist_ok=True)
        ledger = landing_dir / "ledger.jsonl"
        if ledger.exists():
            ledger.open("ab").close()  # better now than when the first month was landed
        file = (folder / ".lock").open("ab")
    except OSError as error:
        raise LandingError(f"nothing can be landed in {landing_dir}: {error}") from error
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        file.close()
        raise LandingBusyError(f"another process is landing {table} in {landing_dir}") from error
    return file


def _verify_month(landing_dir: Path, table: str, month: str) -> Iterator[LandingFinding]:
    def finding(problem: str, detail: str) -> LandingFinding:
        return LandingFinding(table=table, landing_month=month, problem=problem, detail=detail)

    try:
        manifest = current_month(landing_dir, table, month)
    except LandingError as error:
        yield finding("manifest_unreadable", str(error))
        return
    if manifest is None:
        return
    path = month_folder(landing_dir, table, month) / str(manifest["file"])
    if not path.is_file():
        yield finding("file_missing", str(path))
        return
    sha256 = _file_sha256(path)
    if sha256 != manifest["sha256"]:
        yield finding("sha256_differs", f"{sha256} instead of {manifest['sha256']}")
        return
    stored = pq.ParquetFile(path)
    if stored.metadata.num_rows != manifest["rows"]:
        yield finding("rows_differ", f"{stored.metadata.num_rows}, manifest {manifest['rows']}")
    if not stored.schema_arrow.equals(landing_schema(table)):
        yield finding("schema_differs", str(stored.schema_arrow))


def _readable_manifest(landing_dir: Path, table: str, month: str) -> dict[str, Any] | None:
    """Manifest of a month; a broken one counts as none, the month is landed anew."""
    try:
        return current_month(landing_dir, table, month)
    except LandingError:
        return None


# One encoder for all rows: json.dumps would make one for each.
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def _canonical(values: tuple[Any, ...], parties: Sequence[int]) -> str:
    """Text of a row that differs whenever a value differs, nulls and empty strings included."""
    if parties:
        changed = list(values)
        for index in parties:
            changed[index] = [[p.name, p.address, p.postcode] for p in values[index]]
        return _encode(changed) + "\n"
    return _encode(values) + "\n"


def _file_sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _write_atomically(path: Path, data: bytes) -> None:
    """Write under a temporary name, then rename: nobody ever sees half a file."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with temporary.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        killpoint.reached("rename")
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def _now() -> str:
    return dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
