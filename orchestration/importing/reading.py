"""What importers read: the files that were handed over, and what became of their rows."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
import weakref
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from scrapers.errors import ImportFileError
from scrapers.items import LANDING_TABLES, Party
from scrapers.landing import rows_table

_ROWS_IN_MEMORY = 50_000  # of one source, before they go to a temporary folder


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Repair:
    """A named rule that changed values of a file."""

    rule: str
    columns: tuple[str, ...]
    count: int  # cells that it changed
    evidence: str


def serial_days_repair(columns: Iterable[str], count: int) -> Repair:
    """Return the rule under which a workbook's number of days (41239) became a day."""
    return Repair(
        rule="excel_serial_date",
        columns=tuple(sorted(columns)),
        count=count,
        evidence="days as a workbook counts them (41239 = 2012-11-26)",
    )


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
        spilled = [item for path in self._spilled.get(month, []) for item in read_items(path)]
        return [*spilled, *self._rows.get(month, [])]

    def _spill(self) -> None:
        """Move the rows in memory to files that end with this object."""
        if not self._spilled:
            self._folder = Path(tempfile.mkdtemp(prefix="greenties-import-"))
            weakref.finalize(self, shutil.rmtree, self._folder, ignore_errors=True)
        for month, rows in self._rows.items():
            files = self._spilled.setdefault(month, [])
            # Two tables may have one item; any of them reads it back.
            table = next(name for name, item in LANDING_TABLES.items() if item is type(rows[0]))
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


def read_items(path: Path, table: str | None = None) -> list[Any]:
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
