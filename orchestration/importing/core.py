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
import hashlib
import json
import os
import shutil
import tempfile
import weakref
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from scrapers.errors import ImportFileError, LandingError
from scrapers.items import LANDING_TABLES, Party
from scrapers.landing import (
    current_file,
    current_month,
    current_months,
    exclusive,
    land_rows,
    month_is_intact,
    rows_table,
)

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
_BLOCK = 1 << 20
_ROWS_IN_MEMORY = 50_000  # of one source, before they go to a temporary folder
_MONTHS_SHOWN = 12  # one line each up to here


# ------------------------------------------------------------------------- what is handed over
@dataclass(frozen=True, slots=True, kw_only=True)
class SourceFile:
    """One file that was handed over."""

    name: str  # as given; below a folder with its path inside that folder
    path: Path  # where it lies now: as given, or its copy in the archive
    sha256: str

    def pointer(self, row: int | str) -> str:
        """Return ``sha256:<file>#<row>``, what ``raw_pointer`` holds."""
        return f"sha256:{self.sha256}#{row}"


@dataclass(frozen=True, kw_only=True)
class Source:
    """What is read and counted as one: a file, or the files of a folder that belong together."""

    name: str  # file or folder name as given, ``source_file`` of its rows
    files: tuple[SourceFile, ...]

    @property
    def file(self) -> SourceFile:
        """The only file of a source that is one file."""
        (file,) = self.files
        return file

    @cached_property
    def sha256(self) -> str:
        """SHA-256 of the file; of several files that of the lines ``<sha256>  <name>``."""
        if len(self.files) == 1:
            return self.files[0].sha256
        lines = sorted(f"{file.sha256}  {file.name}\n" for file in self.files)
        return hashlib.sha256("".join(lines).encode()).hexdigest()


# ------------------------------------------------------------------------------ what was read
@dataclass(frozen=True, slots=True, kw_only=True)
class Repair:
    """A named rule that changed values of a file."""

    rule: str
    columns: tuple[str, ...]
    count: int  # cells that it changed
    evidence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RowRejection:
    """A row, or one field of a row that landed without it; columns as in docs/warehouse.md."""

    source_file: str
    source_row: int
    field: str | None
    value: str | None
    reason: str
    rule: str
    raw_pointer: str


class Reading:
    """What one source holds: rows by month, what was refused and why.

    Rows beyond some ten thousands wait in a temporary folder until their month is landed.

    Parameters
    ----------
    source : Source
    encoding : str
        How the file was read: a text encoding, ``xlsx``, ``xls``, ``xml``, ``parquet`` …

    Attributes
    ----------
    n_rows : int
        Rows of the source, counted by the reader independently of what becomes of them.
    landed : int
        Rows that land.
    refused, refused_fields : list of RowRejection
        Rows that did not land; values that landed as null.
    """

    def __init__(self, source: Source, *, encoding: str) -> None:
        self.source = source
        self.encoding = encoding
        self.n_rows = 0
        self.landed = 0
        self._rows: dict[str, list[Any]] = {}
        self._waiting = 0  # rows in memory
        self._spilled: dict[str, list[Path]] = {}
        self.refused: list[RowRejection] = []
        self.refused_fields: list[RowRejection] = []
        self.repairs: list[Repair] = []
        self.notes: list[str] = []
        self.hints: dict[str, str] = {}  # reason -> what the owner of the file can do about it

    def origin(
        self, row: int, *, file: SourceFile | None = None, place: str | None = None
    ) -> dict[str, Any]:
        """Return the last three columns of a landed row.

        Parameters
        ----------
        row : int
            Line or row in the file, header = 1.
        file : SourceFile, optional
            Which of several files; the only one otherwise.
        place : str, optional
            Position in the file for the pointer where a row number does not lead to it, for example
            the member of an archive and the record in it.
        """
        of = file or self.source.file
        return {
            "source_file": of.name,
            "source_row": row,
            "raw_pointer": of.pointer(row if place is None else place),
        }

    def land(self, month: str, item: Any) -> None:
        """Land one row in a month ``YYYY-MM``."""
        self._rows.setdefault(month, []).append(item)
        self.landed += 1
        self._waiting += 1
        if self._waiting >= _ROWS_IN_MEMORY:
            self._spill()

    @property
    def months(self) -> set[str]:
        """Months that get rows."""
        return {*self._rows, *self._spilled}

    def rows(self, month: str) -> list[Any]:
        """Return the items that land in a month."""
        spilled = [item for path in self._spilled.get(month, []) for item in _items(path)]
        return [*spilled, *self._rows.get(month, [])]

    def _spill(self) -> None:
        """Move the rows in memory to files that end with this object."""
        if not self._spilled:
            self._folder = Path(tempfile.mkdtemp(prefix="greenties-import-"))
            weakref.finalize(self, shutil.rmtree, self._folder, ignore_errors=True)
        for month, rows in self._rows.items():
            files = self._spilled.setdefault(month, [])
            (table,) = (name for name, item in LANDING_TABLES.items() if item is type(rows[0]))
            path = self._folder / f"{table}.{month}.{len(files)}.parquet"
            pq.write_table(rows_table(table, rows), path, compression="zstd")
            files.append(path)
        self._rows, self._waiting = {}, 0

    def refuse(
        self,
        row: int,
        reason: str,
        *,
        rule: str,
        field: str | None = None,
        value: str | None = None,
        hint: str | None = None,
        file: SourceFile | None = None,
        place: str | None = None,
    ) -> None:
        """Refuse one row; ``field`` and ``value`` say what was wrong with it."""
        origin = self.origin(row, file=file, place=place)
        self._keep_hint(reason, hint)
        self.refused.append(
            RowRejection(field=field, value=value, reason=reason, rule=rule, **origin)
        )

    def refuse_field(
        self,
        row: int,
        reason: str,
        *,
        rule: str,
        field: str,
        value: str | None,
        hint: str | None = None,
        file: SourceFile | None = None,
        place: str | None = None,
    ) -> None:
        """Say that a row lands with ``field`` null because its value could not be kept."""
        origin = self.origin(row, file=file, place=place)
        self._keep_hint(reason, hint)
        self.refused_fields.append(
            RowRejection(field=field, value=value, reason=reason, rule=rule, **origin)
        )

    def refuse_shape(self, row: int, n_cells: int, n_columns: int) -> None:
        """Refuse a row that has not as many cells as the header."""
        # The cells may hold names of persons: the pointer leads to them, the value counts them.
        kind = "row_empty" if not n_cells else "row_short" if n_cells < n_columns else "row_long"
        value = f"{n_cells} cells of {n_columns}"
        self.refuse(row, kind, rule="cells_as_in_header", value=value)

    def _keep_hint(self, reason: str, hint: str | None) -> None:
        if hint is not None:
            self.hints.setdefault(reason, hint)


