"""``greenties events parse``: read the texts of legal events in a CSV file.

One JSON object a row, in the order of the file; ``docs/events.md`` describes the fields.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import click

from orchestration.commands.common import named_errors
from orchestration.commands.files import STANDARD, input_path, is_same_file, output_file

if TYPE_CHECKING:
    from scrapers.items import Party
    from scrapers.parsers.events import ParsedEvent


@click.group()
def events() -> None:
    """Read the texts of legal events (事务数据)."""


@events.command()
@click.option(
    "--input", "source", required=True, metavar="FILE", help="CSV file with a header; - is stdin."
)
@click.option("--column", required=True, metavar="NAME", help="Column that holds the texts.")
@click.option("--output", "target", required=True, metavar="FILE", help="JSON lines; - is stdout.")
@click.option(
    "--type-column",
    metavar="NAME",
    help="Column with 事务数据类型 or a code (TR01), for texts that do not say what happened.",
)
@click.option(
    "--encoding",
    type=click.Choice(["auto", "utf-8", "gb18030"]),
    default="auto",
    show_default=True,
    help="auto takes UTF-8 (with or without BOM), else GB18030.",
)
@named_errors
def parse(source: str, column: str, target: str, type_column: str | None, encoding: str) -> None:
    """Write one JSON object for every row of a CSV file, in its order.

    What could not be read is named in the object's "problems"; a summary goes to stderr.
    """
    if is_same_file(source, target):
        raise click.UsageError(f"--output {target} is the input")
    with input_path(source) as path, output_file(target) as sink:
        summary = parse_file(
            path,
            sink,
            name="stdin" if source == STANDARD else source,
            column=column,
            type_column=type_column,
            encoding=encoding,
        )
    click.echo(str(summary), err=True)


@dataclass(slots=True)
class Summary:
    """What became of the rows of one file; ``str()`` prints it."""

    name: str
    encoding: str
    rows: int = 0
    types: Counter[str] = field(default_factory=Counter)
    problems: Counter[str] = field(default_factory=Counter)
    with_problems: int = 0

    def __str__(self) -> str:
        lines = [f"{self.name} ({self.encoding}): {self.rows:,} rows"]
        lines += [f"  {kind:<28}{n:>12,}" for kind, n in _by_count(self.types)]
        lines.append(f"with problems: {self.with_problems:,} rows")
        lines += [f"  {problem:<28}{n:>12,}" for problem, n in _by_count(self.problems)]
        return "\n".join(lines)


def _by_count(counts: Counter[str]) -> list[tuple[str, int]]:
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))


def parse_file(
    path: Path,
    sink: IO[str],
    *,
    name: str,
    column: str,
    type_column: str | None = None,
    encoding: str = "auto",
) -> Summary:
    """Read the texts of one column and write one JSON object a row.

    Parameters
    ----------
    path : Path
        CSV file with a header.
    sink : text file
        Gets the lines.
    name : str
        Name of the file in errors.
    column, type_column : str
        Names in the header; spaces around them do not count.
    encoding : str
        ``auto``, ``utf-8`` or ``gb18030``.

    Returns
    -------
    Summary
        Rows by type and by problem. A line of the file without any character is no row.

    Raises
    ------
    click.UsageError
        If the header has no such column, or has it twice.
    ImportFileError
        If the file cannot be read to its end as text in this encoding and as CSV.
    """
    from orchestration.importing.streams import csv_stream
    from scrapers.parsers.events import parse_event_text

    with path.open("rb") as file:
        table = csv_stream(file, name, None if encoding == "auto" else encoding)
        width = len(table.header)
        text_at = _position(table.header, column, name, "--column")
        type_at = None
        if type_column is not None:
            type_at = _position(table.header, type_column, name, "--type-column")
        summary = Summary(name, table.encoding)
        for _, cells in table.records:
            if not cells:
                continue
            event = parse_event_text(
                _cell(cells, text_at), "" if type_at is None else _cell(cells, type_at)
            )
            problems = list(event.problems)
            if len(cells) != width:
                problems.append("row_short" if len(cells) < width else "row_long")
            sink.write(_line(event, problems))
            summary.rows += 1
            summary.types[event.type] += 1
            summary.problems.update(problems)
            summary.with_problems += bool(problems)
    return summary


def _cell(cells: list[str], position: int) -> str:
    return cells[position] if position < len(cells) else ""


def _position(header: list[str], column: str, name: str, option: str) -> int:
    from orchestration.importing.nearest import nearest_name

    names = [cell.strip() for cell in header]
    places = [place for place, cell in enumerate(names) if cell == column.strip()]
    if not places:
        known = [cell for cell in names if cell]
        hint = f"; the nearest is {nearest_name(column, known)!r}" if known else ""
        for delimiter in (";", "\t", "|"):
            if len(names) == 1 and column.strip() in map(str.strip, names[0].split(delimiter)):
                hint = f"; its cells are separated by {delimiter!r}, this command reads commas"
        raise click.UsageError(f"{option} {column}: {name} has no such column{hint}")
    if len(places) > 1:
        raise click.UsageError(f"{option} {column}: {name} has {len(places)} columns of this name")
    return places[0]


def _line(event: ParsedEvent, problems: list[str]) -> str:
    text = json.dumps(
        {
            "type": event.type,
            "effective_date": event.effective_date,
            "before": [_party(party) for party in event.parties_before],
            "after": [_party(party) for party in event.parties_after],
            "item": event.item,
            "ipc": event.ipc,
            "problems": problems,
            "reference_no": event.reference_no,
        },
        ensure_ascii=False,
    )
    # Some readers end a line at these, too.
    for sign in "\x85\u2028\u2029":
        if sign in text:
            text = text.replace(sign, f"\\u{ord(sign):04x}")
    return f"{text}\n"


def _party(party: Party) -> dict[str, Any]:
    return {"name": party.name, "address": party.address, "postcode": party.postcode}
