"""Tables of a user's own in place of a seed: read and judged before anything is crawled or built.

`GREENTIES_CITY_TABLE`, `GREENTIES_UNITS_TABLE`, `GREENTIES_ALIAS_TABLE` and
`GREENTIES_INVENTORY_TABLE` name CSV files in UTF-8 of the shape of the seeds they replace. Columns
that no model reads may be missing.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from orchestration.settings import REPO_ROOT, Settings

SEEDS = REPO_ROOT / "dbt_project" / "seeds"


class ReferenceTableError(ValueError):
    """A table that replaces a seed cannot be used; names file, row, column and value."""


Check = Callable[[str], str | None]  # what a value is not, or nothing


@dataclass(frozen=True, slots=True)
class _Shape:
    variable: str
    seed: str
    columns: Mapping[str, Check]
    key: tuple[str, ...]
    # Columns whose words the models know one by one: those of the seed, no others.
    closed: tuple[str, ...] = ()
    may_be_empty: bool = False


def _pattern(pattern: str, meaning: str) -> Check:
    matches = re.compile(pattern).fullmatch
    return lambda value: None if matches(value) else meaning


def _degrees(limit: int) -> Check:
    def check(value: str) -> str | None:
        try:
            inside = abs(float(value)) <= limit
        except ValueError:
            inside = False
        return None if inside else f"no number of degrees from -{limit} to {limit}"

    return check


_ANY = _pattern(r"(?s).*", "")
_TEXT = _pattern(r"(?s).*\S.*", "empty")
_CODE = _pattern(r"[0-9]{6}", "no administrative code of six digits")
_CODE_OR_NONE = _pattern(r"([0-9]{6})?", "neither empty nor an administrative code of six digits")
_YEAR_OR_NONE = _pattern(r"([0-9]{4})?", "neither empty nor a year")
_MARK = _pattern(r"[01]", "neither 0 nor 1")
_MARK_OR_NONE = _pattern(r"[01]?", "neither empty nor 0 or 1")
_YEARS = _pattern(r"([0-9]{4}-[0-9]{4}|[0-9]{4}-|-[0-9]{4})?", "neither empty nor years YYYY-YYYY")
_SYMBOL = r"\s*[A-H][0-9]{2}([A-Z](\s*[0-9]{1,4}/[0-9]{2,6})?)?\s*"
_IPC = _pattern(_SYMBOL, "no IPC class, subclass or symbol (H01, H01M, H01M 10/0525)")
_IPC_OR_NONE = _pattern(f"({_SYMBOL})?", "neither empty nor an IPC class, subclass or symbol")

_SHAPES = {
    "city_table": _Shape(
        "GREENTIES_CITY_TABLE",
        "prefectures.csv",
        {
            "adcode": _CODE,
            "name_zh": _TEXT,
            "short_name_zh": _TEXT,
            "name_en": _ANY,
            "pinyin": _ANY,
            "province_zh": _TEXT,
            "province_code": _CODE,
            "province_en": _ANY,
            "region": _ANY,
            "four_region": _ANY,
            "level": _ANY,
            "city_rank": _ANY,
            "latitude": _degrees(90),
            "longitude": _degrees(180),
            "valid_from_year": _YEAR_OR_NONE,
            "valid_to_year": _YEAR_OR_NONE,
            "is_current_2024": _MARK,
            "successor_adcode": _CODE_OR_NONE,
            "in_base_285": _MARK_OR_NONE,
            "in_sample_278": _MARK_OR_NONE,
            "sample_status": _ANY,
        },
        key=("adcode", "name_zh", "valid_from_year"),
        closed=("level",),
    ),
    "units_table": _Shape(
        "GREENTIES_UNITS_TABLE",
        "province_administered_units.csv",
        {
            "adcode": _CODE,
            "name_zh": _TEXT,
            "province_code": _CODE,
            "province_zh": _TEXT,
            "latitude": _degrees(90),
            "longitude": _degrees(180),
            "valid_from_year": _YEAR_OR_NONE,
            "valid_to_year": _YEAR_OR_NONE,
            "in_node_universe_341": _MARK,
        },
        key=("adcode",),
        may_be_empty=True,
    ),
    "alias_table": _Shape(
        "GREENTIES_ALIAS_TABLE",
        "aliases.csv",
        {
            "alias": _TEXT,
            "alias_type": _TEXT,
            "target_adcode": _CODE_OR_NONE,
            "target_level": _ANY,
            "candidate_adcodes": _ANY,
            "valid_years": _YEARS,
        },
        key=(),
        closed=("alias_type", "target_level"),
        may_be_empty=True,
    ),
    "inventory_table": _Shape(
        "GREENTIES_INVENTORY_TABLE",
        "ipc_green_inventory.csv",
        {
            "topic": _TEXT,
            "subtopic_path": _ANY,
            "ipc_from": _IPC,
            "ipc_to": _IPC_OR_NONE,
            "note": _ANY,
            "paper_category": _ANY,
        },
        key=(),
        closed=("paper_category",),
    ),
}


def check_reference_tables(current: Settings) -> None:
    """Judge every table that the settings put in place of a seed.

    Raises
    ------
    ReferenceTableError
        With setting, file, row (header = 1), column and value of the first thing that is wrong.
    """
    for name, shape in _SHAPES.items():
        path: Path | None = getattr(current, name)
        if path is not None:
            _check_table(path, shape)


def _check_table(path: Path, shape: _Shape) -> None:
    def refuse(
        problem: str, row: int | None = None, column: str | None = None, value: str | None = None
    ) -> ReferenceTableError:
        where = [f"file {path}"]
        where += [f"row {row}"] if row is not None else []
        where += [f"column {column}"] if column is not None else []
        where += [f"value {value!r}"] if value is not None else []
        return ReferenceTableError(f"{shape.variable}: {problem} ({', '.join(where)})")

    try:
        data = path.read_bytes()
    except OSError as error:
        raise refuse(f"cannot be read: {error.strerror}") from error
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        row = data[: error.start].count(b"\n") + 1
        cut = data[error.start : error.start + 8].hex(" ")
        raise refuse("the bytes are not UTF-8", row, value=cut) from error
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    closed = _seed_words(shape)
    seen: dict[tuple[str, ...], int] = {}
    row, header, n_rows = 1, [""], 0
    try:
        header = next(reader, [])
        missing = [column for column in shape.columns if column not in header]
        if missing:
            raise refuse(f"the column is missing; {shape.seed} shows the shape", 1, missing[0])
        if doubled := [column for column in header if header.count(column) > 1]:
            raise refuse("two columns have one name", 1, doubled[0])
        row = reader.line_num + 1
        for cells in reader:
            if len(cells) != len(header):
                raise refuse(f"{len(cells)} cells below {len(header)} columns", row)
            values = dict(zip(header, cells, strict=True))
            for column, check in shape.columns.items():
                if problem := check(values[column]):
                    raise refuse(problem, row, column, values[column])
                if column in closed and values[column].strip() not in closed[column]:
                    known = ", ".join(sorted(filter(None, closed[column])))
                    raise refuse(
                        f"no word that is known here: {known}", row, column, values[column]
                    )
            key = tuple(values[column] for column in shape.key)
            if key and key in seen:
                raise refuse(
                    f"the same as row {seen[key]}", row, shape.key[0], values[shape.key[0]]
                )
            seen[key] = row
            n_rows += 1
            row = reader.line_num + 1
    except csv.Error as error:
        raise refuse(f"no CSV: {error}", row) from error
    if n_rows == 0 and not shape.may_be_empty:
        raise refuse("no row below the header", 1)


def _seed_words(shape: _Shape) -> dict[str, set[str]]:
    if not shape.closed:
        return {}
    with (SEEDS / shape.seed).open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    return {column: {"", *(row[column] for row in rows)} for column in shape.closed}
