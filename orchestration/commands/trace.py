"""``greenties trace``: why a cell of the panel has its value."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import TYPE_CHECKING

import click

from orchestration.commands.common import DataError, checked_settings, named_errors

if TYPE_CHECKING:
    from orchestration.trace import Patent, Trace


@click.command()
@click.option("--variable", required=True, help="Column of the panel, e.g. rsi, gtr, ln_gpatent.")
@click.option("--city", required=True, help="Code (340100) or name (合肥).")
@click.option("--year", required=True, type=int, help="Calendar year of the row.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
)
@named_errors
def trace(variable: str, city: str, year: int, form: str) -> None:
    """Show the patents, cities and landed pages behind a cell of the panel.

    What the patents add is the value of the cell. Names of persons are keyed, as everywhere.
    """
    from orchestration.publish import open_published
    from orchestration.trace import TraceError, trace_cell

    current = checked_settings()
    if not current.published_path.exists():
        raise DataError(f"{current.published_path} does not exist yet: greenties run")
    with open_published(current.published_path.resolve()) as connection:
        try:
            found = trace_cell(connection, variable, city, year)
        except TraceError as error:
            raise click.UsageError(str(error)) from error
    if form == "json":
        click.echo(json.dumps(found.to_dict(), ensure_ascii=False, indent=1))
        return
    for line in _lines(found):
        click.echo(line)


def _lines(found: Trace) -> list[str]:
    from orchestration.trace import WHOLE_NETWORK

    value = "missing" if found.value is None else f"{found.value:.9g}"
    unit = f" ({found.unit})" if found.unit else ""
    lines = [f"{found.variable} of {found.city_name} {found.adcode} {found.year} = {value}{unit}"]
    if found.source_table:
        lines.append(f"  from {found.source_table}; rule: {found.rule}")
    if found.variable.removesuffix("_lag1") in WHOLE_NETWORK:
        lines.append(
            "  it hangs on every edge of the year: marts.fct_joint_edges, fct_transfer_edges"
        )
    elif found.counted is None:
        lines.append("  no patent stands behind it")
    else:
        lines.append(
            f"  {found.counted} = {_number(found.sum_of_links)}, the sum over "
            f"{len(found.patents):,} patent{'' if len(found.patents) == 1 else 's'}"
        )
    for patent in found.patents:
        lines += _of_patent(patent)
    return lines


def _of_patent(patent: Patent) -> list[str]:
    others = f" with {', '.join(patent.other_cities)}" if patent.other_cities else ""
    lines = [
        "",
        f"{patent.application_no or patent.application_id}  +{_number(patent.adds)}{others}"
        f"  {patent.title or ''}".rstrip(),
    ]
    for who in patent.applicants:
        place = (
            f"{who.adcode} {who.city_rule} {who.confidence}" if who.adcode else f"? {who.reason}"
        )
        lines.append(f"  applicant {who.position}  {who.name or '?'}  {place}")
    for event in patent.events:
        lines.append(f"  event  {event.what} {event.date or '?'}  {event.note}")
        lines.append(f"    {event.source_file} row {event.source_row}  {event.raw_pointer}")
    for record in patent.publications:
        lines.append(f"  record  {record.what} {record.date or '?'}")
        lines.append(f"    {record.source_file} row {record.source_row}  {record.raw_pointer}")
    return lines


def _number(value: Decimal) -> str:
    return f"{value.quantize(Decimal('0.000001')).normalize():f}"
