"""What every import does: read all files, keep them, land by month, write what was refused.

A format supplies one function ``read(source, options) -> Reading``. It opens the files of a
:class:`Source`, sets ``reading.n_rows`` and ``reading.encoding``, and calls for every row either
``reading.land(month, item)`` or ``reading.refuse(...)``. :func:`land_import` does the rest::

    def read(source: Source, options: Mapping[str, Any]) -> Reading:
        reading = Reading(source, encoding="utf-8")
        for number, record in enumerate(records_of(source.file.path), 1):
            reading.n_rows += 1
            if not record.date:
                reading.refuse(number, "event_date_missing", rule="month_of_event_date")
                continue
            reading.land(month_of(record.date), ImportedEvent(..., **reading.origin(number)))
        return reading

    FORMAT = ImportFormat(
        name="legal-events", table="imported_events", summary="Legal events as CSV.", read=read
    )

``land_import(FORMAT, paths, landing_dir=..., archive_dir=...)`` then archives the files under
``raw/imports``, lands the months of the table, writes the rejections and returns the report. Until
every file was read nothing is written.
"""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from orchestration.importing.reading import (
    ImportFormat,
    Members,
    Options,
    Reading,
    Repair,
    RowRejection,
    Source,
    SourceFile,
    one_source_per_file,
    read_items,
)
from orchestration.importing.records import (
    ImportRecord,
    Journal,
    archive,
    archived_file,
    record_path,
    records_of,
    sha256_of,
    unfinished_import,
    withdraw,
    write_if_other,
)
from scrapers.errors import LandingError
from scrapers.landing import (
    current_file,
    current_month,
    current_months,
    exclusive,
    land_rows,
    month_is_intact,
)

__all__ = [
    "REJECTION_SCHEMA",
    "FileReport",
    "ImportFormat",
    "ImportReport",
    "Members",
    "Options",
    "Reading",
    "Repair",
    "RowRejection",
    "Source",
    "SourceFile",
    "land_import",
    "one_source_per_file",
    "unfinished_import",
]

REJECTION_SCHEMA = pa.schema(
    [
        ("source_table", pa.string()),
        ("source_file", pa.string()),
        ("source_row", pa.int64()),
        ("field", pa.string()),
        ("value", pa.string()),
        ("reason", pa.string()),
        ("rule", pa.string()),
        ("raw_pointer", pa.string()),
    ]
)
REJECTIONS = "import_rejections"  # folder below landing/, beside the tables
_IMPORT_SITE = "import"
_MONTHS_SHOWN = 12  # one line each up to here


@dataclass(frozen=True, slots=True, kw_only=True)
class FileReport:
    """What became of one source: ``rows`` = ``landed`` + ``rejected``."""

    file: str
    sha256: str
    encoding: str
    rows: int
    landed: int
    rejected: int
    reasons: dict[str, int]  # why rows were refused
    refused_fields: dict[str, int]  # why landed rows lack a value
    repairs: tuple[Repair, ...]
    notes: tuple[str, ...]
    hints: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportReport:
    """What became of an import; ``str()`` prints it."""

    files: tuple[FileReport, ...]
    months: dict[str, str]  # month YYYY-MM -> imported, restored or unchanged
    replaced: tuple[str, ...] = ()  # archived copies whose rows left

    @property
    def rows(self) -> int:
        return sum(file.rows for file in self.files)

    @property
    def landed(self) -> int:
        return sum(file.landed for file in self.files)

    @property
    def rejected(self) -> int:
        return sum(file.rejected for file in self.files)

    def __str__(self) -> str:
        lines = []
        for file in self.files:
            lines.append(
                f"{file.file} ({file.encoding}): {file.rows:,} rows = {file.landed:,} landed"
                f" + {file.rejected:,} rejected"
            )
            for reason, n in file.reasons.items():
                lines.append(f"  rejected {n:,}: {reason}")
            for reason, n in file.refused_fields.items():
                lines.append(f"  landed without the value {n:,}: {reason}")
            lines.extend(f"    hint: {hint}" for hint in file.hints.values())
            lines.extend(
                f"  rule {repair.rule} on {', '.join(repair.columns)}: {repair.count:,} cells; "
                f"{repair.evidence}"
                for repair in file.repairs
            )
            lines.extend(f"  {note}" for note in file.notes)
        lines.append(
            f"All files: {self.rows:,} rows = {self.landed:,} landed + {self.rejected:,} rejected"
        )
        lines.extend(f"  replaced: {name}" for name in self.replaced)
        lines.extend(self._month_lines())
        return "\n".join(lines)

    def _month_lines(self) -> list[str]:
        if len(self.months) <= _MONTHS_SHOWN:
            return [f"  month {month}: {event}" for month, event in self.months.items()]
        counts = Counter(self.months.values())
        told = ", ".join(f"{n:,} {event}" for event, n in sorted(counts.items()))
        return [f"  months {min(self.months)} to {max(self.months)}: {told}"]


