"""Yearbook tables (统计年鉴), one CSV per year: bytes in, lines out, every value as printed."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from dataclasses import fields
from typing import Any, TypeVar

from scrapers.errors import TruncatedPageError, WrongEncodingError, YearbookFormatError
from scrapers.items import CityYear, ProvinceYear
from scrapers.parsers.text import page_digest, page_state, read_page, refuse_mojibake

_Row = TypeVar("_Row", CityYear, ProvinceYear)
_POINTERS = ("source_file", "source_row", "raw_pointer")


def parse_city_years(body: bytes, year: int) -> tuple[CityYear, ...] | None:
    """Read the city table of one year.

    Parameters
    ----------
    body : bytes
        CSV in UTF-8 with a header, or the error page of the site.
    year : int
        The year that was asked for.

    Returns
    -------
    tuple of CityYear, or None
        One item per line in the order of the file, missing cells ``None``; ``None`` when the site
        has no table for the year.

    Raises
    ------
    WrongEncodingError, MojibakeError, TruncatedPageError
        If the bytes are no UTF-8, the text is damaged, or the last line is cut.
    UnexpectedPageError
        If another page than a table or the error page of the site came.
    YearbookFormatError
        If the header differs, a line is short or long, a year differs or a key repeats.
    """
    return _parse(body, year, CityYear, lambda row: row.adcode)


def parse_province_years(body: bytes, year: int) -> tuple[ProvinceYear, ...] | None:
    """Read the province table of one year; see :func:`parse_city_years`."""
    return _parse(body, year, ProvinceYear, lambda row: row.province_code)


def _parse(
    body: bytes, year: int, item: type[_Row], key: Callable[[_Row], str]
) -> tuple[_Row, ...] | None:
    if body.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"<"):
        # "\0" begins no title: the only page that is an answer here is the one without result.
        page_state(read_page(body, listing_title="\0"), listing_title="\0", n_records=0)
        return None
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise WrongEncodingError(f"yearbook {year}: no UTF-8: {error}") from error
    if not text.strip():
        raise TruncatedPageError(f"yearbook {year}: empty")
    refuse_mojibake(text, is_screened=False)
    if not text.endswith("\n"):
        raise TruncatedPageError(f"yearbook {year}: the last line is cut: {text[-40:]!r}")
    rows = tuple(_rows(text, year, item, page_digest(body)))
    if not rows:
        raise YearbookFormatError(f"yearbook {year}: no line below the header")
    seen: set[str] = set()
    for row in rows:
        if key(row) in seen:
            raise YearbookFormatError(f"yearbook {year}: {key(row)} twice")
        seen.add(key(row))
    return rows


def _rows(text: str, year: int, item: type[_Row], digest: str) -> Iterator[_Row]:
    columns = [f.name for f in fields(item) if f.name not in _POINTERS]
    required = {f.name for f in fields(item) if "None" not in str(f.type)}
    reader = csv.reader(text.splitlines(), strict=True)
    header = next(reader, [])
    if header != columns:
        raise YearbookFormatError(
            f"yearbook {year}: header lacks {sorted(set(columns) - set(header))}, "
            f"adds {sorted(set(header) - set(columns))} or has another order"
        )
    for position, cells in enumerate(reader, start=1):
        if len(cells) != len(columns):
            raise YearbookFormatError(
                f"yearbook {year}: line {position + 1} has {len(cells)} cells of {len(columns)}"
            )
        values: dict[str, Any] = dict(zip(columns, (cell or None for cell in cells), strict=True))
        for name in required.intersection(columns):
            if values[name] is None:
                raise YearbookFormatError(f"yearbook {year}: line {position + 1} has no {name}")
        if values["year"] != str(year):
            raise YearbookFormatError(f"yearbook {year}: line {position + 1} is of {cells[0]}")
        yield item(
            **values,
            source_file="",
            source_row=position,
            raw_pointer=f"sha256:{digest}#{position}",
        )
