"""``greenties load``: collect months, build nothing."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import click

from orchestration.commands.common import (
    DataError,
    checked_settings,
    chosen_months,
    in_the_log,
    named_errors,
    ourselves,
)
from orchestration.settings import Settings

if TYPE_CHECKING:
    from orchestration.collect import CollectionReport

_COLUMNS = (
    "table", "asked", "received", "landed", "unchanged", "failed", "pages", "records", "bytes",
    "stated total", "seconds",
)  # fmt: skip


@click.command()
@click.option(
    "--since",
    metavar="DATE",
    help="Gazette date YYYY-MM-DD or month YYYY-MM from which on to collect; months are whole.",
)
@click.option(
    "--months",
    metavar="A:B",
    help="Months from A up to, not including, B (YYYY-MM:YYYY-MM), or one month.",
)
@click.option(
    "--recheck",
    type=click.IntRange(min=0),
    metavar="K",
    help="Fetch the K months before them whole and compare by content, for late corrections; "
    "GREENTIES_RECHECK_MONTHS otherwise.",
)
@click.option(
    "--table", "tables", multiple=True, metavar="TABLE", help="Landing table; may be repeated."
)
@click.option("--site-url", help="Site to crawl instead of the embedded office.")
@click.option(
    "--ignore-pause", is_flag=True, help="Start although the site wants to be left alone."
)
@named_errors
def load(  # noqa: PLR0917
    since: str | None,
    months: str | None,
    recheck: int | None,
    tables: tuple[str, ...],
    site_url: str | None,
    ignore_pause: bool,
) -> None:
    """Collect what changed and build nothing; `greenties run --from-landing` builds.

    Exits with the code of the first failure of collection (docs/collection.md).
    """
    if since and months:
        raise click.UsageError("--since and --months exclude each other")
    current = checked_settings(site_url=site_url)
    asked = months_since(since, current) if since else chosen_months(months, current)
    chosen = crawled_tables(tables)
    with in_the_log(current, "load.log"):
        from orchestration.instance import open_instance
        from orchestration.line import load as load_line

        with open_instance(current) as instance:
            report, error = load_line(
                current,
                instance,
                months=asked,
                tables=chosen,
                recheck=current.recheck_months if recheck is None else recheck,
                ignore_pause=ignore_pause,
            )
    print_report(report)
    if error is not None:
        raise DataError(str(error), exit_code=error.exit_code)
    if report.fetched:
        click.echo(f"Next: {ourselves(current)} run --from-landing")
    else:
        click.echo("Nothing changed.")


def months_since(since: str, current: Settings) -> tuple[str, str]:
    """Return the half-open range of months from a gazette date to the end of the window.

    Raises
    ------
    click.UsageError
        If it is no date, or none of the window follows.
    """
    if not re.fullmatch(r"\d{4}-\d{2}(-\d{2})?", since):
        raise click.UsageError(f"--since {since}: expected YYYY-MM-DD or YYYY-MM")
    import datetime as dt

    try:
        dt.date.fromisoformat(since if len(since) == 10 else f"{since}-01")
    except ValueError as error:
        raise click.UsageError(f"--since {since}: {error}") from error
    first = max(since[:7], current.from_month)
    if first >= current.until_month:
        raise click.UsageError(
            f"--since {since}: no month of the window {current.from_month} up to "
            f"{current.until_month} follows (GREENTIES_FROM_MONTH, GREENTIES_UNTIL_MONTH)"
        )
    return first, current.until_month


def crawled_tables(names: tuple[str, ...]) -> tuple[str, ...] | None:
    """Return the tables asked for, ``None`` for all.

    Raises
    ------
    click.UsageError
        If a name is no table that a spider fills; says the nearest one.
    """
    from orchestration.importing.nearest import nearest_name
    from scrapers.run import SPIDERS

    for name in names:
        if name not in SPIDERS:
            raise click.UsageError(
                f"--table {name}: no spider fills such a table; the nearest is "
                f"{nearest_name(name, SPIDERS)}, all are {', '.join(sorted(SPIDERS))}"
            )
    return names or None


def print_report(report: CollectionReport) -> None:
    """Print what happened to each table, months counted but for pages, records and bytes."""
    rows: list[tuple[str, ...]] = [_COLUMNS]
    for table, counts in sorted(report.tables.items()):
        figures = (
            counts.asked, counts.received, counts.landed, counts.unchanged, counts.failed,
            counts.pages, counts.records, counts.page_bytes, counts.stated,
        )  # fmt: skip
        rows.append((table, *map(_text, figures), f"{counts.seconds:,.0f}"))
    widths = [max(len(row[column]) for row in rows) for column in range(len(_COLUMNS))]
    for name, *texts in rows:
        click.echo("  ".join([name.ljust(widths[0]), *map(str.rjust, texts, widths[1:])]).rstrip())
    for table, month, reason in report.failed:
        click.echo(f"failed: {table} {month}: {reason}")


def _text(value: Any) -> str:
    return "" if value is None else f"{value:,}"
