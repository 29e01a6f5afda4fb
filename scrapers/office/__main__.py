"""Command line of the embedded office: ``python -m scrapers.office COMMAND``."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from scrapers.office import amend as amending
from scrapers.office.builder import BuildError, Parameters, ensure_built, store_path
from scrapers.office.dirt import DEFAULT, LEVELS
from scrapers.office.faults import FaultError, parse_fault, read_faults
from scrapers.office.site import NotLoopbackError, loopback_host
from scrapers.office.site import serve as serve_site

DEFAULT_SEED = 20061231
DEFAULT_RECORDS = 60_000

_DIRECTORY = click.Path(file_okay=False, path_type=Path)


def _country_options(command: Callable[..., Any]) -> Callable[..., Any]:
    options = (
        click.option("--directory", type=_DIRECTORY, required=True, help="Folder of the office."),
        click.option("--truth", type=_DIRECTORY, help="Folder of the truth; nobody else reads it."),
        click.option("--seed", type=int, default=DEFAULT_SEED, show_default=True),
        click.option(
            "--records",
            type=click.IntRange(min=1),
            default=DEFAULT_RECORDS,
            show_default=True,
            help="Gazette records 2006-2020, about.",
        ),
        click.option(
            "--preset",
            type=click.Choice(["realistic", "recovery"]),
            default="realistic",
            show_default=True,
        ),
        click.option(
            "--shares",
            type=click.Choice(["enriched", "natural"]),
            default="enriched",
            show_default=True,
            help="Shares of green and of joint inventions.",
        ),
        click.option(
            "--dirt",
            type=click.Choice(LEVELS),
            default=DEFAULT.level,
            show_default=True,
            help="How damaged the records are.",
        ),
    )
    for option in reversed(options):
        command = option(command)
    return command


def _note(message: str) -> None:
    click.echo(message, err=True)


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
def main() -> None:
    """Run the embedded patent office: a synthetic country behind a gazette site on this machine."""
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")


@main.command()
@_country_options
@click.option("--force", is_flag=True, help="Build although the same country is already there.")
def build(  # noqa: PLR0917 (click passes by name)
    directory: Path,
    truth: Path | None,
    seed: int,
    records: int,
    preset: str,
    shares: str,
    dirt: str,
    force: bool,
) -> None:
    """Build the country (and its truth); nothing to do when the same one is already there."""
    parameters = Parameters(seed=seed, records=records, preset=preset, shares=shares, dirt=dirt)
    built = _built(directory, truth, parameters, force=force)
    _note(f"{'built' if built else 'already there:'} {store_path(directory)}")


@main.command()
@_country_options
@click.option("--host", default="127.0.0.1", show_default=True, help="A loopback address.")
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="0 takes a free port.")
@click.option(
    "--port-file",
    type=click.Path(dir_okay=False, path_type=Path),
    help='Gets {"url": ..., "pid": ...} when the site answers.',
)
@click.option(
    "--robot-check-after",
    type=click.IntRange(min=0),
    metavar="N",
    help="Answer the robot check after N requests.",
)
@click.option(
    "--fault",
    "faults",
    multiple=True,
    metavar="NAME[:key=value,...]",
    help="Serve a fault of the source, see docs/office.md; repeatable.",
)
@click.option(
    "--faults-file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Further faults, one a line; read again whenever the file changes.",
)
@click.option("--stop-with-stdin", is_flag=True, help="Stop when standard input is closed.")
def serve(  # noqa: PLR0917 (click passes by name)
    directory: Path,
    truth: Path | None,
    seed: int,
    records: int,
    preset: str,
    shares: str,
    dirt: str,
    host: str,
    port: int,
    port_file: Path | None,
    robot_check_after: int | None,
    faults: tuple[str, ...],
    faults_file: Path | None,
    stop_with_stdin: bool,
) -> None:
    """Serve the country on a loopback address; builds it first when it is not there yet."""
    try:
        host = loopback_host(host)
    except NotLoopbackError as error:
        raise click.UsageError(str(error)) from error
    try:
        for text in faults:
            parse_fault(text)
        if faults_file is not None:
            read_faults(faults_file)
    except FaultError as error:
        raise click.UsageError(str(error)) from error
    parameters = Parameters(seed=seed, records=records, preset=preset, shares=shares, dirt=dirt)
    _built(directory, truth, parameters)
    store = store_path(directory)
    amending.prepare_store(store)
    try:
        serve_site(
            store,
            host=host,
            port=port,
            port_file=port_file,
            log_path=directory / "requests.log",
            robot_check_after=robot_check_after,
            faults=faults,
            faults_file=faults_file,
            stop_with_stdin=stop_with_stdin,
            announce=click.echo,
        )
    except OSError as error:
        raise click.ClickException(f"cannot serve on {host}:{port}: {error}") from error


@main.command()
@click.option("--directory", type=_DIRECTORY, required=True, help="Folder of the office.")
@click.option(
    "--table",
    type=click.Choice(amending.TABLES),
    default="sipo_patents",
    show_default=True,
    help="Gazette records, legal events or policy documents.",
)
@click.argument("month")
def amend(directory: Path, table: amending.Table, month: str) -> None:
    """Correct one record of MONTH (YYYY-MM) as a gazette would, and raise its counter."""
    try:
        amendment = amending.amend(store_path(directory), month, table)
    except amending.AmendError as error:
        raise click.ClickException(str(error)) from error
    click.echo(json.dumps(asdict(amendment), ensure_ascii=False))


@main.command()
@click.option("--landing", type=_DIRECTORY, required=True, help="Landing folder to write to.")
@click.option("--records", type=click.IntRange(min=1), required=True)
@click.option("--seed", type=int, default=DEFAULT_SEED, show_default=True)
@click.option("--shares", type=click.Choice(["enriched", "natural"]), default="natural")
def scale(landing: Path, records: int, seed: int, shares: str) -> None:
    """Write a country of paper size straight to landing files, without site and crawl."""
    from scrapers.office.country import write_bulk

    write_bulk(landing, seed=seed, records=records, shares=shares, progress=_note)


@main.command()
@click.option("--landing", type=_DIRECTORY, required=True, help="Landing folder to write to.")
@click.option("--truth", type=_DIRECTORY, required=True, help="Folder of the ledger.")
@click.option("--seed", type=int, default=DEFAULT_SEED, show_default=True)
@click.option(
    "--alpha-degree",
    type=click.FloatRange(0.0, 3.0),
    default=0.0,
    show_default=True,
    help="Effect of degree centrality of the year before; nothing is claimed about it.",
)
def recovery(landing: Path, truth: Path, seed: int, alpha_degree: float) -> None:
    """Write a world whose panel equation is known to landing files, and its ledger."""
    from scrapers.office.recovery import draw_world
    from scrapers.office.recovery_ledger import write_ledger
    from scrapers.office.recovery_records import land_records, write_records

    world = draw_world(seed, alpha_degree=alpha_degree)
    records = write_records(world)
    land_records(landing, world, records, _note)
    write_ledger(truth, world, records)


def _built(
    directory: Path, truth: Path | None, parameters: Parameters, *, force: bool = False
) -> bool:
    try:
        return ensure_built(directory, truth, parameters, force=force, progress=_note)
    except BuildError as error:
        raise click.ClickException(str(error)) from error


if __name__ == "__main__":
    sys.exit(main())
