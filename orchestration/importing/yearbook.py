"""The format ``yearbook``: city and province tables of statistical yearbooks, cell by cell.

What a column holds and in which unit is declared by the user in a map (``--map FILE.toml``), since
no two yearbooks print alike. Values are kept as written and converted by moving the decimal point.
The keys of a map stand in docs/imports.md, units and variables in ``maps/yearbook_units.toml``.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, localcontext
from functools import cache
from typing import Any

from orchestration.importing.columns import MAPS, normal_name
from orchestration.importing.core import ImportFormat, Options, Reading, Source
from orchestration.importing.nearest import nearest_name
from orchestration.importing.regions import Regions, load_regions
from orchestration.importing.tables import RawRow, RawTable, read_table
from orchestration.settings import settings
from scrapers.errors import ImportFileError, MissingColumnError, UnknownColumnError
from scrapers.items import ImportedYearbookValue

LEVELS = ("city", "province")
LAYOUTS = ("wide", "years", "long")
_KEYS = {
    *("level", "layout", "header_row", "first_row", "sheet", "delimiter", "year", "year_column"),
    *("region_code", "region_name", "missing", "ignored", "columns", "years", "variables"),
    *("variable_column", "value_column", "unit_column", "ignored_variables"),
}
# Wide letters to narrow ones and nothing else: 12.3① must not become 12.31.
_HALF_WIDTH = {0x3000: 0x20, **{code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}}
_ROW_ROLES = ("year_column", "region_code", "region_name", "unit_column")
_YEAR = re.compile(r"((?:19|20)\d{2})年?")
_GROUPED = re.compile(r"[+-]?\d{1,3}(?:,\d{3})+(?:\.\d+)?")
_NUMBER = re.compile(r"[+-]?\d+(?:\.\d+)?(?P<power>E[+-]?\d+)?", re.IGNORECASE)


class YearbookMapError(ImportFileError):
    """The map of a yearbook table lacks a key, holds an unknown one, or contradicts itself."""

    exit_code = 78


class YearbookUnitError(ImportFileError):
    """A unit is unknown, or measures something else than the variable."""

    exit_code = 79


@dataclass(frozen=True, slots=True)
class _Unit:
    name: str
    dimension: str
    power: int


@dataclass(frozen=True, slots=True)
class _Declared:
    """What a column, or a row of a long table, was declared to hold."""

    variable: str
    unit: str  # as declared
    shift: int  # places by which the decimal point moves into the unit of the table


@dataclass(slots=True)
class YearbookMap:
    """A user's map, checked."""

    name: str
    level: str
    layout: str
    header_row: int | None = None
    first_row: int | None = None
    sheet: str | None = None
    delimiters: tuple[str, ...] = (",",)
    year: str | None = None
    year_column: str | None = None
    region_code: str | None = None
    region_name: str | None = None
    missing: frozenset[str] = frozenset()
    ignored: frozenset[str] = frozenset()
    columns: dict[str, _Declared] = field(default_factory=dict)  # wide: normal name -> what
    years: _Declared | None = None
    years_header: str = "{year}"
    variable_column: str | None = None
    value_column: str | None = None
    unit_column: str | None = None
    variables: dict[str, tuple[str, str | None]] = field(default_factory=dict)  # long
    ignored_variables: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class _Cell:
    """One value before it is judged against the other cells of the file."""

    row: int
    place: str
    year: str
    code: str
    region_name: str | None
    declared: _Declared
    value: str | None
    converted: str | None
    column: str


# --------------------------------------------------------------------------------------- units
@cache
def _units() -> dict[str, _Unit]:
    raw = tomllib.loads((MAPS / "yearbook_units.toml").read_text(encoding="utf-8"))
    return {
        _plain(name): _Unit(name, entry["dimension"], entry["power"])
        for name, entry in raw["units"].items()
    }


@cache
def table_units(level: str) -> dict[str, str]:
    """Return the unit of every variable of a level in the landing tables."""
    raw = tomllib.loads((MAPS / "yearbook_units.toml").read_text(encoding="utf-8"))
    return dict(raw[level])


