"""Reader of CSV files too large to be held: records one by one, in bounded memory.

The encoding is told as in :mod:`orchestration.importing.tables`: UTF-8 with or without BOM where
all bytes are UTF-8, else GB18030; a file that is UTF-8 nearly everywhere is damaged UTF-8.
"""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from scrapers.errors import FileEncodingError, ImportFileError, TruncatedFileError

_BLOCK = 1 << 20
# Characters of one cell: a quotation mark that nobody closed would take the rest of the file.
LARGEST_CELL = 1 << 24


@dataclass(slots=True)
class CsvStream:
    """Header of a CSV file and its records, each with the line that it begins on (header = 1)."""

    encoding: str  # "utf-8", "utf-8 with BOM", "gb18030"
    header: list[str]
    records: Iterator[tuple[int, list[str]]]


def csv_stream(
    file: BinaryIO, name: str, encoding: str | None = None, delimiter: str = ","
) -> CsvStream:
    """Open a CSV file for reading record by record.

    Parameters
    ----------
    file : binary file
        At its beginning and seekable: it is read once to tell its encoding.
    name : str
        Name of the file for errors.
    encoding : str, optional
        ``utf-8`` or ``gb18030``, where it shall not be told from the bytes.
    delimiter : str

    Raises
    ------
    FileEncodingError
        If the bytes are no text in this encoding, or in none of the two.
    TruncatedFileError
        If the file is empty; while reading, if it ends inside a quoted cell.
    ImportFileError
        If the file is a workbook; while reading, if a record is no CSV or a cell is larger than
        any text.
    """
    codec = _codec(file, name, encoding)
    file.seek(0)
    text = io.TextIOWrapper(file, encoding=codec, newline="")
    records = _records(text, name, delimiter)
    try:
        _, header = next(records)
    except StopIteration:
        raise TruncatedFileError("the file is empty", file=name) from None
    label = codec.removesuffix("-sig") + (" with BOM" if codec.endswith("sig") else "")
    return CsvStream(label, header, records)


def _records(text: io.TextIOWrapper, name: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    csv.field_size_limit(LARGEST_CELL)
    reader = csv.reader(text, strict=True, delimiter=delimiter)
    line = 1
    try:
        for cells in reader:
            yield line, cells
            line = reader.line_num + 1
    except csv.Error as error:
        kind = TruncatedFileError if "unexpected end" in str(error) else ImportFileError
        raise kind(f"no CSV: {error}", file=name, row=line) from error


def _codec(file: BinaryIO, name: str, encoding: str | None) -> str:
    start = file.read(4)
    if start in (b"PK\x03\x04", b"\xd0\xcf\x11\xe0"):
        raise ImportFileError("this is a workbook; save the sheet as CSV in UTF-8", file=name)
    if start.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise FileEncodingError("the file is UTF-16; save it as UTF-8", file=name, row=1)
    utf8 = "utf-8-sig" if start.startswith(codecs.BOM_UTF8) else "utf-8"
    try:
        if encoding == "gb18030":
            _check(file, name, "gb18030", "GB18030")
            return "gb18030"
        try:
            _check(file, name, "utf-8", "UTF-8")
        except _NotTextError as damage:
            if encoding == "utf-8" or utf8 == "utf-8-sig" or damage.is_nearly_text:
                raise
            _check(file, name, "gb18030", "UTF-8 nor GB18030")
            return "gb18030"
    except _NotTextError as damage:
        raise damage.error from None
    return utf8


class _NotTextError(Exception):
    """Some bytes are no text in an encoding."""

    def __init__(self, error: ImportFileError, *, is_nearly_text: bool) -> None:
        self.error, self.is_nearly_text = error, is_nearly_text


def _check(file: BinaryIO, name: str, codec: str, encodings: str) -> None:
    """Decode the whole file block by block.

    Raises
    ------
    _NotTextError
    """
    file.seek(0)
    decoder = codecs.getincrementaldecoder(codec)()
    row, good = 1, 0
    while True:
        block = file.read(_BLOCK)
        pending = decoder.getstate()[0]
        try:
            good += _beyond_ascii(decoder.decode(block, final=not block))
        except UnicodeDecodeError as error:
            held = pending + block
            loose = held.decode(codec, errors="replace")
            bad = loose.count("\ufffd")
            good += _beyond_ascii(loose) - bad
            kind: type[ImportFileError] = FileEncodingError
            problem = f"the bytes are not {encodings}"
            if not block:
                kind, problem = TruncatedFileError, "the file ends inside a character"
            value = held[max(0, error.start - 8) : error.end + 8].hex(" ")
            row += held[: error.start].count(b"\n")
            raise _NotTextError(
                kind(problem, file=name, row=row, value=value),
                is_nearly_text=good > (10 * bad if block else 0),
            ) from None
        if not block:
            return
        row += block.count(b"\n")


def _beyond_ascii(text: str) -> int:
    return len(text) - len(text.encode("ascii", "ignore"))