# ---------------------------------------------------------------------------------- formats
Options = Mapping[str, Any]  # what a format's command was told; JSON values
Members = tuple[str, Sequence[tuple[str, Path]]]  # source name; file names inside it and paths


def one_source_per_file(paths: Sequence[Path]) -> list[Members]:
    """Take every path as a file of its own; a folder is refused.

    Raises
    ------
    ImportFileError
    """
    for path in paths:
        if path.is_dir():
            raise ImportFileError("this is a folder, not a file", file=str(path))
    return [(path.name, [(path.name, path)]) for path in paths]


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportFormat:
    """One format that can be imported.

    Attributes
    ----------
    name : str
        As in ``greenties import <name>``; unique.
    table : str
        Landing table of its rows.
    summary : str
        One line for the help.
    read : callable
        ``read(source, options)`` returns a :class:`Reading`; raises :class:`ImportFileError` for a
        file that cannot be read as a whole. Must give the same reading for the same bytes and
        options: it is called again on the archived files when a landed month is damaged.
    sources : callable
        Groups the given paths into what is read as one.
    """

    name: str
    table: str
    summary: str
    read: Callable[[Source, Options], Reading]
    sources: Callable[[Sequence[Path]], list[Members]] = one_source_per_file


# ----------------------------------------------------------------------------------- reports
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


