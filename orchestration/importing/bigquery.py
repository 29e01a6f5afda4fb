"""The format ``bigquery``: publications of the public patent data set, JSON lines or Parquet.

One record is one publication. JSON lines may be packed with gzip; integers may be written as text,
as exports do with INT64. Lists of Parquet files may be wrapped (``{"list": [{"element": ...}]}``).
"""

from __future__ import annotations

import gzip
import json
import tomllib
import zlib
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import IO, Any, cast

from orchestration.importing.columns import MAPS
from orchestration.importing.core import ImportFormat, Options, Reading, Source
from orchestration.importing.dates import month_of
from orchestration.importing.nearest import nearest_name
from orchestration.importing.numbers import application_no_state, publication_no_is_intact
from scrapers.errors import (
    ColumnContentError,
    FileEncodingError,
    ImportFileError,
    MissingColumnError,
    TruncatedFileError,
    UnknownColumnError,
)
from scrapers.items import ImportedPublication

DEFAULT_AUTHORITIES = ("CN",)
_LONGEST_LINE = 1 << 26  # bytes; full texts of one publication reach some megabytes
_BATCH = 2_000


@cache
def _map() -> dict[str, Any]:
    return tomllib.loads((MAPS / "bigquery.toml").read_text(encoding="utf-8"))


@cache
def _known() -> frozenset[str]:
    m = _map()
    return frozenset(
        {name for names in m["fields"].values() for name in names}
        | set(m["others"]["kept"])
        | set(m["others"]["ignored"])
    )


def read(source: Source, options: Options) -> Reading:
    """Read one export.

    Parameters
    ----------
    source : Source
    options : mapping
        ``authorities``: two-letter codes that land; publications of others are refused with the
        reason ``other_authority``. CN without it.

    Raises
    ------
    ImportFileError
        If a line is no JSON object, a field is unknown, or the file is cut.
    """
    wanted = frozenset(options.get("authorities") or DEFAULT_AUTHORITIES)
    path = source.file.path
    with path.open("rb") as file:
        head = file.read(4)
    is_parquet = head == b"PAR1"
    kind = (
        "parquet" if is_parquet else "json lines, gzip" if head[:2] == b"\x1f\x8b" else "json lines"
    )
    reading = Reading(source, encoding=kind)
    records = _parquet(path, source.name) if is_parquet else _json_lines(path, source.name)
    checked: set[frozenset[str]] = set()
    for row, record in records:
        names = frozenset(record)
        if names not in checked:
            _check_names(names, row, source.name)
            checked.add(names)
        reading.n_rows += 1
        _take(reading, row, _Record(record, row, source.name), wanted)
    if not reading.n_rows:
        raise TruncatedFileError("the file holds no record", file=source.name)
    return reading


def _check_names(names: frozenset[str], row: int, file: str) -> None:
    for name in sorted(names - _known()):
        raise UnknownColumnError(
            "the map does not know this field; nearest known name "
            f"{nearest_name(name, _known())!r}",
            file=file,
            row=row,
            column=name,
            value=name,
        )
    for field in ("publication_no", "publication_date"):
        if not names.intersection(_map()["fields"][field]):
            raise MissingColumnError(
                f"no field {field} (known as {', '.join(_map()['fields'][field])})",
                file=file,
                row=row,
                column=field,
            )


