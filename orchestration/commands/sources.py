"""``greenties sources`` and ``greenties versions``: where data come from, what was landed when."""

from __future__ import annotations

import json

import click

from orchestration.commands.common import DataError, checked_settings, named_errors


@click.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON list instead of text.")
@named_errors
def sources(as_json: bool) -> None:
    """Show the registry of sources: terms, date, evidence, how they are used."""
    from scrapers import sources as registry

    click.echo(registry.as_json() if as_json else registry.as_text())


@click.command()
@click.argument("table")
@click.argument("month", metavar="YYYY-MM")
@click.option("--json", "as_json", is_flag=True, help="One JSON list instead of a table.")
@named_errors
def versions(table: str, month: str, as_json: bool) -> None:
    """List every version of MONTH of landing TABLE that was ever landed, oldest first.

    A superseded version stays readable: its rows in the landing file, its pages in the archive
    (python -m scrapers.run --replay --archive FILE --landing-dir ELSEWHERE).
    """
    from scrapers.landing import versions as landed_versions

    found = landed_versions(checked_settings().landing_dir, table, month)
    if as_json:
        click.echo(json.dumps(found, ensure_ascii=False, indent=1))
        return
    if not found:
        raise DataError(f"{table} {month} was never landed")
    click.echo(f"{'landed at':<26}{'rows':>9}  {'content':<17}{'':<9}pages")
    for version in found:
        mark = "current" if version["is_current"] else "" if version["file"] else "no file"
        click.echo(
            f"{version['landed_at']:<26}{version['rows']:>9,}  {version['content_id']:<17}"
            f"{mark:<9}{version['archive'] or ''}"
        )
