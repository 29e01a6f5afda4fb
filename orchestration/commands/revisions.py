"""``greenties revisions``: what changed in the panel between two builds, and why."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from orchestration.commands.common import DataError, checked_settings, named_errors
from orchestration.whole_files import replacing

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from orchestration.settings import Settings


@click.command()
@click.option("--from", "older", metavar="RELEASE", help="Older build; the one before by default.")
@click.option("--to", "newer", metavar="RELEASE", help="Newer build; the current one by default.")
@click.option(
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    help="CSV file for every changed cell with its causes.",
)
@click.option("--column", "columns", multiple=True, help="Only this column; may be repeated.")
@named_errors
def revisions(
    older: str | None, newer: str | None, output: Path | None, columns: tuple[str, ...]
) -> None:
    """Explain every cell of the panel that differs between two builds (数据修订).

    RELEASE is the number or the build id of a release of this data folder, a data folder (such as
    one of a build as of a day), or a published database.
    """
    import duckdb

    from orchestration.publish import attach_published
    from orchestration.revisions import write_revisions

    current = checked_settings()
    before, after = chosen_releases(current, older, newer)
    with duckdb.connect() as connection:
        connection.execute(f"set threads = {current.threads}")
        attach_published(connection, before, "older")
        attach_published(connection, after, "newer")
        write_revisions(
            connection,
            old="older",
            new="newer",
            landing_dir=current.landing_dir,
            table="memory.main.revisions",
        )
        _refuse_unknown(connection, columns)
        wanted = f"where list_contains({list(columns)!r}, r.column_name)" if columns else ""
        click.echo(f"from {_told(before)}\nto   {_told(after)}\n")
        _write_summary(connection, wanted)
        if output is not None:
            from orchestration.query import write_result

            rows = connection.sql(
                f"select r.* from revisions as r {wanted} "
                "order by r.year, r.adcode, r.column_name, r.cause"
            )
            with replacing(output) as partial, partial.open("w", encoding="utf-8") as stream:
                write_result(rows, "csv", stream)
            click.echo(f"\n{output}: every changed cell with its causes")


def chosen_releases(current: Settings, older: str | None, newer: str | None) -> tuple[Path, Path]:
    """Find the two databases that are to be compared.

    Raises
    ------
    DataError
        If there is none of that name, or nothing to compare with.
    """
    from orchestration.publish import releases

    after = _database(current, newer) if newer else current.published_path
    if not after.exists():
        raise DataError(f"nothing is published in {current.data_dir}; run it first")
    if older:
        return _database(current, older), after
    folders = releases(current)
    position = next(
        (i for i, folder in enumerate(folders) if folder == after.resolve().parent), len(folders)
    )
    if position == 0 or not folders:
        raise DataError(
            f"{_told(after)} has no release before it; name one with --from (releases here: "
            f"{', '.join(folder.name for folder in folders) or 'none'})"
        )
    return folders[position - 1] / "published.duckdb", after


def _database(current: Settings, name: str) -> Path:
    from orchestration.publish import releases

    path = Path(name).expanduser()
    if path.is_file():
        return path
    if (path / "published.duckdb").exists():
        return path / "published.duckdb"
    for folder in reversed(releases(current)):
        number, _, build = folder.name.partition("-")
        if name in {folder.name, build} or (name.isdigit() and int(name) == int(number)):
            return folder / "published.duckdb"
    known = ", ".join(folder.name for folder in releases(current)) or "none"
    raise DataError(f"{name!r} is no release, data folder or database (releases here: {known})")


def _told(database: Path) -> str:
    folder = database.resolve().parent
    return folder.name if folder.parent.name == "releases" else f"{database}"


def _refuse_unknown(connection: DuckDBPyConnection, columns: tuple[str, ...]) -> None:
    from orchestration.importing.nearest import nearest_name

    known = {
        str(name)
        for side in ("older", "newer")
        for name, *_ in connection.execute(f"describe {side}.marts.fct_city_years").fetchall()
    }
    for column in columns:
        if column not in known:
            raise click.UsageError(
                f"--column {column}: the panel has no such column; the nearest is "
                f"{nearest_name(column, known)}"
            )


def _write_summary(connection: DuckDBPyConnection, wanted: str) -> None:
    from orchestration.query import write_result

    cells, unexplained = connection.execute(
        "select count(distinct (r.adcode, r.year, r.column_name)), "
        "count(distinct (r.adcode, r.year, r.column_name)) filter (where r.cause = 'unexplained') "
        f"from revisions as r {wanted}"
    ).fetchall()[0]
    if not cells:
        click.echo("No cell of the panel differs.")
        return
    click.echo(f"{cells:,} cells of the panel differ, {unexplained:,} of them unexplained.\n")
    write_result(
        connection.sql(
            "select r.column_name, r.cause, count(*) as cells, round(sum(r.amount), 6) as amount, "
            f"max(r.detail) as example from revisions as r {wanted} group by all "
            "order by cells desc, r.column_name, r.cause"
        ),
        "table",
        sys.stdout,
    )