class _Record:
    """One publication, its values checked for their kind when they are asked for."""

    def __init__(self, values: Mapping[str, Any], row: int, file: str) -> None:
        self._values, self._row, self._file = values, row, file
        self._dates = frozenset(_map()["rules"]["dates"])

    def text(self, name: str) -> str | None:
        """Return a scalar as text; None where it is null, empty or a date of 0."""
        value = self._values.get(name)
        if value is None:
            return None
        if not isinstance(value, str | int) or isinstance(value, bool):
            raise self._misfit(name, value, "no text and no whole number")
        text = str(value).strip()
        return None if not text or (name in self._dates and text == "0") else text

    def items(self, name: str) -> list[Any]:
        """Return a list; empty where it is null."""
        value = _unwrapped(self._values.get(name))
        if value is None:
            return []
        if not isinstance(value, list):
            raise self._misfit(name, value, "no list")
        return [item for item in (_unwrapped(item) for item in value) if item is not None]

    def texts(self, name: str, key: str) -> list[str]:
        """Return the texts of a list of texts, or of one of structs with this key."""
        found = []
        for item in self.items(name):
            value = item.get(key) if isinstance(item, dict) else item
            if value is None:
                continue
            if not isinstance(value, str):
                raise self._misfit(name, value, "no text")
            if value.strip():
                found.append(value)
        return found

    def localized(self, name: str) -> str | None:
        """Return the text in the wanted language, or else in the first that is there."""
        items = [item for item in self.items(name) if isinstance(item, dict) and item.get("text")]
        for language in _map()["rules"]["languages"]:
            for item in items:
                if str(item.get("language") or "").lower().startswith(language):
                    return str(item["text"])
        return str(items[0]["text"]) if items else None

    def kept(self) -> dict[str, str]:
        """Return the fields for other_fields."""
        return {
            name: text for name in _map()["others"]["kept"] if (text := self.text(name)) is not None
        }

    def _misfit(self, name: str, value: Any, problem: str) -> ColumnContentError:
        return ColumnContentError(
            f"the field holds {problem}",
            file=self._file,
            row=self._row,
            column=name,
            value=str(value)[:60],
        )


def _take(reading: Reading, row: int, record: _Record, wanted: frozenset[str]) -> None:
    number = record.text("publication_number")
    if number is None:
        reading.refuse(
            row, "publication_no_missing", rule="number_of_document", field="publication_no"
        )
        return
    authority = record.text("country_code") or number[:2].upper()
    if authority not in wanted:
        reading.refuse(
            row,
            "other_authority",
            rule="authority_of_document",
            field="publication_authority",
            value=authority,
            hint=f"only {', '.join(sorted(wanted))} lands; --authority names others",
        )
        return
    if authority == "CN" and not publication_no_is_intact(number):
        reading.refuse(
            row,
            "publication_no_unreadable",
            rule="number_of_document",
            field="publication_no",
            value=number,
        )
        return
    date = record.text("publication_date")
    month = month_of(date)
    if month is None:
        reading.refuse(
            row,
            "publication_date_missing" if date is None else "publication_date_unreadable",
            rule="month_of_publication_date",
            field="publication_date",
            value=date,
        )
        return
    application_no = _application_no(reading, row, record, authority)
    harmonized = record.texts("assignee_harmonized", "name")
    applicants = record.texts("assignee", "name") or harmonized
    countries = [
        str(item.get("country_code") or "") if isinstance(item, dict) else ""
        for item in record.items("assignee_harmonized")
    ]
    others = record.kept()
    reading.land(
        month,
        ImportedPublication(
            source_format="bigquery",
            publication_authority=authority,
            kind_label=None,
            title=record.localized("title_localized"),
            publication_no=number,
            publication_date=date,
            grant_no=None,
            grant_date=record.text("grant_date"),
            application_no=application_no,
            application_date=record.text("filing_date"),
            applicants=tuple(applicants),
            applicant_addresses=(),
            # Names and countries stand in two lists; only equal lengths belong together.
            applicant_countries=tuple(countries) if len(countries) == len(applicants) else (),
            current_holders=(),
            inventors=tuple(
                record.texts("inventor", "name") or record.texts("inventor_harmonized", "name")
            ),
            postcode=None,
            region=None,
            ipc=_symbols(record, "ipc"),
            cpc=_symbols(record, "cpc"),
            locarno=_symbols(record, "locarno"),
            agencies=(),
            agents=(),
            priority=tuple(
                str(item.get("application_number") or item.get("publication_number"))
                for item in record.items("priority_claim")
                if isinstance(item, dict)
                and (item.get("application_number") or item.get("publication_number"))
            ),
            abstract=record.localized("abstract_localized"),
            other_fields=json.dumps(others, ensure_ascii=False) if others else None,
            **reading.origin(row),
        ),
    )


