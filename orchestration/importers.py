"""Importers: files that somebody else saved, into landing, as they are.

A file is read as a whole or not at all; a row is landed or stands in the import rejections with a
reason. Values are kept as written. The two repairs there are have a name, are listed in the column
map beside this module and counted in the report.
"""

from __future__ import annotations

import csv
import datetime as dt
import difflib
import hashlib
import io
import os
import re
import tomllib
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from scrapers.errors import (
    ColumnContentError,
    FileEncodingError,
    ImportFileError,
    LandingError,
    MissingColumnError,
    TruncatedFileError,
    UnknownColumnError,
)
from scrapers.items import GazetteCsvPublication
from scrapers.landing import (
    current_file,
    current_months,
    exclusive,
    land_rows,
    month_is_intact,
)

TABLE = "gazette_csv"
COLUMN_MAP = Path(__file__).with_name("gazette_csv_columns.toml")
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
_DATE = re.compile(r"(\d{4})[.\-/]?(\d{1,2})[.\-/]?(\d{1,2})")
_PUBLICATION_NO = re.compile(r"CN\d{7,9}([A-Z])\d?")
_BRACKETS = str.maketrans("（）", "()")
# A text that was once decoded with the wrong code page and saved again holds one of these.
_ALREADY_DAMAGED = ("\ufffd", "锟斤拷", "\0")


