"""Command line: ``greenties run``, ``load``, ``replay``, ``import``, ``status``, ``sql``, ``ui``.

Exit codes: 0 ok, 1 the data or a step failed, 2 the command was used wrongly; failures of
collection have codes of their own (docs/collection.md). Heavy packages are imported inside the
commands, so that ``greenties --help`` answers at once.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from orchestration.commands.audit import audit
from orchestration.commands.common import (
    DATA_DIR_GIVEN,
    DataError,
    checked_settings,
    chosen_months,
    in_the_log,
    named_errors,
    ourselves,
)
from orchestration.commands.events import events
from orchestration.commands.figures import figures
from orchestration.commands.imports import import_
from orchestration.commands.imports_structured import COMMANDS as STRUCTURED_IMPORTS
from orchestration.commands.load import load
from orchestration.commands.locate import locate
from orchestration.commands.replay import replay
from orchestration.commands.revisions import revisions
from orchestration.commands.sources import sources, versions
from orchestration.commands.tables import tables
from orchestration.commands.tag import tag
from orchestration.commands.trace import trace
from orchestration.commands.verify import verify
from orchestration.settings import REPO_ROOT, Settings, settings

if TYPE_CHECKING:
    from orchestration.line import Outcome

PAPER_SCALE = 8_600_000  # gazette records 2006-2020 at the size of the paper's source


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.option(
    "--data-dir",
    type=click.Path(file_okay=False, path_type=Path),
    help="Data folder; GREENTIES_DATA_DIR otherwise, else data/ beside the project.",
)
@click.option("--debug", is_flag=True, help="Show the traceback of an error.")
@click.version_option(package_name="greenties")
@click.pass_context
def main(context: click.Context, data_dir: Path | None, debug: bool) -> None:
    """Turn patent gazettes (专利公报) into evidence: crawl, build, publish, look.

    Everything a data folder needs lies inside it; commands never touch another one.
    """
    context.obj = debug
    context.meta[DATA_DIR_GIVEN] = data_dir is not None
    if data_dir is not None:
        os.environ["GREENTIES_DATA_DIR"] = str(data_dir.expanduser().absolute())
    settings.cache_clear()


@main.command()
@click.option("--from-landing", is_flag=True, help="Build from what is landed, crawl nothing.")
@click.option(
    "--months",
    metavar="A:B",
    help="Ask only for months from A up to, not including, B (YYYY-MM:YYYY-MM), or for one month.",
)
@click.option("--site-url", help="Site to crawl instead of the embedded office.")
@click.option("--force", is_flag=True, help="Build even when nothing changed.")
@click.option(
    "--dirt",
    type=click.Choice(["0", "default", "heavy"]),
    help="How damaged the records of the embedded office are; GREENTIES_OFFICE_DIRT otherwise.",
)
@click.option(
    "--as-of",
    type=click.DateTime(["%Y-%m-%d"]),
    help="Build what was known on this day, crawl nothing; in a folder of its own below as_of/.",
)
@click.option(
    "--as-of-basis",
    type=click.Choice(["gazette", "load"]),
    default="gazette",
    show_default=True,
    help="Known is what the gazette had printed by that day, or what was landed by then.",
)
@named_errors
def run(  # noqa: PLR0917  # one parameter per option
    from_landing: bool,
    months: str | None,
    site_url: str | None,
    force: bool,
    dirt: str | None,
    as_of: datetime | None,
    as_of_basis: str,
) -> None:
    """Crawl what changed, build, publish. Safe to repeat."""
    if as_of is not None:
        if months or site_url or dirt:
            raise click.UsageError(
                "--as-of crawls nothing: leave out --months, --site-url and --dirt"
            )
        _run_as_of(as_of.date(), as_of_basis, force=force)
        return
    if from_landing and (months or site_url or dirt):
        raise click.UsageError(
            "--from-landing crawls nothing: leave out --months, --site-url and --dirt"
        )
    if site_url and dirt:
        raise click.UsageError("--dirt names a country of the embedded office, --site-url does not")
    current = checked_settings(site_url=site_url, office_dirt=dirt)
    outcome = _run_line(
        current, crawl=not from_landing, months=chosen_months(months, current), force=force
    )
    click.echo("\n" + outcome.summary)
    _say_where(current, outcome)


def _run_as_of(day: date, basis: str, *, force: bool) -> None:
    """Build what was known on a day, with the landing of this data folder."""
    from orchestration.as_of import as_of_folder

    folder = as_of_folder(checked_settings(), day, "load" if basis == "load" else "gazette")
    os.environ["GREENTIES_METHOD_AS_OF"] = f"{day}"
    os.environ["GREENTIES_METHOD_AS_OF_BASIS"] = basis
    current = checked_settings(data_dir=str(folder))
    outcome = _run_line(current, crawl=False, months=None, force=force)
    click.echo("\n" + outcome.summary)
    _say_where(current, outcome)


def _run_line(current: Settings, **options: Any) -> Outcome:
    with in_the_log(current, "run.log"):
        from orchestration.instance import open_instance
        from orchestration.line import run_line

        with open_instance(current) as instance:
            return run_line(current, instance, **options)


def _say_where(current: Settings, outcome: Outcome) -> None:
    synthetic = outcome.identity is not None and outcome.identity.is_synthetic
    notice = "SYNTHETIC DATA: an invented country, no finding about the world."
    if not synthetic:
        notice = "Built from the data landed here."
    again = ourselves(current)
    table = 'sql "select term, coef_text, se_text from reports.rpt_table3_baseline"'
    unavailable = outcome.fingerprints.get("reports.rpt_unavailable")
    if unavailable is not None and unavailable.row_count:
        notice += "\nThe data do not carry every analysis; reports.rpt_unavailable says why."
        table = 'sql "select * from reports.rpt_unavailable"'
    click.echo(
        f"""
{notice}
  database  {current.published_path}
  Parquet   {current.data_dir / "published"}
  report    {current.report_path}