def _application_no(reading: Reading, row: int, record: _Record, authority: str) -> str | None:
    """Return the number of the application, the first written form that is intact."""
    written = [
        text
        for name in _map()["fields"]["application_no"]
        if (text := record.text(name)) is not None
    ]
    if authority != "CN":
        return written[0] if written else None
    for text in written:
        if application_no_state(text) == "intact":
            return text
    if written:
        reading.refuse_field(
            row,
            "application_no_unreadable",
            rule="number_of_application",
            field="application_no",
            value=written[0],
        )
    return None


def _symbols(record: _Record, name: str) -> tuple[str, ...]:
    """Return classification symbols, the one marked as first before the others."""
    first: list[str] = []
    rest: list[str] = []
    for item in record.items(name):
        is_struct = isinstance(item, dict)
        code = item.get("code") if is_struct else item
        if code is not None and str(code).strip():
            is_first = is_struct and item.get("first") in (True, "true")
            (first if is_first else rest).append(str(code))
    return tuple(dict.fromkeys([*first, *rest]))


def _unwrapped(value: Any) -> Any:
    """Take the wrapping of nested Parquet lists off."""
    if isinstance(value, dict) and len(value) == 1:
        for key in ("list", "element", "item"):
            if key in value:
                return value[key]
    return value


# ------------------------------------------------------------------------------------- files
def _json_lines(path: Path, name: str) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield line and object of every line that is not blank.

    Raises
    ------
    TruncatedFileError, FileEncodingError, ImportFileError
    """
    with path.open("rb") as file:
        packed = file.read(2) == b"\x1f\x8b"
        file.seek(0)
        stream = cast("IO[bytes]", gzip.GzipFile(fileobj=file) if packed else file)
        number = 0
        while True:
            try:
                line = stream.readline(_LONGEST_LINE)
            except (EOFError, gzip.BadGzipFile, zlib.error) as error:
                raise TruncatedFileError(
                    f"the gzip file is damaged or cut: {error}", file=name, row=number + 1
                ) from error
            if not line:
                return
            number += 1
            if len(line) == _LONGEST_LINE:
                raise ImportFileError("the line is too long", file=name, row=number)
            if number == 1:
                line = line.removeprefix(b"\xef\xbb\xbf")
            if line.strip():
                yield number, _object(line, name, number)


def _object(line: bytes, name: str, number: int) -> dict[str, Any]:
    try:
        record = json.loads(line.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise FileEncodingError(
            "JSON is UTF-8, these bytes are not", file=name, row=number
        ) from error
    except ValueError as error:
        kind = ImportFileError if line.endswith(b"\n") else TruncatedFileError
        raise kind(
            f"no JSON: {error}", file=name, row=number, value=line[:60].decode("utf-8", "replace")
        ) from error
    if not isinstance(record, dict):
        raise ImportFileError(
            "the line is no JSON object; export as newline-delimited JSON", file=name, row=number
        )
    return record


def _parquet(path: Path, name: str) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield row (1 for the first) and record of a Parquet file.

    Raises
    ------
    TruncatedFileError
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    number = 0
    try:
        with pq.ParquetFile(path) as file:
            names = [n for n in file.schema_arrow.names if n not in _map()["others"]["ignored"]]
            for batch in file.iter_batches(batch_size=_BATCH, columns=names):
                for record in batch.to_pylist():
                    number += 1
                    yield number, record
    except (pa.ArrowInvalid, OSError) as error:
        raise TruncatedFileError(f"the Parquet file cannot be read: {error}", file=name) from error


BIGQUERY = ImportFormat(
    name="bigquery",
    table="imported_publications",
    summary="Publications of the public patent data set (JSON lines, gzip, Parquet).",
    read=read,
)
