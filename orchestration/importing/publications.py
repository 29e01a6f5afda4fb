"""Tables of publications, one row per document: search system, Patsnap, incoPat, cnipr, yearly CSV.

All of them are read the same way; what differs stands in their column maps. A row is kept by a
number that still identifies its document; a number that a spreadsheet program damaged is never
completed.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from functools import cache, partial
from typing import Any

from orchestration.importing.columns import (
    Column,
    ColumnMap,
    Layout,
    load_map,
    refuse_cut_row,
    refuse_misfits,
)
from orchestration.importing.core import ImportFormat, Options, Reading, Source
from orchestration.importing.dates import excel_day, month_of
from orchestration.importing.numbers import application_no_state
from orchestration.importing.reading import serial_days_repair
from orchestration.importing.tables import RawRow, read_table
from scrapers.items import ImportedPublication

DAMAGED = "application_no_damaged_by_spreadsheet"
HINT = (
    "a spreadsheet program turned numbers into floating point (2.02E+12) or dropped zeros, and "
    "their digits are gone; export the column as text, or take the original file and do not save "
    "it from a spreadsheet program"
)
# Separators of other formats: a list that holds one was probably not written by this format.
_FOREIGN = ("；", " | ", "♂", ";")
_NAME_LISTS = ("applicants", "current_holders", "inventors")
# JPWO2020095477A1, TWI734446B and the like have letters of the office's own behind its code.
_AUTHORITY = re.compile(r"[A-Z]{2}(?=[A-Z]{0,2}-?\d)")
_TWO_LETTERS = re.compile(r"[A-Z]{2}")
_FLOAT = re.compile(r"\d(?:[.,]\d+)?E\+?\d+|\d+\.0", re.IGNORECASE)


def read_publications(source: Source, options: Options, *, map_name: str) -> Reading:
    """Read a table of publications by its column map.

    Parameters
    ----------
    source : Source
    options : mapping
        ``encoding``, ``sheet`` and ``keep_columns`` (names kept in ``other_fields``).
    map_name : str
        File in ``maps``.
    """
    column_map = load_map(map_name)
    table = read_table(
        source.file.path,
        source.name,
        encoding=options.get("encoding"),
        delimiters=column_map.delimiters,
        is_known=column_map.is_known,
        multiline=column_map.multiline,
        sheet=options.get("sheet"),
    )
    layout = column_map.layout(
        table.header,
        file=source.name,
        row=table.header_row,
        also_kept=options.get("keep_columns", ()),
    )
    refuse_misfits(table, column_map, layout.positions)
    refuse_cut_row(table, column_map, layout.positions)
    reading = Reading(source, encoding=table.encoding)
    reading.n_rows = len(table.rows)
    reading.notes.extend(table.notes)
    reader = _RowReader(
        reading=reading, column_map=column_map, layout=layout, from_1904=table.from_1904
    )
    for row in table.rows:
        reader.read(row)
    reader.finish()
    return reading


def _format(name: str, summary: str) -> ImportFormat:
    return ImportFormat(
        name=name,
        table="imported_publications",
        summary=summary,
        read=partial(read_publications, map_name=name.replace("-", "_")),
    )


PSS = _format("pss", "Records of the search system (pss-system) as CSV.")
PATSNAP = _format("patsnap", "Exports of Patsnap (智慧芽): xlsx or csv.")
INCOPAT = _format("incopat", "Exports of incoPat (合享): xlsx or csv.")
CN_PATENT_DATABASE = _format(
    "cn-patent-database", 'Yearly files "中国专利数据库YYYY年.csv" with 34 columns.'
)
CNIPR = _format("cnipr", "Exports in the manner of TRS and cnipr: xls, xlsx or csv.")


@cache
def _list_fields() -> frozenset[str]:
    return frozenset(f.name for f in fields(ImportedPublication) if "tuple" in str(f.type))


@dataclass(slots=True, kw_only=True)
class _RowReader:
    reading: Reading
    column_map: ColumnMap
    layout: Layout
    from_1904: bool
    serial_dates: Counter[str] = field(default_factory=Counter)
    foreign: Counter[tuple[str, str]] = field(default_factory=Counter)

    def read(self, row: RawRow) -> None:
        """Land one row, or refuse it with a reason."""
        cells, header = row.cells, self.layout.header
        if len(cells) != len(header):
            self.reading.refuse_shape(row.number, len(cells), len(header))
            return
        values: dict[str, Any] = {name: () for name in _list_fields()}
        for column in self.column_map.columns:
            values[column.field] = self._value(column, cells)
        written = {name: values.get(name) for name in ("publication_no", "application_no")}
        grant_no = values.get("grant_no")
        state = _application_state(written["application_no"], written["publication_no"] or grant_no)
        is_damaged = state in ("scientific", "digits_lost")
        if is_damaged:
            values["application_no"] = None
        has_number = any(
            number is not None and not _FLOAT.fullmatch(number.strip())
            for number in (written["publication_no"], grant_no)
        )
        publication_is_damaged = written["publication_no"] is not None and bool(
            _FLOAT.fullmatch(written["publication_no"].strip())
        )
        if publication_is_damaged:
            values["publication_no"] = None
        if not has_number and state not in ("intact", "check_digit_wrong"):
            self._refuse_unnumbered(row, written, is_damaged, publication_is_damaged)
            return
        month = month_of(values.get("publication_date")) or month_of(values.get("grant_date"))
        if month is None:
            self._refuse_undated(row, values)
            return
        if is_damaged:
            self.reading.refuse_field(
                row.number,
                DAMAGED,
                rule="application_no_intact",
                field="application_no",
                value=written["application_no"],
                hint=HINT,
            )
        if publication_is_damaged:
            self.reading.refuse_field(
                row.number,
                "publication_no_damaged_by_spreadsheet",
                rule="publication_no_intact",
                field="publication_no",
                value=written["publication_no"],
                hint=HINT,
            )
        other = self.layout.other_fields(cells, self.column_map.missing)
        authority, other = self._authority(values, other)
        item: dict[str, Any] = {f.name: None for f in fields(ImportedPublication)}
        item.update(values)
        item.update(
            source_format=self.column_map.name,
            publication_authority=authority,
            other_fields=other,
            **self.reading.origin(row.number),
        )
        self.reading.land(month, ImportedPublication(**item))

    def finish(self) -> None:
        """Report what was noticed over all rows."""
        if self.serial_dates:
            self.reading.repairs.append(
                serial_days_repair(self.serial_dates, self.serial_dates.total())
            )
        self.reading.notes.extend(
            f"{n:,} cells of {name} hold {sign!r}, which separates nothing in this format; "
            "each was kept as one element"
            for (name, sign), n in sorted(self.foreign.items())
        )

    def _value(self, column: Column, cells: Sequence[str]) -> Any:
        position = self.layout.positions.get(column.field)
        value = None if position is None else self._present(cells[position])
        if column.field not in _list_fields():
            return self._day(column, value) if column.is_date else value
        elements: tuple[str, ...] = ()
        if value is not None:
            elements = self.column_map.split(value) if column.is_list else (value,)
            if not column.is_positional:
                elements = tuple(element for element in elements if element.strip())
            self._notice_foreign(column.field, elements)
        main_position = self.layout.main.get(column.field)
        main = None if main_position is None else self._present(cells[main_position])
        if main is not None:
            rest = list(elements)
            if main in rest:
                rest.remove(main)
            elements = (main, *rest)
        return elements

    def _present(self, value: str) -> str | None:
        stripped = value.strip()
        return value if stripped and stripped not in self.column_map.missing else None

    def _day(self, column: Column, value: str | None) -> str | None:
        day = None if value is None else excel_day(value, from_1904=self.from_1904)
        if day is None:
            return value
        self.serial_dates[column.field] += 1
        return day.isoformat()

    def _notice_foreign(self, name: str, elements: Sequence[str]) -> None:
        if name not in _NAME_LISTS:
            return
        for sign in _FOREIGN:
            if any(sign in element for element in elements):
                self.foreign[name, sign] += 1

    def _authority(
        self, values: dict[str, Any], other: str | None
    ) -> tuple[str | None, str | None]:
        """Two letters from the number, else from the column; a column that says more is kept."""
        written = values.get("publication_authority")
        number = (values.get("publication_no") or values.get("grant_no") or "").strip()
        match = _AUTHORITY.match(number)
        letters = written.strip() if written and _TWO_LETTERS.fullmatch(written.strip()) else None
        authority = match[0] if match else letters
        if written is None or written.strip() == authority:
            return authority, other
        position = self.layout.positions["publication_authority"]
        return authority, self.layout.with_column(other, position, written)

    def _refuse_unnumbered(
        self,
        row: RawRow,
        written: dict[str, str | None],
        is_damaged: bool,
        publication_is_damaged: bool,
    ) -> None:
        name, reason = "publication_no", "no_number"
        if is_damaged:
            name, reason = "application_no", DAMAGED
        elif publication_is_damaged:
            reason = "publication_no_damaged_by_spreadsheet"
        elif written["application_no"] is not None:
            name, reason = "application_no", "application_no_unreadable"
        self.reading.refuse(
            row.number,
            reason,
            rule="a_number_identifies_the_document",
            field=name,
            value=written[name],
            hint=HINT if is_damaged or publication_is_damaged else None,
        )

    def _refuse_undated(self, row: RawRow, values: dict[str, Any]) -> None:
        name = "publication_date" if values.get("publication_date") else "grant_date"
        value = values.get(name)
        self.reading.refuse(
            row.number,
            "publication_date_missing" if value is None else "publication_date_unreadable",
            rule="month_of_publication_date",
            field="publication_date" if value is None else name,
            value=value,
        )


def _application_state(number: str | None, publication_no: str | None) -> str | None:
    """State of a Chinese application number; of other authorities only 2.02E+12 is told."""
    if number is None:
        return None
    state: str = application_no_state(number)
    is_chinese = publication_no is None or not _AUTHORITY.match(publication_no.strip())
    is_chinese = is_chinese or (publication_no or "").strip().startswith("CN")
    return state if is_chinese or state == "scientific" else "intact"
