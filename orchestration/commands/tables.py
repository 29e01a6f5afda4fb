"""``greenties tables``: the tables of a release as files."""

from __future__ import annotations

from pathlib import Path

import click

from orchestration.commands.common import checked_settings, named_errors, release_database


@click.command()
@click.option(
    "--table",
    "names",
    multiple=True,
    metavar="TABLE",
    help="Number (3, 5b, A7) or name (spatial_tests); may be given again. All by default.",
)
@click.option("--language", type=click.Choice(["zh", "en"]), help="One language; both by default.")
@click.option(
    "--format",
    "forms",
    multiple=True,
    type=click.Choice(["html", "tex", "docx", "xlsx", "csv"]),
    help="May be given again; all by default.",
)
@click.option("--city", help="Table 1 of this city: code (340100) or name (合肥).")
@click.option(
    "--basis",
    type=click.Choice(["application", "grant"]),
    help="Table 1 of joint applications or of joint grants.",
)
@click.option(
    "--with-paper", is_flag=True, help="Put the paper's printed numbers and defects beside ours."
)
@click.option("--release", metavar="NAME", help="Folder below releases/; the current one else.")
@click.option(
    "--output",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("tables"),
    show_default=True,
    help="Folder to write to; files of the same names are replaced.",
)
@named_errors
def tables(  # noqa: PLR0917  # one parameter per option
    names: tuple[str, ...],
    language: str | None,
    forms: tuple[str, ...],
    city: str | None,
    basis: str | None,
    with_paper: bool,
    release: str | None,
    folder: Path,
) -> None:
    """Write Tables 1 to 5 and the tables behind the text from a published release.

    Synthetic data is called so in every file and file name. docs/tables.md lists the tables.
    """
    from analysis.tables import LANGUAGES
    from orchestration.exports import FORMATS, ExportError, tables_of, write_tables
    from orchestration.publish import open_published
    from orchestration.trace import TraceError, find_city

    asked = set(names) or ({"1"} if city or basis else set())
    if (city or basis) and not asked & {"1", "table1"}:
        raise click.UsageError("--city and --basis are about Table 1: add --table 1")
    if (city or basis) and with_paper:
        raise click.UsageError("the paper prints no Table 1 of a chosen city or basis")
    with open_published(release_database(checked_settings(), release)) as connection:
        try:
            made = tables_of(
                connection,
                names=[*dict.fromkeys(names or asked)] or None,
                city=find_city(connection, city)[0] if city else None,
                basis=basis,
                paper=with_paper,
            )
        except (ExportError, TraceError) as error:
            raise click.UsageError(str(error)) from error
    written = write_tables(
        made,
        folder,
        languages=[one for one in LANGUAGES if language in {None, one}],
        formats=[form for form in FORMATS if not forms or form in forms],
    )
    for path in written:
        click.echo(path)