@dataclass(frozen=True, slots=True, kw_only=True)
class Repair:
    """A named rule of the column map, applied to a file."""

    rule: str
    columns: tuple[str, ...]
    count: int  # cells that it changed
    evidence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportRejection:
    """A row, or a field of it, that could not be landed; columns as in docs/warehouse.md."""

    source_file: str
    source_row: int
    field: str | None
    value: str | None
    reason: str
    rule: str
    raw_pointer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FileReport:
    """What became of one file: ``rows`` = ``landed`` + ``rejected``."""

    file: str
    sha256: str
    encoding: str
    rows: int
    landed: int
    rejected: int
    reasons: dict[str, int]
    repairs: tuple[Repair, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportReport:
    """What became of an import; ``str()`` prints it."""

    files: tuple[FileReport, ...]
    months: dict[str, str]  # month YYYY-MM -> imported, restored or unchanged

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
            lines.extend(f"  rejected {n:,}: {reason}" for reason, n in file.reasons.items())
            lines.extend(
                f"  rule {repair.rule} on {', '.join(repair.columns)}: {repair.count:,} cells; "
                f"{repair.evidence}"
                for repair in file.repairs
            )
            lines.extend(f"  {note}" for note in file.notes)
        lines.append(
            f"All files: {self.rows:,} rows = {self.landed:,} landed + {self.rejected:,} rejected"
        )
        lines.extend(f"  month {month}: {event}" for month, event in self.months.items())
        return "\n".join(lines)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Column:
    field: str
    names: tuple[str, ...]
    required: bool
    is_list: bool
    looks_like: re.Pattern[str] | None
    unlike: re.Pattern[str] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _ColumnMap:
    columns: tuple[_Column, ...]
    ignored: frozenset[str]
    judged_from: int
    least_share: float
    sources: dict[str, str]
    swappable: tuple[tuple[str, str], ...]
    en_space: tuple[str, str]

    def fits(self, field: str, value: str) -> bool | None:
        """Tell whether a value looks like its field; ``None`` where the map does not say."""
        column = next(c for c in self.columns if c.field == field)
        if column.looks_like is not None:
            return column.looks_like.search(value) is not None
        return None if column.unlike is None else column.unlike.search(value) is None


@dataclass(slots=True, kw_only=True)
class _ReadFile:
    name: str
    path: Path
    sha256: str
    encoding: str
    n_rows: int
    rows: dict[str, list[GazetteCsvPublication]]
    rejections: list[ImportRejection]
    repairs: list[Repair]
    notes: list[str]


def import_gazette_csv(
    paths: Sequence[Path],
    *,
    landing_dir: Path,
    archive_dir: Path,
    progress: Callable[[str], None] | None = None,
    synthetic: bool = False,
) -> ImportReport:
    """Land gazette listings that were saved as CSV, by gazette month.

    Parameters
    ----------
    paths : sequence of Path
        Files in UTF-8 (with or without BOM) or GB18030, header as the column map says.
    landing_dir, archive_dir : Path
        Rows go to ``landing/gazette_csv`` and ``landing/import_rejections``, the files themselves
        to ``raw/imports``.
    progress : callable, optional
        Is told in one line what is going on.
    synthetic : bool
        Whether the files hold invented data.

    Returns
    -------
    ImportReport
        Rows, landed and rejected per file, the repairs and what became of each month. Importing
        the same file again changes nothing.

    Raises
    ------
    ImportFileError
        If a file cannot be read as a whole (encoding, missing or unknown column, a column that
        does not hold what its name says, truncated); nothing is changed then.
    LandingBusyError
        If another import into the same folder is under way.
    """
    tell = progress or (lambda text: None)
    new = _read_all(paths, tell)
    with exclusive(landing_dir, TABLE):
        known = _still_needed(landing_dir, archive_dir, new, tell)
        tell("landing")
        # Nothing was written so far: from here on every file is known to be good.
        for file in new:
            file.notes.extend(_same_name_notes(archive_dir, file))
            _archive(archive_dir, file)
        months = _land(landing_dir, [*new, *known], synthetic=synthetic)
        for file in [*new, *known]:
            _write_rejections(landing_dir, file)
    return ImportReport(files=tuple(_report(file) for file in new), months=months)


# ------------------------------------------------------------------------------- whole import
def _read_all(paths: Iterable[Path], tell: Callable[[str], None]) -> list[_ReadFile]:
    files: dict[str, _ReadFile] = {}
    for path in paths:
        tell(f"reading {path.name}")
        file = _read_file(path, path.name)
        files.setdefault(file.sha256, file)  # the same file given twice counts once
    return list(files.values())


def _still_needed(
    landing_dir: Path, archive_dir: Path, new: list[_ReadFile], tell: Callable[[str], None]
) -> list[_ReadFile]:
    """Read earlier imports again when a landed month is gone or damaged, so that it is restored."""
    try:
        months = current_months(landing_dir, TABLE)
    except LandingError:
        months = None  # a damaged manifest: nobody knows which files its month was made of
    if months is not None and all(month_is_intact(landing_dir, TABLE, month) for month in months):
        return []
    given = {file.sha256 for file in new}
    known = []
    for path in sorted((archive_dir / "imports").glob("*-*")):
        tell(f"reading {path.name} again: a landed month is damaged")
        file = _read_file(path, path.name.partition("-")[2])
        if file.sha256 not in given:
            known.append(file)
    return known


def _land(landing_dir: Path, files: list[_ReadFile], *, synthetic: bool) -> dict[str, str]:
    outcome = {}
    read = {file.sha256 for file in files}
    for month in sorted({month for file in files for month in file.rows}):
        rows = [row for file in files for row in file.rows.get(month, [])]
        rows += [row for row in _landed_rows(landing_dir, month) if _file_of(row) not in read]
        line = land_rows(
            landing_dir,
            TABLE,
            month,
            rows,
            site="import",
            site_counters={},
            synthetic=synthetic,
            event="imported",
        )
        outcome[month] = str(line["event"])
    return outcome


def _landed_rows(landing_dir: Path, month: str) -> Iterator[GazetteCsvPublication]:
    if not month_is_intact(landing_dir, TABLE, month):
        return
    path = current_file(landing_dir, TABLE, month)
    assert path is not None  # intact months have one
    for row in pq.read_table(path).to_pylist():
        yield GazetteCsvPublication(**row)


def _file_of(row: GazetteCsvPublication) -> str:
    return row.raw_pointer.removeprefix("sha256:").partition("#")[0]


def _archive(archive_dir: Path, file: _ReadFile) -> None:
    folder = archive_dir / "imports"
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / f"{file.sha256[:16]}-{file.name}"
    if not target.exists():
        _write_atomically(target, file.path.read_bytes())


def _same_name_notes(archive_dir: Path, file: _ReadFile) -> list[str]:
    others = [
        path.name
        for path in (archive_dir / "imports").glob(f"*-{file.name}")
        if not path.name.startswith(file.sha256[:16]) and path.name.partition("-")[2] == file.name
    ]
    return [f"a file of this name with other content was imported before: {n}" for n in others]


def _write_rejections(landing_dir: Path, file: _ReadFile) -> None:
    """Write the refused rows of a file; an empty table says that the file had none."""
    folder = landing_dir / "import_rejections"
    folder.mkdir(parents=True, exist_ok=True)
    ordered = sorted(file.rejections, key=lambda r: (r.source_row, r.field or ""))
    columns = [
        pa.array(
            [TABLE if name == "source_table" else getattr(row, name) for row in ordered],
            type=REJECTION_SCHEMA.field(name).type,
        )
        for name in REJECTION_SCHEMA.names
    ]
    sink = pa.BufferOutputStream()
    table = pa.Table.from_arrays(columns, schema=REJECTION_SCHEMA)
    pq.write_table(table, sink, compression="zstd")
    data = sink.getvalue().to_pybytes()
    target = folder / f"{file.sha256[:16]}.parquet"
    if not target.is_file() or target.read_bytes() != data:
        _write_atomically(target, data)


def _write_atomically(path: Path, data: bytes) -> None:
    temporary = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        temporary.write_bytes(data)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def _report(file: _ReadFile) -> FileReport:
    landed = sum(len(rows) for rows in file.rows.values())
    return FileReport(
        file=file.name,
        sha256=file.sha256,
        encoding=file.encoding,
        rows=file.n_rows,
        landed=landed,
        rejected=len(file.rejections),
        reasons=dict(sorted(Counter(r.reason for r in file.rejections).items())),
        repairs=tuple(file.repairs),
        notes=tuple(file.notes),
    )


# ---------------------------------------------------------------------------------- one file
def _read_file(path: Path, name: str) -> _ReadFile:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ImportFileError(f"cannot be read: {error.strerror}", file=name) from error
    sha256 = hashlib.sha256(data).hexdigest()
    text, encoding = _decode(data, name)
    records = _records(text, name)
    column_map = _column_map()
    header = records[0][1]
    positions = _positions(header, column_map, name)
    body = records[1:]
    file = _ReadFile(
        name=name,
        path=path,
        sha256=sha256,
        encoding=encoding,
        n_rows=len(body),
        rows={},
        rejections=[],
        repairs=[],
        notes=[],
    )
    positions = _judge_columns(file, header, body, positions=positions, column_map=column_map)
    if not text.endswith(("\n", "\r")):
        _check_last_record(body[-1], header, positions, column_map, name)
    restored: Counter[str] = Counter()
    for line, cells in body:
        _read_row(
            file,
            line,
            cells,
            n_columns=len(header),
            positions=positions,
            column_map=column_map,
            restored=restored,
        )
    if restored:
        file.repairs.append(
            Repair(
                rule="en_space_restored",
                columns=tuple(sorted(restored)),
                count=restored.total(),
                evidence="'??' after a semicolon stands for EN SPACE",
            )
        )
    return file


def _read_row(
    file: _ReadFile,
    line: int,
    cells: list[str],
    *,
    n_columns: int,
    positions: dict[str, int],
    column_map: _ColumnMap,
    restored: Counter[str],
) -> None:
    """Land one row, or refuse it with a reason."""
    pointer = f"sha256:{file.sha256}#{line}"

    def refuse(field: str | None, value: str | None, reason: str, rule: str) -> None:
        file.rejections.append(
            ImportRejection(
                source_file=file.name,
                source_row=line,
                field=field,
                value=value,
                reason=reason,
                rule=rule,
                raw_pointer=pointer,
            )
        )

    if len(cells) != n_columns:
        # The cells may hold names of persons: the pointer leads to them, the value counts them.
        reason = "row_empty" if not cells else "row_short" if len(cells) < n_columns else "row_long"
        refuse(None, f"{len(cells)} cells of {n_columns}", reason, "cells_as_in_header")
        return
    values: dict[str, str | None] = {}
    for column in column_map.columns:
        position = positions.get(column.field)
        value = None if position is None else cells[position]
        if value is not None and column.is_list:
            written, meant = column_map.en_space
            if written in value:
                restored[column.field] += 1
                value = value.replace(written, meant)
        values[column.field] = value if value is not None and value.strip() else None
    number = values["publication_no"]
    match = _PUBLICATION_NO.fullmatch((number or "").strip())
    source_type = column_map.sources.get(match[1]) if match else None
    if source_type is None:
        refuse("publication_no", number, "publication_no_unreadable", "kind_code_of_publication_no")
        return
    month = _month_of(values["publication_date"])
    if month is None:
        refuse(
            "publication_date",
            values["publication_date"],
            "publication_date_unreadable",
            "month_of_publication_date",
        )
        return
    file.rows.setdefault(month, []).append(
        GazetteCsvPublication(
            source_type=source_type,
            **values,
            source_file=file.name,
            source_row=line,
            raw_pointer=pointer,
        )
    )


def _month_of(text: str | None) -> str | None:
    match = _DATE.fullmatch((text or "").strip())
    if match is None:
        return None
    try:
        return f"{dt.date(*(int(part) for part in match.groups())):%Y-%m}"
    except ValueError:
        return None


# --------------------------------------------------------------------------- bytes and records
def _decode(data: bytes, name: str) -> tuple[str, str]:
    """Return text and encoding: UTF-8 with or without BOM, else GB18030.

    Raises
    ------
    FileEncodingError, TruncatedFileError
    """
    if not data.strip():
        raise TruncatedFileError("the file is empty", file=name)
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise FileEncodingError("the file is UTF-16; save it as UTF-8", file=name, row=1)
    encoding = "utf-8-sig" if data.startswith(b"\xef\xbb\xbf") else "utf-8"
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as utf8_error:
        loose = data.decode("utf-8", errors="replace")
        bad, good = loose.count("\ufffd"), sum(char > "\x7f" and char != "\ufffd" for char in loose)
        if encoding == "utf-8-sig" or good > 10 * bad:
            raise _bad_byte(data, utf8_error, "UTF-8", name) from utf8_error
        encoding = "gb18030"
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError as error:
            raise _bad_byte(data, error, "UTF-8 nor GB18030", name) from error
    for sign in _ALREADY_DAMAGED:
        if sign in text:
            before = text[: text.index(sign)]
            row, column = _place(before)
            raise FileEncodingError(
                "the text was damaged before it was saved (characters were lost)",
                file=name,
                row=row,
                column=column,
                value=_around(text, len(before)),
            )
    return text, encoding.removesuffix("-sig") + (" with BOM" if encoding.endswith("sig") else "")


def _bad_byte(
    data: bytes, error: UnicodeDecodeError, encoding: str, name: str
) -> FileEncodingError | TruncatedFileError:
    before = data[: error.start].decode("gb18030" if "GB" in encoding else "utf-8", "replace")
    row, column = _place(before)
    value = data[max(0, error.start - 8) : error.end + 8].hex(" ")
    # utf-8 and gb18030 need at most four bytes: a character cut off at the very end
    if error.end >= len(data) and error.start >= len(data) - 3:
        return TruncatedFileError(
            "the file ends inside a character", file=name, row=row, column=column, value=value
        )
    return FileEncodingError(
        f"the bytes are not {encoding}", file=name, row=row, column=column, value=value
    )


def _place(before: str) -> tuple[int, str]:
    """Line (header = 1) and column name, or number where the header has none, of a text's end."""
    line_start = before.rfind("\n") + 1
    position = before.count(",", line_start)
    header = before.partition("\n")[0].lstrip("\ufeff").split(",") if line_start else []
    column = header[position].strip() if position < len(header) else str(position + 1)
    return before.count("\n") + 1, column


def _around(text: str, position: int) -> str:
    return text[max(0, position - 10) : position + 10].splitlines()[0]


def _records(text: str, name: str) -> list[tuple[int, list[str]]]:
    """Split a text into records with the line each begins on.

    Raises
    ------
    TruncatedFileError
        If the file ends inside a quoted cell or has nothing below its header.
    ImportFileError
        If a cell runs over several lines: a stray quotation mark swallowed rows.
    """
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    records: list[tuple[int, list[str]]] = []
    line = 1
    try:
        for cells in reader:
            if reader.line_num > line:
                raise ImportFileError(
                    "a cell runs over several lines; a quotation mark is not closed",
                    file=name,
                    row=line,
                    column=str(next((i for i, c in enumerate(cells, 1) if "\n" in c), len(cells))),
                    value=next((c for c in cells if "\n" in c), "")[:40],
                )
            records.append((line, cells))
            line = reader.line_num + 1
    except csv.Error as error:
        kind = TruncatedFileError if "unexpected end" in str(error) else ImportFileError
        raise kind(
            f"no CSV: {error}", file=name, row=line, value=text.splitlines()[line - 1][:60]
        ) from error
    if len(records) < 2:
        raise TruncatedFileError("the file has no row below its header", file=name, row=1)
    return records


def _check_last_record(
    record: tuple[int, list[str]],
    header: list[str],
    positions: dict[str, int],
    column_map: _ColumnMap,
    name: str,
) -> None:
    """Refuse a file without a last line break whose last row may have been cut.

    Raises
    ------
    TruncatedFileError
    """
    line, cells = record
    field = next((f for f, p in positions.items() if p == len(header) - 1), None)
    is_whole = len(cells) == len(header) and (
        field is None or column_map.fits(field, cells[-1]) is not False
    )
    closes = not cells[-1].rstrip().endswith(("(", "/")) and cells[-1].count("(") == cells[
        -1
    ].count(")")
    if is_whole and closes:
        return
    raise TruncatedFileError(
        f"the file ends in the middle of a row: {len(cells)} cells of {len(header)}, no line break",
        file=name,
        row=line,
        column=header[min(len(cells), len(header)) - 1],
        value=cells[-1],
    )


# ----------------------------------------------------------------------------------- columns
@cache
def _column_map() -> _ColumnMap:
    raw = tomllib.loads(COLUMN_MAP.read_text(encoding="utf-8"))
    fields_known = {f.name for f in fields(GazetteCsvPublication)}
    columns = tuple(
        _Column(
            field=field,
            names=tuple(_normal(n) for n in (field, *entry["names"])),
            required=entry["required"],
            is_list=entry.get("list", False),
            looks_like=re.compile(entry["looks_like"]) if "looks_like" in entry else None,
            unlike=re.compile(entry["unlike"]) if "unlike" in entry else None,
        )
        for field, entry in raw["columns"].items()
    )
    unknown = {c.field for c in columns} - fields_known
    if unknown:
        raise LandingError(f"{COLUMN_MAP.name}: no landing field {sorted(unknown)}")
    repairs: list[dict[str, Any]] = raw["repairs"]
    en_space = next(r for r in repairs if r["rule"] == "en_space_restored")
    return _ColumnMap(
        columns=columns,
        ignored=frozenset(_normal(n) for n in raw["ignored"]),
        judged_from=raw["judged_from"],
        least_share=raw["least_share"],
        sources=dict(raw["sources"]),
        swappable=tuple(
            (r["columns"][0], r["columns"][1]) for r in repairs if r["rule"] == "columns_swapped"
        ),
        en_space=(en_space["written"], en_space["meant"]),
    )


def _normal(name: str) -> str:
    """Header name without white space, case and bracket width."""
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", name).translate(_BRACKETS)).casefold()


def _positions(header: list[str], column_map: _ColumnMap, name: str) -> dict[str, int]:
    """Find the column of every field.

    Raises
    ------
    UnknownColumnError, MissingColumnError
    """
    field_of = {n: column.field for column in column_map.columns for n in column.names}
    positions: dict[str, int] = {}
    for position, cell in enumerate(header):
        normal = _normal(cell)
        if normal in column_map.ignored:
            continue
        field = field_of.get(normal)
        if field is None:
            nearest = difflib.get_close_matches(normal, field_of, n=1, cutoff=0.0)
            raise UnknownColumnError(
                f"the column map does not know this column; nearest known name {nearest[0]!r}",
                file=name,
                row=1,
                column=str(position + 1),
                value=cell,
            )
        if field in positions:
            raise UnknownColumnError(
                f"two columns hold {field}", file=name, row=1, column=str(position + 1), value=cell
            )
        positions[field] = position
    for column in column_map.columns:
        if column.required and column.field not in positions:
            raise MissingColumnError(
                f"no column {column.field} (known as {', '.join(column.names[1:])})",
                file=name,
                row=1,
                column=column.field,
                value=",".join(header),
            )
    return positions


def _judge_columns(
    file: _ReadFile,
    header: list[str],
    body: list[tuple[int, list[str]]],
    *,
    positions: dict[str, int],
    column_map: _ColumnMap,
) -> dict[str, int]:
    """Compare what columns hold with what their names say; repair by a named rule, or refuse.

    Raises
    ------
    ColumnContentError, FileEncodingError
    """
    whole = [cells for _, cells in body if len(cells) == len(header)]
    share = {
        (field, position): _share(whole, field, position, column_map)
        for field in positions
        for position in positions.values()
    }

    def is_good(field: str, position: int) -> bool:
        fitting, filled = share[field, position]
        if filled < column_map.judged_from:
            return fitting > 0 or filled == 0
        return fitting >= column_map.least_share * filled

    positions = dict(positions)
    for one, other in column_map.swappable:
        if one not in positions or other not in positions:
            continue
        here, there = positions[one], positions[other]
        if is_good(one, here) or not (is_good(one, there) and is_good(other, here)):
            continue
        positions[one], positions[other] = there, here
        fitting, filled = share[one, there]
        wrong, _ = share[one, here]
        file.repairs.append(
            Repair(
                rule="columns_swapped",
                columns=(one, other),
                count=2 * len(whole),
                evidence=f"{wrong:,} of {filled:,} cells below {header[here]!r} look like {one}, "
                f"{fitting:,} below {header[there]!r}",
            )
        )
    bad = [f for f, position in positions.items() if not is_good(f, position)]
    if not bad:
        return positions
    field = "address" if "address" in bad else bad[0]
    line, value = next(
        (line, cells[positions[field]])
        for line, cells in body
        if len(cells) == len(header)
        and cells[positions[field]].strip()
        and column_map.fits(field, cells[positions[field]]) is False
    )
    fitting, filled = share[field, positions[field]]
    evidence = f"{fitting:,} of {filled:,} cells look like {field}"
    kind: type[ImportFileError] = ColumnContentError
    problem = "the column does not hold what its name says"
    if field == "address" and not any(share[field, p][0] for p in positions.values()):
        problem = f"no column reads as addresses in {file.encoding}; is the encoding another one?"
        kind = FileEncodingError
    raise kind(
        f"{problem}: {evidence}",
        file=file.name,
        row=line,
        column=header[positions[field]],
        value=value,
    )


def _share(
    whole: list[list[str]], field: str, position: int, column_map: _ColumnMap
) -> tuple[int, int]:
    """Cells that look like the field, and filled cells, of one column."""
    filled = [cells[position] for cells in whole if cells[position].strip()]
    fitting = sum(column_map.fits(field, value.strip()) is not False for value in filled)
    return fitting, len(filled)