def declared(level: str, variable: str, unit: str, *, file: str, column: str) -> _Declared:
    """Return what a column holds, or refuse it.

    Raises
    ------
    UnknownColumnError
        If the level has no such variable.
    YearbookUnitError
        If the unit is unknown or cannot be converted into that of the variable.
    """
    known = table_units(level)
    if variable not in known:
        raise UnknownColumnError(
            f"no variable of a {level} table; nearest known name "
            f"{nearest_name(variable, known)!r}, known: {', '.join(sorted(known))}",
            file=file,
            column=column,
            value=variable,
        )
    wanted = _units()[_plain(known[variable])]
    found = _units().get(_plain(unit))
    same = sorted(u.name for u in _units().values() if u.dimension == wanted.dimension)
    if found is None:
        raise YearbookUnitError(
            f"unknown unit of {variable}; nearest known unit {nearest_name(unit, same)!r}",
            file=file,
            column=column,
            value=unit,
        )
    if found.dimension != wanted.dimension:
        raise YearbookUnitError(
            f"{variable} is measured in {wanted.dimension}, this unit in {found.dimension}; "
            f"it can be declared in {', '.join(same)}",
            file=file,
            column=column,
            value=unit,
        )
    return _Declared(variable, unit, found.power - wanted.power)


def converted(value: str, shift: int, *, is_sheet: bool, unit: str = "") -> str | None:
    """Return a number with its decimal point moved, or None where the text is no number.

    Parameters
    ----------
    value : str
        As written; thousands may be grouped by commas.
    shift : int
        Places to the right.
    is_sheet : bool
        Whether the value comes from a workbook, where ``1E-05`` is a number; in a text it is what a
        spreadsheet left of one.
    unit : str
        As declared; a share may carry a ``%`` of its own, which then counts.
    """
    text = value.translate(_HALF_WIDTH).strip()
    share = _units().get(_plain(unit))
    if share is not None and share.dimension == "share" and text.endswith("%"):
        text, shift = text.removesuffix("%").rstrip(), shift - share.power
    if _GROUPED.fullmatch(text):
        text = text.replace(",", "")
    match = _NUMBER.fullmatch(text)
    if match is None or (match["power"] and not is_sheet):
        return None
    with localcontext() as context:
        context.prec = 400
        number = Decimal(text).scaleb(shift)
    return format(number, "f")


def _plain(unit: str) -> str:
    return re.sub(r"\s+", "", unit.translate(_HALF_WIDTH))


# ----------------------------------------------------------------------------------------- map
def parse_yearbook_map(text: str, name: str) -> YearbookMap:
    """Read and check a map.

    Raises
    ------
    YearbookMapError, YearbookUnitError, UnknownColumnError
    """

    def wrong(problem: str, key: str | None = None, value: object = None) -> YearbookMapError:
        return YearbookMapError(
            problem, file=name, column=key, value=None if value is None else str(value)
        )

    try:
        raw = tomllib.loads(text.removeprefix("\ufeff"))
    except tomllib.TOMLDecodeError as error:
        raise wrong(f"the map is no TOML: {error}") from error
    for key in sorted(raw.keys() - _KEYS):
        raise wrong(f"unknown key; nearest known key {nearest_name(key, _KEYS)!r}", key, key)
    for key, allowed in (("level", LEVELS), ("layout", LAYOUTS)):
        if raw.get(key) not in allowed:
            raise wrong(f"{key} must be one of {', '.join(allowed)}", key, raw.get(key, ""))
    for key in ("header_row", "first_row"):
        if key in raw and not (isinstance(raw[key], int) and raw[key] > 0):
            raise wrong(f"{key} must be a row number", key, raw[key])
    level, layout = raw["level"], raw["layout"]
    _check_keys(raw, layout, wrong)
    found = YearbookMap(
        name=name,
        level=level,
        layout=layout,
        header_row=raw.get("header_row"),
        first_row=raw.get("first_row"),
        sheet=raw.get("sheet"),
        delimiters=(str(raw["delimiter"]),) if "delimiter" in raw else (",", ";", "\t"),
        year=str(raw["year"]) if "year" in raw else None,
        missing=frozenset(_plain(str(value)) for value in raw.get("missing", ())),
        ignored=frozenset(normal_name(str(column)) for column in raw.get("ignored", ())),
        ignored_variables=frozenset(normal_name(str(v)) for v in raw.get("ignored_variables", ())),
    )
    if found.year is not None and _year_of(found.year) is None:
        raise wrong("year must be a year", "year", found.year)
    for key in ("year_column", "region_code", "region_name"):
        setattr(found, key, _named(raw, key))
    for key in ("variable_column", "value_column", "unit_column"):
        setattr(found, key, _named(raw, key))
    _read_declarations(found, raw, wrong)
    return found