def land_import(
    fmt: ImportFormat,
    paths: Sequence[Path],
    *,
    landing_dir: Path,
    archive_dir: Path,
    options: Options | None = None,
    synthetic: bool = False,
    replace: bool = False,
    progress: Callable[[str], None] | None = None,
) -> ImportReport:
    """Land files of one format by month.

    Parameters
    ----------
    fmt : ImportFormat
    paths : sequence of Path
        Files (or folders, where the format takes them).
    landing_dir, archive_dir : Path
        Rows go to ``landing/<table>``, what was refused to ``landing/import_rejections``, the files
        themselves to ``raw/imports``.
    options : mapping, optional
        For ``fmt.read``; JSON values. Kept, so that a damaged month can be restored.
    synthetic : bool
        Whether the files hold invented data; a month with rows of one such file is synthetic.
    replace : bool
        Rows of earlier files of the same name and format leave; their copies stay archived.
    progress : callable, optional
        Is told in one line what is going on.

    Returns
    -------
    ImportReport
        Rows, landed and rejected per file and what became of each month. Importing the same file
        again changes nothing.

    Raises
    ------
    ImportFileError
        If a file cannot be read as a whole; nothing is changed then.
    LandingError
        If a month was landed from a site, or a damaged month cannot be restored; nothing is
        changed.
    LandingBusyError
        If another import into the same table is under way.
    """
    tell = progress or (lambda text: None)
    new = _read_all(fmt, paths, dict(options or {}), synthetic, tell)
    with exclusive(landing_dir, fmt.table):
        records = records_of(archive_dir, fmt.table)
        journal = Journal.read(landing_dir, fmt.table)
        uncopied = journal.uncopied_of(records, archive_dir)
        records = [record for record in records if record not in uncopied]
        gone = _superseded(records, new, replace=replace)
        given = {read.record.identity for read in new}
        gone += [
            record
            for record in journal.gone_of(records)
            if record not in gone and record.identity not in given
        ]
        left = {sha for record in gone for sha in record.file_sha256s}
        again = {sha for record in records for sha in record.file_sha256s} & {
            sha for read in new for sha in read.record.file_sha256s
        }
        kept = [record for record in records if record not in gone]
        needed = kept if _is_damaged(landing_dir, fmt.table) else journal.started_of(kept)
        known = _read_again(archive_dir, needed, new, tell)
        months = _months_to_land(landing_dir, fmt.table, [*new, *known], left | again)
        _refuse_site_months(landing_dir, fmt.table, months)
        tell("landing")
        # Nothing was written so far: from here on every file is known to be good.
        begun = journal.joined(started=[read.record for read in new], gone=gone)
        begun.write(landing_dir, fmt.table)
        for record in uncopied:
            record_path(archive_dir, record).unlink()
        undo = contextlib.ExitStack()
        undo.callback(journal.write, landing_dir, fmt.table)
        try:
            for read in new:
                read.reading.notes.extend(_same_name_notes(kept, read))
                archive(archive_dir, read.record, read.reading.source, undo)
                kept.append(read.record)
        except Exception:
            undo.close()
            raise
        outcome = _land(
            landing_dir, fmt.table, months, reads=[*new, *known], records=kept, left=left
        )
        for read in [*new, *known]:
            _write_refused(landing_dir, read)
        for record in gone:
            _refused_path(landing_dir, record).unlink(missing_ok=True)
            withdraw(archive_dir, record)
        Journal().write(landing_dir, fmt.table)
    return ImportReport(
        files=tuple(_report(read.reading) for read in new),
        months=outcome,
        replaced=tuple(record.archived[0] for record in gone),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Read:
    record: ImportRecord
    reading: Reading


def _read_all(
    fmt: ImportFormat,
    paths: Sequence[Path],
    options: dict[str, Any],
    synthetic: bool,
    tell: Callable[[str], None],
) -> list[_Read]:
    found: dict[str, _Read] = {}
    for name, members in fmt.sources(paths):
        tell(f"reading {name}")
        files = tuple(
            SourceFile(name=inner, path=path, sha256=sha256_of(path, inner))
            for inner, path in members
        )
        source = Source(name=name, files=files)
        if source.sha256 in found:
            first = found[source.sha256].reading
            first.notes.append(f"{name} has the same content; it counts once")
            continue
        record = ImportRecord(
            format=fmt.name,
            table=fmt.table,
            source=name,
            sha256=source.sha256,
            files=tuple((file.name, file.sha256) for file in files),
            synthetic=synthetic,
            options=options,
        )
        found[source.sha256] = _Read(record=record, reading=_checked(fmt, source, options))
    return list(found.values())


def _checked(fmt: ImportFormat, source: Source, options: Options) -> Reading:
    reading = fmt.read(source, options)
    if reading.n_rows != reading.landed + len(reading.refused):
        raise LandingError(
            f"{source.name}: {reading.n_rows:,} rows were read, but {reading.landed:,} would land "
            f"and {len(reading.refused):,} be refused; this is an error of the importer"
        )
    return reading


def _is_damaged(landing_dir: Path, table: str) -> bool:
    """Tell whether a landed month of a table is gone or damaged."""
    try:
        months = current_months(landing_dir, table)
    except LandingError:
        return True  # a damaged manifest: nobody knows which files its month was made of
    return not all(month_is_intact(landing_dir, table, month) for month in months)


def _read_again(
    archive_dir: Path, records: list[ImportRecord], new: list[_Read], tell: Callable[[str], None]
) -> list[_Read]:
    """Read earlier imports again from their copies."""
    from orchestration.importing.registry import import_format

    given = {read.record.identity for read in new}
    known = []
    for record in records:
        if record.identity in given:
            continue
        tell(f"reading {record.source} again: a month is damaged or was not landed")
        source = Source(
            name=record.source,
            files=tuple(archived_file(archive_dir, name, sha) for name, sha in record.files),
        )
        reading = _checked(import_format(record.format), source, record.options)
        known.append(_Read(record=record, reading=reading))
    return known


def _superseded(
    records: list[ImportRecord], new: list[_Read], *, replace: bool
) -> list[ImportRecord]:
    """Earlier imports whose rows leave.

    Those of the same content read as another format, and with ``replace`` those of the same name
    and format whose content is not given now.
    """
    names = {(read.record.format, read.record.source) for read in new} if replace else set()
    same = {(read.record.format, read.record.sha256) for read in new}
    contents = {read.record.sha256 for read in new}
    return [
        record
        for record in records
        if (record.format, record.sha256) not in same
        and (record.sha256 in contents or (record.format, record.source) in names)
    ]


def _months_to_land(
    landing_dir: Path, table: str, reads: list[_Read], touched: set[str]
) -> list[str]:
    """Months that get rows, and months that hold rows of the files in ``touched``."""
    months = {month for read in reads for month in read.reading.months}
    if touched:
        landed = {path.name[14:21] for path in (landing_dir / table).glob("landing_month=*-01")}
        months.update(
            month
            for month in landed - months
            if any(_file_of(p) in touched for p in _landed_pointers(landing_dir, table, month))
        )
    return sorted(months)


def _refuse_site_months(landing_dir: Path, table: str, months: Iterable[str]) -> None:
    for month in months:
        if not month_is_intact(landing_dir, table, month):
            continue
        manifest = _readable_month(landing_dir, table, month)
        if manifest.get("site") != _IMPORT_SITE:
            raise LandingError(
                f"{table} {month} was landed from {manifest.get('site')}; "
                "an import does not replace what a site published"
            )


def _land(
    landing_dir: Path,
    table: str,
    months: Iterable[str],
    *,
    reads: list[_Read],
    records: list[ImportRecord],
    left: set[str],
) -> dict[str, str]:
    outcome = {}
    replaced = left | {sha for read in reads for sha in read.record.file_sha256s}
    is_synthetic = {sha: r.synthetic for r in records for sha in r.file_sha256s}
    for month in months:
        was_synthetic = bool(_readable_month(landing_dir, table, month).get("synthetic", False))
        rows = _new_rows(reads, month)
        rows += [
            row
            for row in _landed_rows(landing_dir, table, month)
            if _file_of(row.raw_pointer) not in replaced
        ]
        told = [is_synthetic.get(sha) for sha in {_file_of(row.raw_pointer) for row in rows}]
        line = land_rows(
            landing_dir,
            table,
            month,
            rows,
            site=_IMPORT_SITE,
            site_counters={},
            synthetic=any(was_synthetic if flag is None else flag for flag in told),
            event="imported",
        )
        outcome[month] = str(line["event"])
    return outcome


def _new_rows(reads: list[_Read], month: str) -> list[Any]:
    """Rows of a month; a file that stands in several sources counts in the first."""
    rows: list[Any] = []
    claimed: set[str] = set()
    for read in reads:
        rows += [
            row for row in read.reading.rows(month) if _file_of(row.raw_pointer) not in claimed
        ]
        claimed |= read.record.file_sha256s
    return rows


def _readable_month(landing_dir: Path, table: str, month: str) -> dict[str, Any]:
    try:
        return current_month(landing_dir, table, month) or {}
    except LandingError:
        return {}


def _landed_rows(landing_dir: Path, table: str, month: str) -> list[Any]:
    if not month_is_intact(landing_dir, table, month):
        return []
    path = current_file(landing_dir, table, month)
    assert path is not None  # intact months have one
    return read_items(path, table)


def _landed_pointers(landing_dir: Path, table: str, month: str) -> list[str]:
    if not month_is_intact(landing_dir, table, month):
        return []
    path = current_file(landing_dir, table, month)
    assert path is not None  # intact months have one
    pointers: list[str] = pq.read_table(path, columns=["raw_pointer"])["raw_pointer"].to_pylist()
    return pointers


def _file_of(pointer: str) -> str:
    return pointer.removeprefix("sha256:").partition("#")[0]


def _report(reading: Reading) -> FileReport:
    return FileReport(
        file=reading.source.name,
        sha256=reading.source.sha256,
        encoding=reading.encoding,
        rows=reading.n_rows,
        landed=reading.landed,
        rejected=len(reading.refused),
        reasons=dict(sorted(Counter(r.reason for r in reading.refused).items())),
        refused_fields=dict(sorted(Counter(r.reason for r in reading.refused_fields).items())),
        repairs=tuple(reading.repairs),
        notes=tuple(reading.notes),
        hints=dict(sorted(reading.hints.items())),
    )


def _same_name_notes(present: list[ImportRecord], read: _Read) -> list[str]:
    return [
        "a file of this name with other content was imported before: "
        f"{record.archived[0]}; its rows count too, --replace takes them out"
        for record in present
        if (record.format, record.source) == (read.record.format, read.record.source)
        and record.sha256 != read.record.sha256
    ]


def _refused_path(landing_dir: Path, record: ImportRecord) -> Path:
    suffix = "" if record.format == "gazette-csv" else f".{record.format}"
    return landing_dir / REJECTIONS / f"{record.sha256[:16]}{suffix}.parquet"


def _write_refused(landing_dir: Path, read: _Read) -> None:
    """Write the refused rows and fields; an empty table says that there were none."""
    table, reading = read.record.table, read.reading
    target = _refused_path(landing_dir, read.record)
    target.parent.mkdir(parents=True, exist_ok=True)
    ordered = sorted(
        [*reading.refused, *reading.refused_fields],
        key=lambda r: (r.source_file, r.source_row, r.field or "", r.raw_pointer),
    )
    columns = [
        pa.array(
            [table if name == "source_table" else getattr(row, name) for row in ordered],
            type=REJECTION_SCHEMA.field(name).type,
        )
        for name in REJECTION_SCHEMA.names
    ]
    sink = pa.BufferOutputStream()
    pq.write_table(pa.Table.from_arrays(columns, schema=REJECTION_SCHEMA), sink, compression="zstd")
    write_if_other(target, sink.getvalue().to_pybytes())