# ------------------------------------------------------------------------------ whole import
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
        records = _records(archive_dir, fmt.table)
        journal = _Journal.read(landing_dir, fmt.table)
        uncopied = journal.uncopied_of(records, archive_dir)
        records = [record for record in records if record not in uncopied]
        gone = _superseded(records, new, replace=replace)
        gone += journal.gone_of(records, new, gone)
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
            _record_path(archive_dir, record).unlink()
        undo = contextlib.ExitStack()
        undo.callback(journal.write, landing_dir, fmt.table)
        try:
            for read in new:
                read.reading.notes.extend(_same_name_notes(kept, read))
                _archive(archive_dir, read.record, read.reading.source, undo)
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
            _withdraw(landing_dir, archive_dir, record)
        _Journal().write(landing_dir, fmt.table)
    return ImportReport(
        files=tuple(_report(read.reading) for read in new),
        months=outcome,
        replaced=tuple(record.archived[0] for record in gone),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Record:
    """How a source was imported, kept beside its copy: enough to read it again."""

    format: str
    table: str
    source: str
    sha256: str
    files: tuple[tuple[str, str], ...]  # name inside the source, SHA-256
    synthetic: bool | None  # None: imported before this was recorded, its months say it
    options: dict[str, Any]

    @property
    def identity(self) -> tuple[str, str]:
        return self.format, self.sha256

    @property
    def file_sha256s(self) -> set[str]:
        return {sha256 for _, sha256 in self.files}

    @property
    def archived(self) -> list[str]:
        """Names of the copies below ``raw/imports``."""
        return [_archive_name(name, sha256) for name, sha256 in self.files]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Read:
    record: _Record
    reading: Reading


def unfinished_import(landing_dir: Path, table: str) -> bool:
    """Tell whether an import into a table was cut off; the next one completes it."""
    return _journal_path(landing_dir, table).exists()


def _journal_path(landing_dir: Path, table: str) -> Path:
    return landing_dir / table / "unfinished_import.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Journal:
    """Imports under way: written before the first month is landed, gone after the last."""

    started: frozenset[tuple[str, str]] = frozenset()  # format, SHA-256
    gone: frozenset[tuple[str, str]] = frozenset()

    @classmethod
    def read(cls, landing_dir: Path, table: str) -> _Journal:
        path = _journal_path(landing_dir, table)
        try:
            raw = json.loads(path.read_text(encoding="utf-8"))
            return cls(
                started=frozenset((name, sha256) for name, sha256 in raw["started"]),
                gone=frozenset((name, sha256) for name, sha256 in raw["gone"]),
            )
        except FileNotFoundError:
            return cls()
        except (ValueError, KeyError, TypeError) as error:
            raise LandingError(f"{path} cannot be read: {error!r}") from error

    def write(self, landing_dir: Path, table: str) -> None:
        path = _journal_path(landing_dir, table)
        if not self.started and not self.gone:
            path.unlink(missing_ok=True)
            return
        content = {"started": sorted(self.started), "gone": sorted(self.gone)}
        _write_if_other(path, (json.dumps(content, indent=1) + "\n").encode())

    def joined(self, *, started: list[_Record], gone: list[_Record]) -> _Journal:
        return _Journal(
            started=self.started | {record.identity for record in started},
            gone=self.gone | {record.identity for record in gone},
        )

    def started_of(self, records: list[_Record]) -> list[_Record]:
        return [record for record in records if record.identity in self.started]

    def gone_of(
        self, records: list[_Record], new: list[_Read], gone: list[_Record]
    ) -> list[_Record]:
        given = {read.record.identity for read in new}
        return [
            record
            for record in records
            if record.identity in self.gone and record.identity not in given and record not in gone
        ]

    def uncopied_of(self, records: list[_Record], archive_dir: Path) -> list[_Record]:
        """Imports that were cut off before all their files were copied: nothing of them landed."""
        folder = archive_dir / "imports"
        return [
            record
            for record in self.started_of(records)
            if not all((folder / name).is_file() for name in record.archived)
        ]


def _archive_name(name: str, sha256: str) -> str:
    return f"{sha256[:16]}-{Path(name).name}"


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
            SourceFile(name=inner, path=path, sha256=_sha256(path, inner))
            for inner, path in members
        )
        source = Source(name=name, files=files)
        if source.sha256 in found:  # the same file given twice counts once
            continue
        record = _Record(
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


def _sha256(path: Path, name: str) -> str:
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        raise ImportFileError(f"cannot be read: {error.strerror}", file=name) from error


def _is_damaged(landing_dir: Path, table: str) -> bool:
    """Tell whether a landed month of a table is gone or damaged."""
    try:
        months = current_months(landing_dir, table)
    except LandingError:
        return True  # a damaged manifest: nobody knows which files its month was made of
    return not all(month_is_intact(landing_dir, table, month) for month in months)


def _read_again(
    archive_dir: Path, records: list[_Record], new: list[_Read], tell: Callable[[str], None]
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
            files=tuple(_archived_file(archive_dir, name, sha) for name, sha in record.files),
        )
        reading = _checked(import_format(record.format), source, record.options)
        known.append(_Read(record=record, reading=reading))
    return known


def _archived_file(archive_dir: Path, name: str, sha256: str) -> SourceFile:
    path = archive_dir / "imports" / _archive_name(name, sha256)
    if not path.is_file() or _sha256(path, path.name) != sha256:
        raise LandingError(
            f"a landed month is damaged and {path} is missing or differs from what was imported; "
            f"import the original of {name} again or restore the copy"
        )
    return SourceFile(name=name, path=path, sha256=sha256)


def _superseded(records: list[_Record], new: list[_Read], *, replace: bool) -> list[_Record]:
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
    records: list[_Record],
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
    return _items(path, table)


def _items(path: Path, table: str | None = None) -> list[Any]:
    """Read rows back as the items that they were; a waiting file is named after its table."""
    item = LANDING_TABLES[table or path.name.partition(".")[0]]
    with pq.ParquetFile(path) as file:
        return [
            item(**{name: _as_item_value(value) for name, value in row.items()})
            for row in file.read().to_pylist()
        ]


def _as_item_value(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(Party(**part) if isinstance(part, dict) else part for part in value)
    return value


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


# ----------------------------------------------------------------------- archive and refusals
def _archive(
    archive_dir: Path, record: _Record, source: Source, undo: contextlib.ExitStack
) -> None:
    """Keep the files as handed over, and how they were read; ``undo`` takes it back."""
    folder = archive_dir / "imports"
    path = _record_path(archive_dir, record)
    path.parent.mkdir(parents=True, exist_ok=True)
    # First the record: a copy without one would be taken for a gazette listing of earlier days.
    if path.exists():
        undo.callback(_write_if_other, path, path.read_bytes())
    else:
        undo.callback(path.unlink, missing_ok=True)
    _write_if_other(path, _record_bytes(record))
    for file in source.files:
        target = folder / _archive_name(file.name, file.sha256)
        if not target.exists():
            undo.callback(target.unlink, missing_ok=True)
            _copy_atomically(file, target)


def _record_bytes(record: _Record) -> bytes:
    text = json.dumps(
        {
            "format": record.format,
            "table": record.table,
            "source": record.source,
            "sha256": record.sha256,
            "files": [{"name": name, "sha256": sha256} for name, sha256 in record.files],
            "synthetic": record.synthetic,
            "options": record.options,
        },
        ensure_ascii=False,
        indent=1,
        sort_keys=True,
    )
    return (text + "\n").encode()


def _record_path(archive_dir: Path, record: _Record) -> Path:
    return archive_dir / "imports" / "records" / record.format / f"{record.sha256[:16]}.json"


def _records(archive_dir: Path, table: str) -> list[_Record]:
    """Read how the files behind a table were imported, in the order of format and checksum."""
    folder = archive_dir / "imports"
    records = [_read_record(path) for path in sorted((folder / "records").glob("*/*.json"))]
    if table == "gazette_csv":
        # Copies older than these records: gazette listings were all that could be imported.
        replaced = [_read_record(path) for path in (folder / "replaced").glob("*/*.json")]
        covered = {name for record in [*records, *replaced] for name in record.archived}
        for path in sorted(folder.glob("*-*")):
            if path.is_file() and path.name not in covered and not path.name.startswith("."):
                name, sha256 = path.name.partition("-")[2], _sha256(path, path.name)
                records.append(
                    _Record(
                        format="gazette-csv",
                        table="gazette_csv",
                        source=name,
                        sha256=sha256,
                        files=((name, sha256),),
                        synthetic=None,
                        options={},
                    )
                )
    return [record for record in records if record.table == table]


def _read_record(path: Path) -> _Record:
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
        return _Record(
            format=raw["format"],
            table=raw["table"],
            source=raw["source"],
            sha256=raw["sha256"],
            files=tuple((file["name"], file["sha256"]) for file in raw["files"]),
            synthetic=raw["synthetic"],
            options=raw["options"],
        )
    except (ValueError, KeyError, TypeError) as error:
        raise LandingError(f"{path} is no record of an import: {error!r}") from error


def _same_name_notes(present: list[_Record], read: _Read) -> list[str]:
    return [
        "a file of this name with other content was imported before: "
        f"{record.archived[0]}; its rows count too, --replace takes them out"
        for record in present
        if (record.format, record.source) == (read.record.format, read.record.source)
        and record.sha256 != read.record.sha256
    ]


def _refused_path(landing_dir: Path, record: _Record) -> Path:
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
    _write_if_other(target, sink.getvalue().to_pybytes())


def _withdraw(landing_dir: Path, archive_dir: Path, record: _Record) -> None:
    """Forget a replaced import; the copies of its files stay."""
    _refused_path(landing_dir, record).unlink(missing_ok=True)
    path = _record_path(archive_dir, record)
    target = archive_dir / "imports" / "replaced" / record.format / path.name
    target.parent.mkdir(parents=True, exist_ok=True)
    _write_if_other(target, _record_bytes(record))
    path.unlink(missing_ok=True)


def _write_if_other(path: Path, data: bytes) -> None:
    if path.is_file() and path.read_bytes() == data:
        return
    temporary = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        temporary.write_bytes(data)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def _copy_atomically(file: SourceFile, target: Path) -> None:
    temporary = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        digest = hashlib.sha256()
        with file.path.open("rb") as source, temporary.open("wb") as copy:
            while block := source.read(_BLOCK):
                digest.update(block)
                copy.write(block)
        if digest.hexdigest() != file.sha256:
            raise ImportFileError("the file changed while it was being read", file=file.name)
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)
