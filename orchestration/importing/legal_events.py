"""The format ``legal-events``: lists of legal events as CSV, workbook or TRS dump.

Three shapes: one event a row; several events a row in numbered columns (法律状态1, 法律状态2, ...);
``<REC>`` records of a TRS dump. Column names stand in ``maps/legal_events.toml``.

An event needs a day and a number. Application numbers that a spreadsheet damaged are refused; the
row is kept by an intact publication number if it has one. Numbers are never completed, unless the
caller asks for the named rule ``leading_zeros_restored``, which needs the check digit to agree.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache

from orchestration.importing.bulk import LANDING_STATES, event_item, note_check_digits
from orchestration.importing.columns import MAPS, normal_name
from orchestration.importing.core import ImportFormat, Options, Reading, Repair, Source
from orchestration.importing.dates import excel_day, month_of
from orchestration.importing.nearest import nearest_name
from orchestration.importing.numbers import (
    application_no_state,
    publication_no_is_intact,
    restored_application_no,
)
from orchestration.importing.reading import serial_days_repair
from orchestration.importing.tables import RawTable, decode, read_table
from scrapers.errors import (
    ImportFileError,
    MissingColumnError,
    TruncatedFileError,
    UnknownColumnError,
)

MAP = MAPS / "legal_events.toml"
ZEROS_RULE = "leading_zeros_restored"
_HINTS = {
    "application_no_damaged_by_spreadsheet": "a spreadsheet program turned the numbers into "
    "floating point (2.02E+12) and their digits are gone; export the column as text and do not "
    "open the file in a spreadsheet program before importing it",
    "application_no_digits_lost": "zeros in front are missing (106482.7 for 00106482.7); export "
    "the column as text, or allow --restore-zeros, which puts them back where the check digit "
    "agrees",
    "no_number": "nobody can say which application such an event belongs to; --allow-unlinked "
    "lands them without a number",
}
_REASONS = {
    "scientific": "application_no_damaged_by_spreadsheet",
    "digits_lost": "application_no_digits_lost",
    "unreadable": "application_no_unreadable",
}
_NUMBERED = re.compile(r"(?P<name>.*\D)(?P<number>[1-9]\d{0,2})", re.DOTALL)
_TAG = re.compile(r"<(?P<name>[^<>=\n]{1,40})>=(?P<value>.*)", re.DOTALL)
_MOST_LINES = 200  # of one cell; a stray quotation mark swallows more


@dataclass(frozen=True, slots=True)
class _Map:
    fields: dict[str, str]  # normal name -> field
    kept: frozenset[str]
    numbered: frozenset[str]
    delimiters: tuple[str, ...]

    def known(self, name: str) -> bool:
        return self.place(name) is not None

    def place(self, name: str) -> tuple[str, int] | None:
        """Return field and number of the event of a column; field ``""`` for a kept one."""
        normal = normal_name(name)
        if normal in self.fields:
            return self.fields[normal], 0
        match = _NUMBERED.fullmatch(normal)
        if match is not None:
            numbered = self.fields.get(match["name"])
            if numbered in self.numbered:
                return str(numbered), int(match["number"])
        return ("", 0) if normal in self.kept else None


@cache
def _map() -> _Map:
    raw = tomllib.loads(MAP.read_text(encoding="utf-8"))
    return _Map(
        fields={normal_name(n): f for f, names in raw["columns"].items() for n in names},
        kept=frozenset(normal_name(name) for name in raw["kept"]),
        numbered=frozenset(raw["numbered"]),
        delimiters=tuple(raw["delimiters"]),
    )


@dataclass(slots=True)
class _Layout:
    """Where the fields stand in a header."""

    common: dict[str, int] = field(default_factory=dict)  # fields of the application
    events: dict[int, dict[str, int]] = field(default_factory=dict)  # number -> field -> column
    kept: list[int] = field(default_factory=list)

    def may_end_at(self, length: int) -> bool:
        """Tell whether a row may end here: such lists leave the columns of absent events away."""
        if 0 in self.events or length == 0:
            return False
        columns = [sorted(found.values()) for found in self.events.values()]
        fixed = [*self.common.values(), *self.kept]
        return all(c < length for c in fixed) and all(
            all(c < length for c in event) or all(c >= length for c in event) for event in columns
        )


@dataclass(slots=True)
class _Numbers:
    """What the numbers of a row are good for."""

    application_no: str | None = None
    publication_no: str | None = None
    has_wrong_check_digit: bool = False
    refusals: list[tuple[str, str, str]] = field(default_factory=list)  # field, value, reason


@dataclass(frozen=True, slots=True)
class _Row:
    """What all events of one row of a file share."""

    line: int
    numbers: _Numbers
    others: dict[str, str]  # kept columns, as written

    def other_fields(self) -> str | None:
        if not self.others:
            return None
        return json.dumps(self.others, ensure_ascii=False, sort_keys=True)


def read(source: Source, options: Options) -> Reading:
    """Read one list of legal events.

    Parameters
    ----------
    source : Source
    options : mapping
        ``encoding``, ``sheet`` (str or None), ``allow_unlinked``, ``restore_zeros`` (bool).

    Raises
    ------
    ImportFileError
        If the file cannot be read as a whole.
    """
    data = source.file.path.read_bytes()
    if data.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"<REC>"):
        return _read_trs(source, data, options)
    return _read_rows(source, options)


def _read_rows(source: Source, options: Options) -> Reading:
    m, name = _map(), source.name
    table = read_table(
        source.file.path,
        name,
        encoding=options.get("encoding"),
        delimiters=m.delimiters,
        is_known=m.known,
        multiline=True,
        sheet=options.get("sheet"),
    )
    header = table.header
    layout = _layout(table)
    reading = Reading(source, encoding=table.encoding)
    reading.notes.extend(table.notes)
    rows = table.rows
    if not table.is_closed:
        last = rows[-1]
        if len(last.cells) < len(header) and not layout.may_end_at(len(last.cells)):
            raise TruncatedFileError(
                f"the file ends in the middle of a row: {len(last.cells)} cells of {len(header)}, "
                "no line break",
                file=name,
                row=last.number,
            )
        reading.notes.append("the file ends without a line break: its last text may be cut")
    several = restored = wrong = serial_days = 0
    for row in rows:
        line, cells = row.number, row.cells
        if layout.may_end_at(len(cells)):
            cells = [*cells, *[""] * (len(header) - len(cells))]
        if len(cells) != len(header):
            reading.n_rows += 1
            reason = "row_empty" if not cells else "row_short" if len(cells) < len(header) else None
            reading.refuse(
                line,
                reason or "row_long",
                rule="cells_as_in_header",
                value=f"{len(cells)} cells of {len(header)}",
            )
            continue
        _check_lines(cells, line, name)
        numbers = _numbers(
            _cell(cells, layout.common.get("application_no")),
            _cell(cells, layout.common.get("publication_no")),
            restore=bool(options.get("restore_zeros")),
        )
        restored += _was_restored(numbers, _cell(cells, layout.common.get("application_no")))
        others = {header[i]: cells[i] for i in layout.kept if cells[i].strip()}
        filled = [
            (number, values)
            for number, columns in sorted(layout.events.items())
            if any((values := {f: _cell(cells, i) for f, i in columns.items()}).values())
        ]
        several += len(filled) > 1
        if not filled:
            reading.n_rows += 1
            reading.refuse(line, "no_event", rule="row_holds_an_event")
        for position, (_, values) in enumerate(filled, 1):
            reading.n_rows += 1
            serial_days += _read_serial_day(values, from_1904=table.from_1904)
            # The second event of one row has a pointer of its own.
            place = str(line) if position == 1 else f"{line}.{position}"
            wrong += _take(reading, _Row(line, numbers, others), place, values, options)
    if several:
        reading.notes.append(
            f"{several:,} rows hold several events; rows are counted by event: {reading.n_rows:,} "
            f"events in {len(rows):,} rows"
        )
    note_check_digits(reading, wrong)
    _tell_repairs(reading, restored)
    if serial_days:
        reading.repairs.append(serial_days_repair(("event_date",), serial_days))
    return reading


def _take(
    reading: Reading, row: _Row, place: str, values: dict[str, str | None], options: Options
) -> bool:
    """Land one event, or refuse it with a reason; tell whether it lands with a doubtful number."""
    line, numbers = row.line, row.numbers
    month = month_of(values.get("event_date"))
    if month is None:
        date = values.get("event_date")
        reading.refuse(
            line,
            "event_date_missing" if date is None else "event_date_unreadable",
            rule="month_of_event_date",
            field="event_date",
            value=date,
            place=place,
        )
        return False
    if numbers.application_no is None and numbers.publication_no is None:
        if numbers.refusals:
            column, value, reason = numbers.refusals[0]
            reading.refuse(
                line,
                reason,
                rule="number_of_application",
                field=column,
                value=value,
                hint=_HINTS.get(reason),
                place=place,
            )
            return False
        if not options.get("allow_unlinked"):
            reading.refuse(
                line,
                "no_number",
                rule="event_names_its_application",
                hint=_HINTS["no_number"],
                place=place,
            )
            return False
    for column, value, reason in numbers.refusals:
        reading.refuse_field(
            line,
            reason,
            rule="number_of_application" if column == "application_no" else "number_of_document",
            field=column,
            value=value,
            hint=_HINTS.get(reason),
            place=place,
        )
    reading.land(
        month,
        event_item(
            "legal_events",
            application_no=numbers.application_no,
            publication_no=numbers.publication_no,
            event_date=str(values["event_date"]),
            event_code=values.get("event_code"),
            event_type=values.get("event_type"),
            event_text=values.get("event_text"),
            other_fields=row.other_fields(),
            **reading.origin(line, place=place),
        ),
    )
    return numbers.has_wrong_check_digit


def _numbers(application: str | None, publication: str | None, *, restore: bool) -> _Numbers:
    found = _Numbers()
    if application is not None:
        state = application_no_state(application)
        repaired = restored_application_no(application) if restore else None
        if state in LANDING_STATES:
            found.application_no = application
            found.has_wrong_check_digit = state == "check_digit_wrong"
        elif state == "digits_lost" and repaired is not None:
            found.application_no = repaired
        else:
            found.refusals.append(("application_no", application, _REASONS[state]))
    if publication is not None:
        if publication_no_is_intact(publication):
            found.publication_no = publication
        else:
            found.refusals.append(("publication_no", publication, "publication_no_unreadable"))
    return found


def _read_serial_day(values: dict[str, str | None], *, from_1904: bool) -> bool:
    """Put the day of a workbook's number of days in its place; tell whether there was one."""
    day = excel_day(values.get("event_date") or "", from_1904=from_1904)
    if day is not None:
        values["event_date"] = day.isoformat()
    return day is not None


