"""Column maps: which header names mean which field of a landing table, as data (``maps/*.toml``).

A map says for every field the names it is known by, whether it must be there, how its values look
and whether they are a list; which columns are kept as they are, and which say nothing. A name that
stands nowhere in the map is refused with the nearest name that does. The keys of a map are
described in docs/imports.md.
"""

from __future__ import annotations

import json
import re
import tomllib
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from orchestration.importing.nearest import nearest_name
from orchestration.importing.tables import RawRow, RawTable
from scrapers.errors import (
    ColumnContentError,
    FileEncodingError,
    LandingError,
    MissingColumnError,
    TruncatedFileError,
    UnknownColumnError,
)

MAPS = Path(__file__).with_name("maps")
_BRACKETS = str.maketrans("（）", "()")
_KEYS = {
    *("format", "summary", "ignored", "kept", "columns", "repairs", "sources", "judged_from"),
    *("least_share", "delimiters", "multiline", "separators", "missing", "authorities"),
}
_COLUMN_KEYS = {
    *("names", "required", "list", "looks_like", "unlike", "main", "date", "positional"),
}


def normal_name(name: str) -> str:
    """Return a header name without white space, case and bracket width.

    ``公开（公告）号`` and ``公开(公告)号`` are one name.
    """
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", name).translate(_BRACKETS)).casefold()


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One field of a map.

    Attributes
    ----------
    field : str
    names : tuple of str
        Normal names, the field's own first. Where a header holds several, the first of the map
        fills the field and the others are kept as they are.
    is_required, is_list, is_date : bool
    is_positional : bool
        A list whose empty elements count, because it goes with another list element by element.
    looks_like, unlike : compiled pattern or None
        What a value must hold, or must not hold.
    main : tuple of str
        Names of a column whose value is the first element of the list.
    """

    field: str
    names: tuple[str, ...]
    is_required: bool
    is_list: bool
    is_date: bool
    is_positional: bool
    looks_like: re.Pattern[str] | None
    unlike: re.Pattern[str] | None
    main: tuple[str, ...]

    def fits(self, value: str) -> bool | None:
        """Tell whether a value looks like the field; ``None`` where the map does not say."""
        if self.looks_like is not None:
            return self.looks_like.search(value) is not None
        return None if self.unlike is None else self.unlike.search(value) is None


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """Where the fields of a map stand in one header."""

    header: tuple[str, ...]
    positions: dict[str, int]  # field -> column
    main: dict[str, int]  # field -> column of its first element
    kept: tuple[int, ...]  # columns for other_fields

    def other_fields(self, cells: Sequence[str], missing: Iterable[str] = ()) -> str | None:
        """Return the kept columns as JSON, header name and value as written; blanks left out."""
        absent = {"", *missing}
        kept = {self.header[p]: cells[p] for p in self.kept if cells[p].strip() not in absent}
        return json.dumps(kept, ensure_ascii=False) if kept else None

    def with_column(self, other: str | None, position: int, value: str) -> str:
        """Add one more column to the JSON of :meth:`other_fields`."""
        kept = {} if other is None else json.loads(other)
        return json.dumps({**kept, self.header[position]: value}, ensure_ascii=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnMap:
    """A column map, checked when it is loaded."""

    name: str
    columns: tuple[Column, ...]
    ignored: frozenset[str]
    kept: frozenset[str]
    judged_from: int  # filled cells of a column from which on a share is judged
    least_share: float
    delimiters: tuple[str, ...]
    multiline: bool
    separators: tuple[str, ...]
    missing: frozenset[str]
    raw: Mapping[str, Any] = field(repr=False)  # the whole file, for what only one format has

    @property
    def fields(self) -> tuple[str, ...]:
        return tuple(column.field for column in self.columns)

    def column(self, name: str) -> Column:
        """Return the column of a field."""
        return next(column for column in self.columns if column.field == name)

    def fits(self, name: str, value: str) -> bool | None:
        """Tell whether a value looks like a field; ``None`` where the map does not say."""
        return self.column(name).fits(value)

    def is_known(self, header_name: str) -> bool:
        """Tell whether the map knows a header name."""
        normal = normal_name(header_name)
        return bool(normal) and normal in self._known_names()

    def _known_names(self) -> set[str]:
        names = {n for column in self.columns for n in (*column.names, *column.main)}
        return names | self.ignored | self.kept

    def layout(
        self,
        header: Sequence[str],
        *,
        file: str,
        row: int = 1,
        also_kept: Iterable[str] = (),
    ) -> Layout:
        """Find the column of every field.

        Parameters
        ----------
        header : sequence of str
        file : str
            Name of the file for errors.
        row : int
            Row of the header for errors.
        also_kept : iterable of str
            Further names that are kept as they are.

        Raises
        ------
        UnknownColumnError
            If a name is unknown (the nearest known one is told) or stands twice.
        MissingColumnError
        """
        found: dict[str, dict[str, int]] = {}  # field -> its names in this header
        main: dict[str, int] = {}
        kept: list[int] = []
        seen: dict[str, int] = {}
        also = {normal_name(name) for name in also_kept}
        of_name = {n: column.field for column in self.columns for n in column.names}
        of_main = {n: column.field for column in self.columns for n in column.main}
        for position, cell in enumerate(header):
            normal = normal_name(cell)
            place: dict[str, Any] = {
                "file": file,
                "row": row,
                "column": str(position + 1),
                "value": cell,
            }
            if normal in seen and normal not in self.ignored:
                name = of_name.get(normal, cell)
                raise UnknownColumnError(f"two columns hold {name}", **place)
            seen[normal] = position
            if normal in of_name:
                found.setdefault(of_name[normal], {})[normal] = position
            elif normal in of_main:
                main.setdefault(of_main[normal], position)
            elif normal in self.kept or normal in also:
                kept.append(position)
            elif normal not in self.ignored:
                raise UnknownColumnError(self._unknown(normal), **place)
        positions: dict[str, int] = {}
        for column in self.columns:
            names = found.get(column.field, {})
            if not names:
                if column.is_required:
                    raise MissingColumnError(
                        f"no column {column.field} (known as {', '.join(column.names[1:])})",
                        file=file,
                        row=row,
                        column=column.field,
                        value=",".join(header),
                    )
                continue
            first = min(names, key=column.names.index)
            if len(names) > 1 and not self.kept_alternatives:
                second = header[max(names.values())]
                raise UnknownColumnError(
                    f"two columns hold {column.field}",
                    file=file,
                    row=row,
                    column=str(max(names.values()) + 1),
                    value=second,
                )
            positions[column.field] = names[first]
            kept += [position for name, position in names.items() if name != first]
        return Layout(
            header=tuple(header), positions=positions, main=main, kept=tuple(sorted(kept))
        )

    @property
    def kept_alternatives(self) -> bool:
        """Whether the landing table has a place for a second column of one field."""
        return bool(self.raw.get("kept"))

    def _unknown(self, normal: str) -> str:
        if not normal:
            return "a column has no name"
        nearest = nearest_name(normal, self._known_names())
        return f"the column map does not know this column; nearest known name {nearest!r}"

    def split(self, value: str) -> tuple[str, ...]:
        """Split a list at the separators of the format and at nothing else.

        Elements stay as written; the empty one behind a closing separator is none.
        """
        if not self.separators:
            return (value,)
        parts = re.split("|".join(re.escape(s) for s in self.separators), value)
        while parts and not parts[-1].strip():
            parts.pop()
        return tuple(parts)


@cache
def load_map(name: str) -> ColumnMap:
    """Load ``maps/<name>.toml``.

    Raises
    ------
    LandingError
        If the map has a key nobody reads, or one name means two fields.
    """
    path = MAPS / f"{name}.toml"
    return parse_map(path.read_text(encoding="utf-8"), path.name)


def parse_map(text: str, name: str) -> ColumnMap:
    """Read a column map from its text; see :func:`load_map`."""
    raw = tomllib.loads(text)
    if unknown := raw.keys() - _KEYS:
        raise LandingError(f"{name}: unknown keys {sorted(unknown)}")
    columns = []
    for field_name, entry in raw["columns"].items():
        if unknown := entry.keys() - _COLUMN_KEYS:
            raise LandingError(f"{name}: unknown keys {sorted(unknown)} of {field_name}")
        columns.append(
            Column(
                field=field_name,
                names=tuple(dict.fromkeys(normal_name(n) for n in (field_name, *entry["names"]))),
                is_required=entry.get("required", False),
                is_list=entry.get("list", False),
                is_date=entry.get("date", False),
                is_positional=entry.get("positional", False),
                looks_like=_pattern(entry.get("looks_like")),
                unlike=_pattern(entry.get("unlike")),
                main=tuple(normal_name(n) for n in entry.get("main", ())),
            )
        )
    found = ColumnMap(
        name=name.removesuffix(".toml"),
        columns=tuple(columns),
        ignored=frozenset(normal_name(n) for n in raw.get("ignored", ())),
        kept=frozenset(normal_name(n) for n in raw.get("kept", ())),
        judged_from=raw.get("judged_from", 5),
        least_share=raw.get("least_share", 0.8),
        delimiters=tuple(raw.get("delimiters", (",",))),
        multiline=raw.get("multiline", False),
        separators=tuple(raw.get("separators", ())),
        missing=frozenset(raw.get("missing", ())),
        raw=raw,
    )
    _refuse_double_names(found)
    return found


def _pattern(text: str | None) -> re.Pattern[str] | None:
    return None if text is None else re.compile(text)


def _refuse_double_names(found: ColumnMap) -> None:
    owner: dict[str, str] = {}
    claims: list[tuple[str, str]] = [(n, c.field) for c in found.columns for n in c.names]
    claims += [(n, f"main of {c.field}") for c in found.columns for n in c.main]
    claims += [(n, "kept") for n in found.kept] + [(n, "ignored") for n in found.ignored]
    for name, claim in claims:
        if owner.setdefault(name, claim) != claim:
            raise LandingError(f"{found.name}: {name!r} means {owner[name]} and {claim}")


# ------------------------------------------------------------------- does a column hold its field
def share_of(
    rows: Sequence[RawRow], column: Column, position: int, missing: Iterable[str] = ()
) -> tuple[int, int]:
    """Count the cells that look like a field, and the filled cells, of one column."""
    absent = {"", *missing}
    filled = [row.cells[position] for row in rows if row.cells[position].strip() not in absent]
    fitting = sum(column.fits(value.strip()) is not False for value in filled)
    return fitting, len(filled)


def is_good_share(column_map: ColumnMap, fitting: int, filled: int) -> bool:
    """Tell whether enough of the filled cells look like their field."""
    if filled < column_map.judged_from:
        return fitting > 0 or filled == 0
    return fitting >= column_map.least_share * filled


def refuse_misfits(
    table: RawTable, column_map: ColumnMap, positions: Mapping[str, int], *, first: str = ""
) -> None:
    """Refuse a table with a column that does not hold what its name says.

    Parameters
    ----------
    first : str
        Field to be named first where several do not fit.

    Raises
    ------
    ColumnContentError, FileEncodingError
    """
    judged = [
        (column, positions[column.field])
        for column in map(column_map.column, positions)
        if column.looks_like is not None or column.unlike is not None
    ]
    fits = {column.field: 0 for column, _ in judged}
    filled_cells = dict(fits)
    misfits: dict[str, tuple[int, str]] = {}
    absent = {"", *column_map.missing}
    # One way through the rows: a large table is read from its file.
    for row in table.rows:
        if len(row.cells) != len(table.header):
            continue
        for column, position in judged:
            value = row.cells[position].strip()
            if value in absent:
                continue
            filled_cells[column.field] += 1
            if column.fits(value):
                fits[column.field] += 1
            else:
                misfits.setdefault(column.field, (row.number, row.cells[position]))
    bad = [n for n in fits if not is_good_share(column_map, fits[n], filled_cells[n])]
    if not bad:
        return
    name = first if first in bad else bad[0]
    column, position = column_map.column(name), positions[name]
    number, value = misfits[name]
    fitting, filled = fits[name], filled_cells[name]
    whole = [row for row in table.rows if len(row.cells) == len(table.header)]
    kind: type[ColumnContentError | FileEncodingError] = ColumnContentError
    problem = "the column does not hold what its name says"
    if name == "address" and not any(
        share_of(whole, column, other)[0] for other in positions.values()
    ):
        problem = f"no column reads as addresses in {table.encoding}; is the encoding another one?"
        kind = FileEncodingError
    raise kind(
        f"{problem}: {fitting:,} of {filled:,} cells look like {name}",
        file=table.name,
        row=number,
        column=table.header[position],
        value=value,
    )


def refuse_cut_row(table: RawTable, column_map: ColumnMap, positions: Mapping[str, int]) -> None:
    """Refuse a text without a last line break whose last row may have been cut.

    Raises
    ------
    TruncatedFileError
    """
    if table.is_closed:
        return
    number, cells = table.rows[-1].number, table.rows[-1].cells
    header = table.header
    name = next((f for f, p in positions.items() if p == len(header) - 1), None)
    is_whole = len(cells) == len(header) and (
        name is None or column_map.fits(name, cells[-1]) is not False
    )
    closes = not cells[-1].rstrip().endswith(("(", "/")) and cells[-1].count("(") == cells[
        -1
    ].count(")")
    if is_whole and closes:
        return
    raise TruncatedFileError(
        f"the file ends in the middle of a row: {len(cells)} cells of {len(header)}, no line break",
        file=table.name,
        row=number,
        column=header[min(len(cells), len(header)) - 1],
        value=cells[-1],
    )