Next: open the report in a browser; look at a table with
  {again} {table}
see how everything hangs together with
  {again} ui"""
    )


@main.command()
@click.option("--port", default=3000, show_default=True, help="Port of the web page.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@named_errors
def ui(port: int, host: str) -> None:
    """Open the Dagster UI on the instance of this data folder."""
    from orchestration.instance import prepare_home

    current = checked_settings()
    environment = {**os.environ, **prepare_home(current)}
    # In the home of the instance Dagster finds one dagster.yaml, and one name for the project.
    command = [sys.executable, "-W", "ignore", "-m", "dagster", "dev", "-w", "workspace.yaml"]
    command += ["--host", host, "--port", str(port), "--log-level", "warning"]
    click.echo(
        f"Dagster UI: http://{host}:{port}  (loads for some seconds; stop with Ctrl-C)", err=True
    )
    raise SystemExit(_child(command, environment, current.dagster_home))


def _child(
    command: list[str], environment: dict[str, str] | None = None, folder: Path = REPO_ROOT
) -> int:
    """Run a command in the foreground; an interrupt is the child's to handle."""
    # A shell that starts us in the background hands down an ignored SIGINT, and the child could
    # then not be stopped by it.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    child = subprocess.Popen(command, cwd=folder, env=environment)

    def forward(number: int, frame: object) -> None:
        child.send_signal(signal.SIGINT if number == signal.SIGTERM else number)

    signal.signal(signal.SIGTERM, forward)
    while True:
        try:
            return child.wait()
        except KeyboardInterrupt:
            child.send_signal(signal.SIGINT)