def _was_restored(numbers: _Numbers, written: str | None) -> bool:
    return numbers.application_no is not None and numbers.application_no != written


def _tell_repairs(reading: Reading, restored: int) -> None:
    if restored:
        reading.repairs.append(
            Repair(
                rule=ZEROS_RULE,
                columns=("application_no",),
                count=restored,
                evidence="zeros in front put back, the check digit agrees with each",
            )
        )


# ---------------------------------------------------------------------------------- header
def _layout(table: RawTable) -> _Layout:
    """Find every column; one without a name and without a value is none.

    Raises
    ------
    UnknownColumnError, MissingColumnError
    """
    m = _map()
    header, row, name = table.header, table.header_row, table.name
    layout = _Layout()
    taken: dict[tuple[str, int], int] = {}
    order = list(m.fields)
    for position, cell in enumerate(header):
        if not cell.strip() and not any(_cell(r.cells, position) for r in table.rows):
            continue
        place = m.place(cell)
        if place is None:
            raise _unknown(cell, name, row, "column", position + 1)
        if place == ("", 0):
            layout.kept.append(position)
            continue
        if place in taken and place[0] == "publication_no":
            # Publication and grant stand side by side: the name that the map prefers counts.
            first, second = sorted(
                (taken[place], position), key=lambda at: order.index(normal_name(header[at]))
            )
            layout.kept.append(second)
            taken[place] = layout.common["publication_no"] = first
            continue
        if place in taken:
            raise UnknownColumnError(
                f"two columns hold {place[0]}",
                file=name,
                row=row,
                column=str(position + 1),
                value=cell,
            )
        taken[place] = position
        if place[0] in m.numbered:
            layout.events.setdefault(place[1], {})[place[0]] = position
        else:
            layout.common[place[0]] = position
    _check_events(layout, header, row, name)
    return layout


