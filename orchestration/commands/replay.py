"""``greenties replay``: read archived pages once more, without asking the site."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from orchestration.commands.common import (
    DataError,
    checked_settings,
    finish_on_sigterm,
    named_errors,
    no_warnings,
    ourselves,
)
from orchestration.commands.load import crawled_tables, print_report
from orchestration.settings import Settings

if TYPE_CHECKING:
    from orchestration.collect import CollectionError


@click.command()
@click.option(
    "--months",
    metavar="A:B",
    help="Months from A up to, not including, B (YYYY-MM:YYYY-MM), or one month; else all that "
    "are archived.",
)
@click.option(
    "--table", "tables", multiple=True, metavar="TABLE", help="Landing table; may be repeated."
)
@named_errors
def replay(months: str | None, tables: tuple[str, ...]) -> None:
    """Read the archived pages again with today's parsers and land what changed. No network.

    `greenties run --from-landing` builds what was landed.
    """
    from orchestration.partitions import chosen_range

    current = checked_settings()
    chosen = crawled_tables(tables)
    asked = None
    if months is not None:
        try:
            asked = chosen_range(months)
        except ValueError as error:
            raise click.UsageError(f"--months {months}: {error}") from error
    from orchestration.collect import ledger_position, ledger_report
    from orchestration.line import exclusive_folder
    from scrapers.run import SPIDERS

    finish_on_sigterm()
    first_error: CollectionError | None = None
    landed: list[dict[str, Any]] = []
    with exclusive_folder(current):
        position = ledger_position(current)
        for table in chosen or sorted(SPIDERS):
            failure = _replay_table(current, table, asked, landed)
            first_error = first_error or failure
        report = ledger_report(current, position)
    _record(current, landed)
    print_report(report)
    for line in landed:
        click.echo(
            f"changed: {line['table']} {str(line['landing_month'])[:7]}, {line.get('rows'):,} rows"
        )
    if first_error is not None:
        raise DataError(str(first_error), exit_code=first_error.exit_code)
    if landed:
        click.echo(f"Next: {ourselves(current)} run --from-landing")
    else:
        click.echo("The parsers read every archived page as before; nothing changed.")


def _replay_table(
    current: Settings,
    table: str,
    months: tuple[str, str] | None,
    landed: list[dict[str, Any]],
) -> CollectionError | None:
    from orchestration.collect import FETCHED, CollectionError
    from orchestration.collect import replay as replay_archive
    from orchestration.progress import shown

    with shown(sys.stderr) as display:
        display.step(f"replay {table}")
        try:
            for line in replay_archive(current, table, months=months):
                if line.get("event") in FETCHED:
                    landed.append({**line, "table": table})
                    display.detail(f"{len(landed):,} months changed")
        except CollectionError as error:
            return error
    return None


def _record(current: Settings, landed: list[dict[str, Any]]) -> None:
    """Tell the instance about the months that changed."""
    if not landed:
        return
    with no_warnings():
        from orchestration.defs.landing import YEARBOOK_TABLES, landing_key, materialization
        from orchestration.instance import open_instance

        with open_instance(current) as instance:
            for line in landed:
                table = line["table"]
                yearly = table in YEARBOOK_TABLES
                partition = str(line["landing_month"])[: 4 if yearly else 7]
                instance.report_runless_asset_event(
                    materialization(landing_key(table), table, partition, line, yearly=yearly)
                )
