"""``greenties import``: files that somebody else saved, one command per format."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from orchestration.commands.common import (
    DataError,
    checked_settings,
    named_errors,
    no_warnings,
    ourselves,
)

if TYPE_CHECKING:
    from orchestration.settings import Settings

F = TypeVar("F", bound=Callable[..., Any])


@click.group(name="import")
def import_() -> None:
    """Bring in files that somebody else saved (docs/imports.md).

    A file that cannot be read as a whole stops the import and changes nothing; a row that cannot be
    read is kept in the rejection table with a reason.
    """


def paths_argument(function: F) -> F:
    """Add the files or folders that are to be imported, as ``paths``."""
    return click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))(
        function
    )


def shared_options(function: F) -> F:
    """Add what every import can be told: ``synthetic`` and ``replace``."""
    function = click.option(
        "--replace",
        is_flag=True,
        help="Take out the rows of earlier files of the same name; their copies stay archived.",
    )(function)
    return click.option("--synthetic", is_flag=True, help="The files hold invented data.")(function)


def run_import(
    name: str,
    paths: Sequence[Path],
    *,
    options: dict[str, Any] | None = None,
    synthetic: bool = False,
    replace: bool = False,
    takes_folders: bool = False,
) -> None:
    """Import files of a format into the data folder of this process and print the report.

    Parameters
    ----------
    name : str
        Format of :mod:`orchestration.importing.registry`.
    paths : sequence of Path
    options : dict, optional
        For the format's reader; JSON values, those that are ``None`` are left out.
    synthetic, replace : bool
        As :func:`orchestration.importing.core.land_import`.
    takes_folders : bool
        Whether a folder may be given.
    """
    current = checked_settings()
    if not takes_folders and (folders := [str(path) for path in paths if path.is_dir()]):
        raise DataError(f"a folder, not a file: {', '.join(folders)}")
    if missing := [str(path) for path in paths if not path.exists()]:
        raise DataError(f"no such file: {', '.join(missing)}")
    from orchestration.importing.core import land_import
    from orchestration.importing.registry import import_format
    from orchestration.line import exclusive_folder
    from orchestration.progress import shown

    fmt = import_format(name)
    # Not while a build reads what is landed: it would be published as something it is not.
    with exclusive_folder(current), shown(sys.stderr) as display:
        display.step("import")

        def tell(text: str) -> None:
            display.detail(text)

        report = land_import(
            fmt,
            list(paths),
            landing_dir=current.landing_dir,
            archive_dir=current.archive_dir,
            options={k: v for k, v in (options or {}).items() if v is not None},
            synthetic=synthetic,
            replace=replace,
            progress=tell,
        )
    _record_import(current, fmt.table)
    click.echo(str(report))
    click.echo(f"Next: {ourselves(current)} run --from-landing")


def _record_import(current: Settings, table: str) -> None:
    """Tell the instance that the imported table exists; the UI then shows when and how much."""
    import dagster as dg

    from orchestration.instance import open_instance
    from orchestration.raw import landed_months

    months = [m for m in landed_months(current.landing_dir) if m.table_name == table]
    with open_instance(current) as instance, no_warnings():
        instance.report_runless_asset_event(
            dg.AssetMaterialization(
                asset_key=["landing", f"{table}_files"],
                metadata={
                    "dagster/row_count": sum(month.rows for month in months),
                    "months": ", ".join(f"{month.landing_month:%Y-%m}" for month in months),
                },
            )
        )


encoding_option = click.option(
    "--encoding",
    metavar="NAME",
    help="Encoding of the text (utf-8, gb18030, utf-16, big5); told from the bytes otherwise.",
)


sheet_option = click.option(
    "--sheet", metavar="NAME", help="Sheet of a workbook where several are filled."
)


@import_.command(name="gazette-csv")
@paths_argument
@encoding_option
@sheet_option
@shared_options
@named_errors
def import_gazette(
    *,
    paths: tuple[Path, ...],
    encoding: str | None,
    sheet: str | None,
    synthetic: bool,
    replace: bool,
) -> None:
    """Land gazette listings saved as CSV, damage included."""
    run_import(
        "gazette-csv",
        paths,
        options={"encoding": encoding, "sheet": sheet},
        synthetic=synthetic,
        replace=replace,
    )


def _add_publications(name: str, text: str) -> None:
    """Add the command of a format of publications."""

    def command(
        paths: tuple[Path, ...],
        *,
        encoding: str | None,
        sheet: str | None,
        keep_columns: tuple[str, ...],
        **told: bool,
    ) -> None:
        options = {
            "encoding": encoding,
            "sheet": sheet,
            "keep_columns": sorted(keep_columns) or None,
        }
        run_import(name, paths, options=options, **told)

    command.__doc__ = text
    keep = click.option(
        "--keep-column",
        "keep_columns",
        metavar="NAME",
        multiple=True,
        help="Keep this column, which the map does not know, as it is; may be repeated.",
    )
    function = shared_options(encoding_option(sheet_option(keep(named_errors(command)))))
    import_.command(name=name)(paths_argument(function))


_add_publications("pss", "Land records of the search system (pss-system).")
_add_publications("patsnap", "Land exports of Patsnap (智慧芽).")
_add_publications("incopat", "Land exports of incoPat (合享).")
_add_publications("cn-patent-database", "Land yearly files 中国专利数据库YYYY年.csv.")
_add_publications("cnipr", "Land exports in the manner of TRS and cnipr.")