def _check_events(layout: _Layout, header: Sequence[str], row: int, name: str) -> None:
    if 0 in layout.events and len(layout.events) > 1:
        raise UnknownColumnError(
            "columns of one event and numbered columns of several in one table",
            file=name,
            row=row,
            value=",".join(header),
        )
    for number, columns in layout.events.items() or [(0, {})]:
        mark = str(number or "")
        missing = "event_date" if "event_date" not in columns else None
        if missing is None and not {"event_type", "event_text"} & columns.keys():
            missing = "event_type"
        if missing is not None:
            raise MissingColumnError(
                f"no column {missing}{mark} (known as {', '.join(_names_of(missing))})",
                file=name,
                row=row,
                column=missing,
                value=",".join(header),
            )


def _unknown(
    written: str, name: str, row: int, what: str, column: int | None
) -> UnknownColumnError:
    m = _map()
    if not written.strip():
        problem = f"a {what} has no name"
    else:
        nearest = nearest_name(normal_name(written), [*m.fields, *m.kept])
        problem = f"the column map does not know this {what}; nearest known name {nearest!r}"
    return UnknownColumnError(
        problem,
        file=name,
        row=row,
        column=None if column is None else str(column),
        value=written,
    )


def _names_of(wanted: str) -> list[str]:
    raw = tomllib.loads(MAP.read_text(encoding="utf-8"))
    return [str(name) for name in raw["columns"][wanted]]


