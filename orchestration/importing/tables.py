"""Readers of tables: CSV in the encodings these files come in, and workbooks, as rows of text.

A table is read whole or refused with the place of the damage. Text stays as written; a number of a
workbook becomes the shortest text that gives the number back (``34``, not ``34.0``), a day becomes
an ISO date.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any, overload

from orchestration.importing.streams import LARGEST_CELL, csv_stream
from scrapers.errors import FileEncodingError, ImportFileError, TruncatedFileError

# A text that was once decoded with the wrong code page and saved again holds one of these.
_ALREADY_DAMAGED = ("\ufffd", "锟斤拷", "\0")
_IN_MEMORY = 1 << 27  # bytes; larger texts are read row by row
_LARGEST_SHEET = 1 << 31  # bytes of a workbook once unpacked
_FULL_CELL = 32_767  # characters a spreadsheet cell holds
_FULL_SHEETS = {65_536, 1_048_576}  # rows of an xls and of an xlsx sheet
_LINE_END = re.compile(r"\r\n|\r|\n")
_DELIMITERS = (",", ";", "\t", "|")
_ENCODINGS = {
    "utf-8": "utf-8",
    "utf8": "utf-8",
    "utf-8-sig": "utf-8-sig",
    "gb18030": "gb18030",
    "gbk": "gb18030",  # a subset
    "gb2312": "gb18030",
    "utf-16": "utf-16",
    "big5": "big5",
}


@dataclass(frozen=True, slots=True)
class RawRow:
    """One row below the header: its line or sheet row (header = 1) and its cells as text."""

    number: int
    cells: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class RawTable:
    """A table as it stands in a file."""

    name: str  # of the file
    encoding: str  # "utf-8", "utf-8 with BOM", "gb18030", "xlsx", "xls" …
    header_row: int
    header: list[str]
    rows: Sequence[RawRow]  # in memory; of a large text read from the file each time
    # False: the text has no last line break, so that its last row may have been cut
    is_closed: bool = True
    from_1904: bool = False  # the calendar of a workbook: where its numbers of days begin
    notes: tuple[str, ...] = field(default=())


def read_table(
    path: Path,
    name: str,
    *,
    encoding: str | None = None,
    delimiters: Sequence[str] = (",",),
    is_known: Callable[[str], bool] = lambda _: True,
    multiline: bool = False,
    sheet: str | None = None,
    header_row: int | None = None,
) -> RawTable:
    """Read a CSV file or the one filled sheet of a workbook; the content tells which it is.

    Parameters
    ----------
    path : Path
    name : str
        Name for errors.
    encoding : str, optional
        Encoding of a text, where it shall not be told from its bytes.
    delimiters : sequence of str
        Delimiters of the format; the one counts under which most names of the header are known.
    is_known : callable
        Tells whether the format knows a header name.
    multiline : bool
        Whether a quoted cell may run over several lines.
    sheet : str, optional
        Which sheet of a workbook; needed where several are filled.
    header_row : int, optional
        Line or sheet row of the header where titles stand above it; rows above are left out. The
        first row, or the first filled row of a sheet, otherwise.

    Raises
    ------
    FileEncodingError, TruncatedFileError, ImportFileError
    """
    told = None if encoding is None else _ENCODINGS.get(encoding.lower(), encoding)
    is_large = False
    try:
        with path.open("rb") as file:
            data = file.read(200)
            is_workbook = data.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0"))
            if not is_workbook and header_row is None and told in {None, "utf-8", "gb18030"}:
                is_large = path.stat().st_size > _IN_MEMORY
            if not is_large:
                data += file.read()
    except OSError as error:
        raise ImportFileError(f"cannot be read: {error.strerror}", file=name) from error
    if is_workbook:
        return _workbook(data, name, sheet, header_row)
    if re.match(rb"(\xef\xbb\xbf)?\s*<(!doctype|html|table|\?xml)", data[:200], re.IGNORECASE):
        raise ImportFileError(
            "this is a web page or XML, whatever its name says; save it as CSV or xlsx", file=name
        )
    if is_large:
        return _large_text(path, name, told, delimiters, is_known, multiline=multiline)
    text, used = decode(data, name, encoding)
    delimiter = _delimiter(text, delimiters, is_known, header_row or 1)
    records = csv_records(text, name, delimiter=delimiter, multiline=multiline)
    records = [record for record in records if record.number >= (header_row or 1)]
    if len(records) < 2:
        raise TruncatedFileError("the file has no row below its header", file=name, row=1)
    header, body = records[0], records[1:]
    _refuse_other_delimiter(header, delimiters, is_known, name)
    n_columns, width = len(header.cells), _named_width(header.cells, body)
    return RawTable(
        name=name,
        encoding=used,
        header_row=header.number,
        header=header.cells[:width],
        rows=[_narrowed(row, n_columns, width) for row in body],
        is_closed=text.endswith(("\n", "\r")),
    )


# ------------------------------------------------------------------------------------- text
def decode(data: bytes, name: str, encoding: str | None = None) -> tuple[str, str]:
    """Return text and encoding: UTF-8 with or without BOM, else GB18030.

    Parameters
    ----------
    data : bytes
    name : str
        Name of the file for errors.
    encoding : str, optional
        Take this one instead of telling it from the bytes.

    Raises
    ------
    FileEncodingError, TruncatedFileError
    """
    if not data.strip():
        raise TruncatedFileError("the file is empty", file=name)
    if encoding is not None:
        text, encoding = _decode_as(data, name, encoding)
    else:
        text, encoding = _decode_untold(data, name)
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


def _decode_as(data: bytes, name: str, encoding: str) -> tuple[str, str]:
    known = _ENCODINGS.get(encoding.lower())
    if known is None:
        raise FileEncodingError(
            f"unknown encoding {encoding!r}, known: {', '.join(sorted(_ENCODINGS))}", file=name
        )
    if known == "utf-8" and data.startswith(b"\xef\xbb\xbf"):
        known = "utf-8-sig"
    try:
        return data.decode(known), known
    except UnicodeDecodeError as error:
        raise _bad_byte(data, error, encoding, name) from error


def _decode_untold(data: bytes, name: str) -> tuple[str, str]:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise FileEncodingError("the file is UTF-16; save it as UTF-8", file=name, row=1)
    encoding = "utf-8-sig" if data.startswith(b"\xef\xbb\xbf") else "utf-8"
    try:
        return data.decode(encoding), encoding
    except UnicodeDecodeError as utf8_error:
        loose = data.decode("utf-8", errors="replace")
        bad, good = loose.count("\ufffd"), sum(char > "\x7f" and char != "\ufffd" for char in loose)
        if encoding == "utf-8-sig" or good > 10 * bad:
            raise _bad_byte(data, utf8_error, "UTF-8", name) from utf8_error
        try:
            return data.decode("gb18030"), "gb18030"
        except UnicodeDecodeError as error:
            raise _bad_byte(data, error, "UTF-8 nor GB18030", name) from error


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


def _delimiter(
    text: str, delimiters: Sequence[str], is_known: Callable[[str], bool], header_row: int
) -> str:
    if len(delimiters) == 1:
        return delimiters[0]
    lines = _LINE_END.split(text, maxsplit=header_row)
    line = lines[header_row - 1] if len(lines) >= header_row else ""

    def known(delimiter: str) -> int:
        try:
            cells = next(csv.reader([line], delimiter=delimiter), [])
        except csv.Error:  # longer than any header; whoever reads the rows says what is wrong
            return 0
        return sum(is_known(cell) for cell in cells)

    return max(delimiters, key=known)  # the first of equals


def _refuse_other_delimiter(
    header: RawRow, delimiters: Sequence[str], is_known: Callable[[str], bool], name: str
) -> None:
    """Refuse a text whose header is one cell that another delimiter takes apart."""
    if len(header.cells) != 1:
        return
    for delimiter in _DELIMITERS:
        parts = header.cells[0].split(delimiter)
        if delimiter not in delimiters and sum(is_known(p) for p in parts if p.strip()) > 1:
            raise ImportFileError(
                f"the cells are separated by {delimiter!r}; this format has "
                f"{' or '.join(map(repr, delimiters))}",
                file=name,
                row=header.number,
                value=header.cells[0][:60],
            )


def _named_width(header: Sequence[str], rows: Iterable[RawRow]) -> int:
    """Columns up to the last one that has a name or a value."""
    width = len(header)
    while width and not header[width - 1].strip():
        width -= 1
    for row in rows:
        for position in range(len(header) - 1, width - 1, -1):
            if position < len(row.cells) and row.cells[position].strip():
                width = position + 1
                break
    return width


def _narrowed(row: RawRow, n_columns: int, width: int) -> RawRow:
    """Leave out the empty columns behind the last one; cells beyond the header stay."""
    if n_columns == width:
        return row
    return RawRow(row.number, [*row.cells[:width], *row.cells[n_columns:]])


def csv_records(
    text: str, name: str, *, delimiter: str = ",", multiline: bool = False
) -> list[RawRow]:
    """Split a text into records, header included, with the line each begins on.

    Raises
    ------
    TruncatedFileError
        If the file ends inside a quoted cell.
    ImportFileError
        If a cell runs over several lines and the format has no such cells: a stray quotation mark
        swallowed rows.
    """
    before = csv.field_size_limit(LARGEST_CELL)
    reader = csv.reader(io.StringIO(text, newline=""), strict=True, delimiter=delimiter)
    records: list[RawRow] = []
    line = 1
    try:
        for cells in reader:
            if reader.line_num > line and not multiline:
                raise _swallowed(name, line, cells)
            records.append(RawRow(line, cells))
            line = reader.line_num + 1
    except csv.Error as error:
        kind = TruncatedFileError if "unexpected end" in str(error) else ImportFileError
        raise kind(
            f"no CSV: {error}", file=name, row=line, value=text.splitlines()[line - 1][:60]
        ) from error
    finally:
        csv.field_size_limit(before)
    return records


def _swallowed(name: str, line: int, cells: list[str]) -> ImportFileError:
    return ImportFileError(
        "a cell runs over several lines; a quotation mark is not closed",
        file=name,
        row=line,
        column=str(next((i for i, c in enumerate(cells, 1) if "\n" in c), len(cells))),
        value=next((c for c in cells if "\n" in c), "")[:40],
    )


# ------------------------------------------------------------------------------ large texts
def _large_text(
    path: Path,
    name: str,
    encoding: str | None,
    delimiters: Sequence[str],
    is_known: Callable[[str], bool],
    *,
    multiline: bool,
) -> RawTable:
    with path.open("rb") as file:
        first = file.readline(1 << 20)
        file.seek(-1, io.SEEK_END)
        is_closed = file.read() in {b"\n", b"\r"}
    try:
        line = first.decode("utf-8-sig")
    except UnicodeDecodeError:
        line = first.decode("gb18030", "replace")
    line = _LINE_END.split(line, maxsplit=1)[0]
    rows = _LargeRows(
        path,
        name,
        encoding=encoding,
        delimiter=_delimiter(line, delimiters, is_known, 1),
        multiline=multiline,
    )
    if not len(rows):
        raise TruncatedFileError("the file has no row below its header", file=name, row=1)
    _refuse_other_delimiter(RawRow(1, rows.header), delimiters, is_known, name)
    return RawTable(
        name=name,
        encoding=rows.told_encoding,
        header_row=1,
        header=rows.header,
        rows=rows,
        is_closed=is_closed,
    )


class _LargeRows(Sequence[RawRow]):
    """Rows of a text too large to be held: the file is read anew whenever they are gone through."""

    def __init__(
        self, path: Path, name: str, *, encoding: str | None, delimiter: str, multiline: bool
    ) -> None:
        self._path, self._name = path, name
        self._encoding, self._delimiter = encoding, delimiter
        # Once through all of it: whatever is wrong with the text is known before a row is taken.
        self._n_rows, self._last = 0, RawRow(1, [])
        with path.open("rb") as file:
            stream = csv_stream(file, name, encoding, delimiter)
            self.header, self.told_encoding = stream.header, stream.encoding
            self._n_columns = len(stream.header)
            width = _named_width(stream.header, ())
            for number, cells in stream.records:
                if not multiline and any("\n" in cell for cell in cells):
                    raise _swallowed(name, number, cells)
                self._check(number, cells)
                if width < self._n_columns and len(cells) > width:
                    width = max(width, _named_width(stream.header, [RawRow(number, cells)]))
                self._n_rows, self._last = self._n_rows + 1, RawRow(number, cells)
        self.header = self.header[:width]
        self._last = _narrowed(self._last, self._n_columns, width)

    def _check(self, number: int, cells: list[str]) -> None:
        for position, cell in enumerate(cells):
            for sign in _ALREADY_DAMAGED:
                if sign in cell:
                    header = self.header
                    raise FileEncodingError(
                        "the text was damaged before it was saved (characters were lost)",
                        file=self._name,
                        row=number,
                        column=header[position] if position < len(header) else str(position + 1),
                        value=_around(cell, cell.index(sign)),
                    )

    def __len__(self) -> int:
        return self._n_rows

    def __iter__(self) -> Iterator[RawRow]:
        with self._path.open("rb") as file:
            stream = csv_stream(file, self._name, self._encoding, self._delimiter)
            for number, cells in stream.records:
                yield _narrowed(RawRow(number, cells), self._n_columns, len(self.header))

    @overload
    def __getitem__(self, index: int) -> RawRow: ...
    @overload
    def __getitem__(self, index: slice) -> list[RawRow]: ...
    def __getitem__(self, index: int | slice) -> RawRow | list[RawRow]:
        if index == -1:
            return self._last
        return list(self)[index]


# -------------------------------------------------------------------------------- workbooks
def _workbook(data: bytes, name: str, sheet: str | None, header_row: int | None) -> RawTable:
    import python_calamine as calamine  # only workbooks need it

    kind = "xlsx" if data.startswith(b"PK") else "xls"
    if kind == "xlsx":
        _check_package(data, name)
    try:
        with calamine.CalamineWorkbook.from_filelike(io.BytesIO(data)) as book:
            filled = {
                title: book.get_sheet_by_name(title)
                for meta, title in zip(book.sheets_metadata, book.sheet_names, strict=True)
                if meta.typ == calamine.SheetTypeEnum.WorkSheet
            }
            filled = {title: found for title, found in filled.items() if found.end is not None}
            title = _chosen_sheet(filled, sheet, name)
            cells = filled[title].to_python(skip_empty_area=False)
            # Titles above the header may be merged: they are left out.
            merged = [
                place
                for place in filled[title].merged_cell_ranges or []
                if place[1][0] + 1 >= (header_row or 1)
            ]
    except (calamine.CalamineError, zipfile.BadZipFile) as error:
        raise TruncatedFileError(
            f"the workbook cannot be read, it is damaged or cut: {error}", file=name
        ) from error
    if merged:
        (top, left), (bottom, right) = min(merged)
        raise ImportFileError(
            "the sheet has merged cells, so that values stand in one cell of several; "
            "take the merges apart",
            file=name,
            row=top + 1,
            column=f"{_letters(left)}{top + 1}:{_letters(right)}{bottom + 1}",
        )
    notes = _overlay_xlsx(data, name, title, cells) if kind == "xlsx" else []
    rows = [
        RawRow(n, [_text(cell) for cell in row])
        for n, row in enumerate(cells, 1)
        if n >= (header_row or 1)
    ]
    while rows and not any(rows[-1].cells):
        rows.pop()
    first = next((i for i, row in enumerate(rows) if any(c.strip() for c in row.cells)), None)
    if first is None or first + 1 == len(rows):
        raise TruncatedFileError("the sheet has no row below its header", file=name, row=1)
    header, body = rows[first], rows[first + 1 :]
    width = len(header.cells)
    while (
        width
        and not header.cells[width - 1].strip()
        and not any(row.cells[width - 1] for row in body)
    ):
        width -= 1
    if rows[-1].number in _FULL_SHEETS:
        notes.append(f"the sheet is full ({rows[-1].number:,} rows): were further rows cut off?")
    full = sum(len(cell) >= _FULL_CELL for row in body for cell in row.cells)
    if full:
        notes.append(f"{full:,} cells hold as much as a cell can hold: their text was cut")
    return RawTable(
        name=name,
        encoding=kind,
        header_row=header.number,
        header=header.cells[:width],
        rows=[RawRow(row.number, row.cells[:width] if any(row.cells) else []) for row in body],
        from_1904=kind == "xlsx" and _counts_from_1904(data),
        notes=tuple(notes),
    )


def _chosen_sheet(filled: dict[str, Any], sheet: str | None, name: str) -> str:
    if sheet is not None:
        if sheet not in filled:
            raise ImportFileError(
                f"no filled sheet {sheet!r}; there are: {', '.join(filled) or 'none'}", file=name
            )
        return sheet
    if not filled:
        raise TruncatedFileError("the workbook has no filled sheet", file=name)
    if len(filled) > 1:
        raise ImportFileError(
            f"several sheets are filled ({', '.join(filled)}); name one with --sheet (of a "
            "yearbook: `sheet` in its map)",
            file=name,
        )
    return next(iter(filled))


def _check_package(data: bytes, name: str) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as package:
            size = sum(info.file_size for info in package.infolist())
            names = set(package.namelist())
    except zipfile.BadZipFile as error:
        raise TruncatedFileError(
            f"the workbook cannot be read, it is damaged or cut: {error}", file=name
        ) from error
    if size > _LARGEST_SHEET:
        raise ImportFileError(f"the workbook unpacks to {size:,} bytes, too many", file=name)
    if not any(member.startswith("xl/") for member in names):
        raise ImportFileError("this is a zip file, but no workbook", file=name)


_CELL = re.compile(
    rb"<(?:\w+:)?c((?:\s[^>]*?)?)(?:/>|>(.*?)</(?:\w+:)?c>)", re.DOTALL
)  # an empty one closes itself
_VALUE = re.compile(rb"<(?:\w+:)?v[^>]*>([^<]+)</")
_CALENDAR_OF_1904 = re.compile(rb'\bdate1904="(?:1|true|on)"')
_STYLE = re.compile(rb'\bs="(\d+)"')
_TYPE_OF_NUMBERS = re.compile(rb'\bt="(?!n")')  # any other type than a number's
_REFERENCE = re.compile(rb'\br="([A-Z]+)(\d+)"')


def _overlay_xlsx(data: bytes, name: str, title: str, cells: list[list[Any]]) -> list[str]:
    """Put what the reader leaves out into the cells: errors as text; count formulas.

    Raises
    ------
    ImportFileError
        If a formula has no stored value: nobody knows what its cell shows.
    """
    formulas = percents = errors = 0
    content = _sheet_xml(data, name, title)
    percent_styles = _percent_styles(data)
    if not percent_styles and (
        b"<f" not in content and b":f" not in content and b't="e"' not in content
    ):
        return []
    for attributes, inner in _CELL.findall(content):
        is_formula = re.search(rb"<(?:\w+:)?f[\s>/]", inner) is not None
        is_error = b't="e"' in attributes
        style = _STYLE.search(attributes) if percent_styles else None
        is_percent = style is not None and int(style[1]) in percent_styles
        reference = _REFERENCE.search(attributes)
        if not (is_formula or is_error or is_percent) or reference is None:
            continue
        column, row = reference[1].decode(), int(reference[2])
        value = _VALUE.search(inner)
        if value is None:
            if not is_formula or b't="str"' in attributes:
                continue  # an empty text is the formula's value
            raise ImportFileError(
                "a formula has no stored value; open the file in a spreadsheet program and save "
                "it again, or paste the values",
                file=name,
                row=row,
                column=column,
            )
        formulas += is_formula
        if is_error:
            errors += 1
            _put(cells, row - 1, _position(column), value[1].decode())
        elif is_percent and _TYPE_OF_NUMBERS.search(attributes) is None:
            percents += 1
            _put(cells, row - 1, _position(column), _as_percent(value[1].decode()))
    notes = [f"{formulas:,} cells are formulas; their stored values were taken"] if formulas else []
    if errors:
        notes.append(f"{errors:,} cells hold errors such as #N/A; they were kept as text")
    if percents:
        notes.append(f"{percents:,} cells are shown in percent; they were read as shown: 45.3%")
    return notes


def _counts_from_1904(data: bytes) -> bool:
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        return _CALENDAR_OF_1904.search(package.read("xl/workbook.xml")) is not None


def _percent_styles(data: bytes) -> set[int]:
    """Return the cell formats of a workbook under which 0.453 is shown as 45.3%."""
    from lxml import etree

    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        if "xl/styles.xml" not in package.namelist():
            return set()
        styles = etree.fromstring(package.read("xl/styles.xml"), parser)
    ids = {"9", "10"}  # 0% and 0.00%, built in
    for entry in styles.iterfind("{*}numFmts/{*}numFmt"):
        # A sign in quotes or behind a backslash is only printed.
        if "%" in re.sub(r'"[^"]*"|\\.', "", entry.get("formatCode") or ""):
            ids.add(entry.get("numFmtId") or "")
    formats = styles.findall("{*}cellXfs/{*}xf")
    return {place for place, entry in enumerate(formats) if entry.get("numFmtId") in ids}


def _as_percent(number: str) -> str:
    """Return 0.453 as 45.3%, digit by digit."""
    return f"{Decimal(repr(float(number))).scaleb(2).normalize():f}%"


def _put(cells: list[list[Any]], row: int, column: int, text: str) -> None:
    while len(cells) <= row:
        cells.append([""] * len(cells[0]))
    cells[row].extend([""] * (column + 1 - len(cells[row])))
    cells[row][column] = text


def _sheet_xml(data: bytes, name: str, title: str) -> bytes:
    """Return the XML of a sheet, found by its title."""
    from lxml import etree

    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        book = etree.fromstring(package.read("xl/workbook.xml"), parser)
        links = etree.fromstring(package.read("xl/_rels/workbook.xml.rels"), parser)
        targets = {link.get("Id"): link.get("Target") for link in links}
        for entry in book.iter("{*}sheet"):
            if entry.get("name") == title:
                ids = [v for k, v in entry.attrib.items() if k.endswith("}id")]
                target = str(targets[ids[0]])
                member = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
                return package.read(member)
    raise ImportFileError(f"the workbook does not say where sheet {title!r} stands", file=name)


def _text(cell: Any) -> str:
    """Return a cell of a workbook as text."""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, int | float):
        if cell == int(cell) and abs(cell) < 1e15:
            return str(int(cell))
        return repr(cell).upper()
    if isinstance(cell, dt.datetime):
        return cell.date().isoformat() if cell.time() == dt.time() else cell.isoformat()
    if isinstance(cell, dt.date | dt.time):
        return cell.isoformat()
    return str(cell)


def _letters(column: int) -> str:
    text = ""
    while column >= 0:
        column, rest = divmod(column, 26)
        text, column = chr(65 + rest) + text, column - 1
    return text


def _position(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number - 1