def _check_keys(raw: Mapping[str, Any], layout: str, wrong: Any) -> None:
    if "region_code" not in raw and "region_name" not in raw:
        raise wrong("region_code or region_name must name a column", "region_name")
    own = {
        "wide": {"columns"},
        "years": {"years"},
        "long": {"variables", "variable_column", "value_column"},
    }
    for key in sorted(own[layout] - raw.keys()):
        raise wrong(f"a {layout} table needs the key {key}", key)
    foreign = {key for other, keys in own.items() if other != layout for key in keys}
    foreign |= {"unit_column", "ignored_variables"} if layout != "long" else set()
    for key in sorted(foreign & raw.keys()):
        raise wrong(f"a {layout} table has no key {key}", key)
    has_year = ("year" in raw) + ("year_column" in raw)
    if layout == "years" and has_year:
        raise wrong("a table with one column per year needs neither year nor year_column", "year")
    if layout != "years" and has_year != 1:
        raise wrong("one of year and year_column must say the year", "year")


def _named(raw: Mapping[str, Any], key: str) -> str | None:
    return None if key not in raw else normal_name(str(raw[key]))


def _read_declarations(found: YearbookMap, raw: Mapping[str, Any], wrong: Any) -> None:
    def entry(key: str, of: str, value: Any, *, needs_unit: bool = True) -> tuple[str, str | None]:
        if not isinstance(value, dict):
            raise wrong(f"{of} must say variable and unit", key, of)
        for part in sorted(value.keys() - {"variable", "unit", "header"}):
            raise wrong("unknown key; known: variable, unit", key, part)
        for part in ("variable", "unit") if needs_unit else ("variable",):
            if part not in value:
                raise wrong(f"{of} says no {part}", key, of)
        unit = value.get("unit")
        return str(value["variable"]), None if unit is None else str(unit)

    def check(variable: str, unit: str, column: str) -> _Declared:
        return declared(found.level, variable, unit, file=found.name, column=column)

    for column, value in raw.get("columns", {}).items():
        variable, unit = entry("columns", column, value)
        found.columns[normal_name(column)] = check(variable, str(unit), column)
    if "years" in raw:
        variable, unit = entry("years", "years", raw["years"])
        found.years = check(variable, str(unit), "years")
        found.years_header = normal_name(str(raw["years"].get("header", "{year}")))
        if found.years_header.count("{year}") != 1:
            raise wrong("header must hold {year} once", "years", raw["years"].get("header"))
    for label, value in raw.get("variables", {}).items():
        variable, unit = entry("variables", label, value, needs_unit=found.unit_column is None)
        if variable not in table_units(found.level):
            check(variable, "", label)
        if unit is not None:
            check(variable, unit, label)
        found.variables[normal_name(label)] = (variable, unit)


# ------------------------------------------------------------------------------------- reading
def read(source: Source, options: Options) -> Reading:
    """Read one table.

    Parameters
    ----------
    source : Source
    options : mapping
        ``map``: text of the map; ``map_name``: its file name; ``encoding``.

    Raises
    ------
    ImportFileError
        If the map or the table cannot be used as a whole.
    """
    m = parse_yearbook_map(str(options["map"]), str(options.get("map_name", "map")))
    table = read_table(
        source.file.path,
        source.name,
        encoding=options.get("encoding"),
        delimiters=m.delimiters,
        is_known=lambda name: _role(m, normal_name(name)) is not None,
        multiline=True,
        sheet=m.sheet,
        header_row=m.header_row,
    )
    reading = Reading(source, encoding=table.encoding)
    reading.notes.extend(table.notes)
    reader = _Reader(reading, m, table, load_regions(m.level, settings()))
    cells: list[_Cell] = []
    for row in table.rows:
        if row.number >= (m.first_row or 0) and any(cell.strip() for cell in row.cells):
            cells += reader.cells_of_row(row)
    if reader.n_left_out:
        reading.notes.append(f"{reader.n_left_out:,} rows of ignored variables were left out")
    _land(reading, m.level, cells)
    return reading


def _role(m: YearbookMap, normal: str) -> str | None:
    """Return what a column is for: a key of the map, ``value``, ``ignored`` or None (unknown)."""
    for key in ("year_column", "region_code", "region_name", "variable_column", "value_column"):
        if normal == getattr(m, key):
            return key
    if normal == m.unit_column:
        return "unit_column"
    if normal in m.columns or _year_in_header(m, normal) is not None:
        return "value"
    return "ignored" if normal in m.ignored else None


def _year_in_header(m: YearbookMap, normal: str) -> str | None:
    if m.years is None:
        return None
    before, after = m.years_header.split("{year}")
    if not (normal.startswith(before) and normal.endswith(after)):
        return None
    text = normal[len(before) : len(normal) - len(after) if after else None]
    return text if _YEAR.fullmatch(text) and not text.endswith("年") else None