def _cell(cells: Sequence[str], position: int | None) -> str | None:
    value = None if position is None or position >= len(cells) else cells[position]
    return value if value is not None and value.strip() else None


def _check_lines(cells: Sequence[str], line: int, name: str) -> None:
    for column, cell in enumerate(cells, 1):
        if cell.count("\n") > _MOST_LINES:
            raise ImportFileError(
                f"a cell runs over {cell.count(chr(10)):,} lines; a quotation mark is not closed",
                file=name,
                row=line,
                column=str(column),
                value=cell[:40],
            )


# --------------------------------------------------------------------------------- TRS dumps
def _read_trs(source: Source, data: bytes, options: Options) -> Reading:
    m, name = _map(), source.name
    text, encoding = decode(data, name, options.get("encoding"))
    reading = Reading(source, encoding=f"TRS, {encoding}")
    restored = wrong = 0
    for line, tags in _trs_records(text, name):
        reading.n_rows += 1
        values: dict[str, str | None] = {}
        others: dict[str, str] = {}
        for tag, (at, value) in tags.items():
            place = m.place(tag)
            if place is None or place[1]:
                raise _unknown(tag, name, at, "tag", None)
            if not value.strip():
                continue
            if place[0]:
                values[place[0]] = value
            else:
                others[tag] = value
        application = values.get("application_no")
        numbers = _numbers(
            application,
            values.get("publication_no"),
            restore=bool(options.get("restore_zeros")),
        )
        restored += _was_restored(numbers, application)
        wrong += _take(reading, _Row(line, numbers, others), str(line), values, options)
    note_check_digits(reading, wrong)
    _tell_repairs(reading, restored)
    return reading


def _trs_records(text: str, name: str) -> Iterator[tuple[int, dict[str, tuple[int, str]]]]:
    """Yield line and tags of every ``<REC>``; a value runs on until the next tag.

    Raises
    ------
    ImportFileError
        If a tag stands twice in a record, or text stands before the first tag.
    """
    start, newest = 0, ""
    tags: dict[str, tuple[int, str]] = {}
    for number, line in enumerate(text.replace("\r\n", "\n").split("\n"), 1):
        if line.strip() == "<REC>":
            if start:
                yield start, _whole(tags)
            start, tags, newest = number, {}, ""
            continue
        match = _TAG.match(line)
        if match is not None:
            newest = match["name"].strip()
            if newest in tags:
                raise ImportFileError(
                    "a tag stands twice in one record", file=name, row=number, value=newest
                )
            tags[newest] = (number, match["value"])
        elif newest:
            at, value = tags[newest]
            tags[newest] = (at, f"{value}\n{line}")
        elif line.strip():
            raise ImportFileError(
                "text before the first tag of a record", file=name, row=number, value=line[:40]
            )
    if start:
        yield start, _whole(tags)


def _whole(tags: dict[str, tuple[int, str]]) -> dict[str, tuple[int, str]]:
    return {tag: (at, value.rstrip("\n")) for tag, (at, value) in tags.items()}


LEGAL_EVENTS = ImportFormat(
    name="legal-events",
    table="imported_events",
    summary="Lists of legal events (CSV, xlsx, TRS dump).",
    read=read,
)
