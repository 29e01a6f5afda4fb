"""Results of a query on paper: a table for people, CSV or JSON for programs."""

from __future__ import annotations

import csv
import json
from datetime import date, datetime, time
from decimal import Decimal
from io import StringIO
from typing import TYPE_CHECKING, Any, TextIO

if TYPE_CHECKING:
    from duckdb import DuckDBPyRelation
    from rich.console import Console
    from rich.table import Table

LEAST_WIDTH = 16  # characters a column needs on a screen to be read
TABLE_ROWS = 200  # more do not help a reader; CSV and JSON write all


def write_result(result: DuckDBPyRelation, form: str, stream: TextIO) -> None:
    """Write the rows of a relation.

    Parameters
    ----------
    form : {"table", "csv", "json"}
        JSON is one object per line.
    """
    names = result.columns
    if form == "table":
        rows = result.limit(TABLE_ROWS + 1).fetchall()
        _write_table(names, rows, stream)
    elif form == "csv":
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(names)
        while rows := result.fetchmany(10_000):
            writer.writerows([["" if v is None else _plain(v) for v in row] for row in rows])
    else:
        while rows := result.fetchmany(10_000):
            for row in rows:
                values = {name: _json(value) for name, value in zip(names, row, strict=True)}
                stream.write(json.dumps(values, ensure_ascii=False) + "\n")


def _write_table(names: list[str], rows: list[tuple[Any, ...]], stream: TextIO) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD)
    for index, name in enumerate(names):
        numeric = any(isinstance(row[index], int | float | Decimal) for row in rows)
        table.add_column(Text(name), justify="right" if numeric else "left", overflow="fold")
    for row in rows[:TABLE_ROWS]:
        table.add_row(*(Text("" if value is None else str(_plain(value))) for value in row))
    paper = StringIO()
    screen = Console(file=stream)
    if stream.isatty() and _is_too_wide(table, screen):
        _write_blocks(names, rows[:TABLE_ROWS], stream)
    elif stream.isatty():
        screen.print(table)
    else:  # a pipe has no width; cut nothing there
        Console(file=paper, width=10**5).print(table)
    stream.writelines(f"{line.rstrip()}\n" for line in paper.getvalue().splitlines())
    if len(rows) > TABLE_ROWS:
        stream.write(f"first {TABLE_ROWS} rows; --format csv writes all\n")
    else:
        stream.write(f"{len(rows)} row{'' if len(rows) == 1 else 's'}\n")


def _is_too_wide(table: Table, screen: Console) -> bool:
    """Whether so many columns would be folded that nobody could read them."""
    natural = screen.measure(table, options=screen.options.update(width=10**5)).maximum
    return natural > screen.width and len(table.columns) * LEAST_WIDTH > screen.width


def _write_blocks(names: list[str], rows: list[tuple[Any, ...]], stream: TextIO) -> None:
    """One line per value, one block per row."""
    label = max(map(len, names))
    for number, row in enumerate(rows, start=1):
        stream.write(f"-- row {number}\n")
        for name, value in zip(names, row, strict=True):
            text = "" if value is None else _plain(value)
            stream.write(f"{name:<{label}}  {text}".rstrip() + "\n")


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date | datetime | time) else value


def _json(value: Any) -> Any:
    if isinstance(value, list):
        return [_json(item) for item in value]
    if isinstance(value, dict):
        return {str(key): _json(item) for key, item in value.items()}
    if isinstance(value, int | float | str | bool) or value is None:
        return value
    return str(_plain(value))