def _roles(m: YearbookMap, table: RawTable) -> dict[str, list[int]]:
    """Return the columns of every role.

    Raises
    ------
    UnknownColumnError, MissingColumnError
    """
    roles: dict[str, list[int]] = {}
    seen: set[str] = set()
    wanted = [
        *(getattr(m, key) for key in ("year_column", "region_code", "region_name")),
        *(m.variable_column, m.value_column, m.unit_column),
        *m.columns,
    ]
    names = [name for name in wanted if name]
    for position, cell in enumerate(table.header):
        normal = normal_name(cell)
        role = _role(m, normal)
        if role is None:
            nearest = nearest_name(normal, [*names, *m.ignored] or ["-"])
            raise UnknownColumnError(
                f"the map declares no such column (unused ones go into `ignored`); nearest "
                f"declared name {nearest!r}",
                file=table.name,
                row=table.header_row,
                column=str(position + 1),
                value=cell,
            )
        if role != "ignored" and normal in seen:
            raise UnknownColumnError(
                "two columns have this name",
                file=table.name,
                row=table.header_row,
                column=str(position + 1),
                value=cell,
            )
        seen.add(normal)
        roles.setdefault(role, []).append(position)
    for name in names:
        if name not in seen:
            raise MissingColumnError(
                "a column that the map declares is not in the table; nearest name in the table "
                f"{nearest_name(name, table.header)!r}",
                file=table.name,
                row=table.header_row,
                column=name,
                value=",".join(table.header),
            )
    if m.years is not None and "value" not in roles:
        raise MissingColumnError(
            f"no column is headed by a year as {m.years_header!r} says",
            file=table.name,
            row=table.header_row,
            value=",".join(table.header),
        )
    return roles


_Variable = _Declared | tuple[str, str | None]


class _Reader:
    """Reads the rows of one table into cells; refuses rows and cells with a reason."""

    def __init__(self, reading: Reading, m: YearbookMap, table: RawTable, regions: Regions) -> None:
        self._reading, self._map, self._table, self._regions = reading, m, table, regions
        self._columns = _roles(m, table)
        self._is_sheet = table.encoding in ("xls", "xlsx")
        self.n_left_out = 0  # rows of a long table whose variable the map ignores

    def cells_of_row(self, row: RawRow) -> Iterator[_Cell]:
        """Yield the values of one row."""
        header = self._table.header
        if len(row.cells) != len(header):
            reason = "row_short" if len(row.cells) < len(header) else "row_long"
            counted = f"{len(row.cells)} cells of {len(header)}"
            self._refuse_row(row, reason, "cells_as_in_header", None, counted)
            return
        written = {role: self._at(row, role) for role in _ROW_ROLES}
        row_year = self._map.year if self._map.year is not None else written["year_column"]
        if self._map.years is None and _year_of(row_year) is None:
            self._refuse_row(row, "year_unreadable", "year_of_row", "year", row_year)
            return
        for position, column, year, variable in self._values(row, row_year):
            if variable is None:
                self.n_left_out += 1
                return
            name = written["region_name"]
            code, reason = _region(self._regions, written["region_code"], name, _year_of(year) or 0)
            if code is None:
                # The row speaks of no known region: one rejection says it for all its cells.
                field = "region_code" if written["region_code"] is not None else "region_name"
                self._refuse_row(row, reason, "region_of_row", field, written[field])
                return
            self._reading.n_rows += 1
            is_long = self._map.layout == "long"
            place = str(row.number) if is_long else f"{row.number}.{position + 1}"
            what, reason = self._declared(variable, written["unit_column"])
            if what is None:
                self._reading.refuse(
                    row.number,
                    reason,
                    rule="unit_of_value",
                    field="unit",
                    value=written["unit_column"],
                    place=place,
                )
                continue
            value = row.cells[position]
            is_missing = not value.strip() or _plain(value) in self._map.missing
            number = converted(value, what.shift, is_sheet=self._is_sheet, unit=what.unit)
            if not is_missing and number is None:
                self._reading.refuse(
                    row.number,
                    "value_unreadable",
                    rule="number_or_declared_missing",
                    field=what.variable,
                    value=value,
                    hint="signs for a missing value are declared in the map: missing = [...]",
                    place=place,
                )
                continue
            yield _Cell(
                row=row.number,
                place=place,
                year=str(year),
                code=code,
                region_name=name,
                declared=what,
                value=value if value.strip() else None,
                converted=None if is_missing else number,
                column=column,
            )

    def _at(self, row: RawRow, role: str) -> str | None:
        positions = self._columns.get(role)
        value = None if not positions else row.cells[positions[0]]
        return value if value is not None and value.strip() else None

    def _refuse_row(
        self, row: RawRow, reason: str, rule: str, field: str | None, value: str | None
    ) -> None:
        self._reading.n_rows += 1
        self._reading.refuse(row.number, reason, rule=rule, field=field, value=value)

    def _values(
        self, row: RawRow, row_year: str | None
    ) -> Iterator[tuple[int, str, str | None, _Variable | None]]:
        """Yield position, column name, year and what it holds for every value of a row.

        Raises
        ------
        UnknownColumnError
            If a row of a long table names a variable that the map does not know.
        """
        m, header = self._map, self._table.header
        if m.layout != "long":
            for position in self._columns["value"]:
                normal = normal_name(header[position])
                if m.years is not None:
                    yield position, header[position], _year_in_header(m, normal), m.years
                else:
                    yield position, header[position], row_year, m.columns[normal]
            return
        column = self._columns["variable_column"][0]
        label = row.cells[column]
        normal = normal_name(label)
        if normal not in m.variables and normal not in m.ignored_variables:
            raise UnknownColumnError(
                "the map declares no such variable (unused ones go into `ignored_variables`); "
                f"nearest declared name {nearest_name(normal, m.variables)!r}",
                file=self._table.name,
                row=row.number,
                column=header[column],
                value=label,
            )
        yield self._columns["value_column"][0], label, row_year, m.variables.get(normal)

    def _declared(self, variable: _Variable, written: str | None) -> tuple[_Declared | None, str]:
        """Return what a cell holds, or None and why its own unit cannot be taken."""
        if isinstance(variable, _Declared):
            return variable, ""
        name, unit = variable
        if unit is not None and written is not None and _plain(unit) != _plain(written):
            return None, "unit_differs_from_map"
        if unit is None and written is None:
            return None, "unit_missing"
        try:
            level = self._map.level
            return declared(level, name, unit or str(written), file=self._map.name, column=name), ""
        except YearbookUnitError:
            return None, "unit_unknown_or_of_something_else"