@main.command(context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False})
@click.option(
    "--amend",
    metavar="MONTH",
    help="Correct one record of MONTH (YYYY-MM); the next run fetches that month again.",
)
@click.option(
    "--scale", type=click.Choice(["paper"]), help="Write 8.6 million records to landing/."
)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED, metavar="[serve|build] [OPTIONS]...")
@named_errors
def office(amend: str | None, scale: str | None, arguments: tuple[str, ...]) -> None:
    """Run the embedded patent office, an invented country.

    Without arguments it serves the country of this data folder on a loopback address, for a
    browser or another crawler; `greenties run` starts an office of its own. Options of the office
    itself: `greenties office serve --help`, for example `greenties office serve --port 8010`.
    """
    from orchestration.site import country_arguments, office_command

    current = checked_settings()
    rest = list(arguments)
    if amend is not None and scale is not None:
        raise click.UsageError("--amend and --scale exclude each other")
    if amend is not None:
        wanted = ["amend", "--directory", str(current.office_dir), amend, *rest]
    elif scale is not None:
        wanted = ["scale", "--landing", str(current.landing_dir), "--records", str(PAPER_SCALE)]
        wanted += rest
    elif not rest or rest[0].startswith("-"):
        wanted = ["serve", *country_arguments(current), *rest]
    elif rest[0] in {"serve", "build"}:
        wanted = [rest[0], *country_arguments(current), *rest[1:]]
    else:
        wanted = rest
    raise SystemExit(_child(office_command(current, *wanted)))


@main.command()
@named_errors
def status() -> None:
    """Show what is landed and published, and if it is up to date."""
    from rich.console import Console
    from rich.table import Table

    from orchestration.status import folder_status

    current = checked_settings()
    found = folder_status(current)
    console = Console(soft_wrap=True)
    console.print(f"data folder  {current.data_dir}", highlight=False)
    table = Table("landing table", "months", "first", "last", "rows", "source", title=None)
    for row in found.landed:
        table.add_row(
            row.table,
            f"{row.months:,}",
            row.first,
            row.last,
            f"{row.rows:,}",
            "synthetic" if row.synthetic else "real",
        )
    if found.landed:
        console.print(table)
    elif not found.problems:
        console.print("nothing is landed yet: greenties run", highlight=False)
    for line in found.last:
        console.print(
            f"last        {line.at}  {line.event:<11} {line.table} {line.month}  {line.detail}",
            highlight=False,
        )
    for line in found.failed:
        console.print(
            f"failed      {line.table} {line.month}: {line.detail}", style="bold", highlight=False
        )
    for host, until, because in found.pauses:
        console.print(
            f"paused      {host} ended the last crawl with {because}: come back at {until}",
            style="bold",
            highlight=False,
        )
    for problem in found.problems:
        console.print(f"problem: {problem}", style="bold", highlight=False)
    if found.release is None:
        console.print("nothing is published yet", highlight=False)
    else:
        console.print(
            f"published    {found.release}, {found.tables} tables, {found.rows:,} rows",
            highlight=False,
        )
    console.print(
        "up to date" if not found.stale else "stale: " + "; ".join(found.stale), highlight=False
    )
    if found.problems:
        raise SystemExit(1)


@main.command()
@click.argument("query")
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", "csv", "json"]),
    default="table",
    show_default=True,
)
@named_errors
def sql(query: str, form: str) -> None:
    """Run QUERY on the published database, opened read-only."""
    import duckdb

    from orchestration.publish import open_published
    from orchestration.query import write_result

    current = checked_settings()
    if not current.published_path.exists():
        raise DataError(f"{current.published_path} does not exist yet: greenties run")
    with open_published(current.published_path.resolve()) as connection:
        try:
            result = connection.sql(query)
        except duckdb.Error as error:
            raise DataError(str(error)) from error
        if result is not None:
            write_result(result, form, sys.stdout)


for structured in STRUCTURED_IMPORTS:
    import_.add_command(structured)
main.add_command(audit)
main.add_command(import_)
main.add_command(events)
main.add_command(figures)
main.add_command(load)
main.add_command(locate)
main.add_command(replay)
main.add_command(revisions)
main.add_command(sources)
main.add_command(tables)
main.add_command(tag)
main.add_command(trace)
main.add_command(versions)
main.add_command(verify)

if __name__ == "__main__":
    main()