def _region(
    regions: Regions, code: str | None, name: str | None, year: int
) -> tuple[str | None, str]:
    """Return the code of a region, or None and why not."""
    if code is not None:
        digits = code.strip()
        if digits not in regions.codes:
            return None, "region_code_unknown"
        named = regions.codes_of(name, year) if name is not None else set()
        if named and digits not in named:
            return None, "region_code_and_name_differ"
        return digits, ""
    if name is None:
        return None, "region_missing"
    codes = regions.codes_of(name, year)
    if len(codes) == 1:
        return next(iter(codes)), ""
    return None, "region_name_ambiguous" if codes else "region_name_unknown"


def _year_of(text: str | None) -> int | None:
    match = _YEAR.fullmatch((text or "").translate(_HALF_WIDTH).strip())
    return None if match is None else int(match[1])


def _land(reading: Reading, level: str, cells: list[_Cell]) -> None:
    """Land the cells; of several for one region, year and variable none may contradict another."""
    keys: dict[tuple[str, int, str], list[_Cell]] = {}
    for cell in cells:
        key = (cell.code, _year_of(cell.year) or 0, cell.declared.variable)
        keys.setdefault(key, []).append(cell)
    for same in keys.values():
        numbers = {None if c.converted is None else Decimal(c.converted) for c in same}
        for i, cell in enumerate(same):
            if len(numbers) > 1 or i > 0:
                reading.refuse(
                    cell.row,
                    "cells_contradict" if len(numbers) > 1 else "cell_repeated",
                    rule="one_value_per_region_year_variable",
                    field=cell.declared.variable,
                    value=cell.value,
                    place=cell.place,
                )
                continue
            reading.land(
                f"{_year_of(cell.year)}-01",
                ImportedYearbookValue(
                    level=level,
                    year=cell.year,
                    region_code=cell.code,
                    region_name=cell.region_name,
                    variable=cell.declared.variable,
                    value=cell.value,
                    unit=cell.declared.unit,
                    value_in_table_unit=cell.converted,
                    column_name=cell.column,
                    **reading.origin(cell.row, place=cell.place),
                ),
            )


YEARBOOK = ImportFormat(
    name="yearbook",
    table="imported_yearbook_values",
    summary="Tables of statistical yearbooks (CSV, xls, xlsx) with a map of your own.",
    read=read,
)
