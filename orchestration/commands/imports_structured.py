"""``greenties import``: structured sources, legal events, yearbooks and policy documents."""

from __future__ import annotations

from pathlib import Path

import click

from orchestration.commands.common import DataError, named_errors
from orchestration.commands.imports import (
    encoding_option,
    paths_argument,
    run_import,
    shared_options,
    sheet_option,
)

authority_option = click.option(
    "--authority",
    "authorities",
    multiple=True,
    metavar="CODE",
    default=("CN",),
    show_default=True,
    help="Office whose publications land; may be given several times.",
)


@click.command(name="legal-events")
@paths_argument
@encoding_option
@sheet_option
@click.option(
    "--allow-unlinked",
    is_flag=True,
    help="Land events that carry no number at all; nothing links them to an application.",
)
@click.option(
    "--restore-zeros",
    is_flag=True,
    help="Put back zeros in front of an application number where its check digit agrees.",
)
@shared_options
@named_errors
def legal_events(
    *,
    paths: tuple[Path, ...],
    encoding: str | None,
    sheet: str | None,
    allow_unlinked: bool,
    restore_zeros: bool,
    synthetic: bool,
    replace: bool,
) -> None:
    """Land lists of legal events (法律状态): CSV, workbook or TRS dump."""
    run_import(
        "legal-events",
        paths,
        options={
            "encoding": encoding,
            "sheet": sheet,
            "allow_unlinked": allow_unlinked,
            "restore_zeros": restore_zeros,
        },
        synthetic=synthetic,
        replace=replace,
    )


@click.command(name="bulk-legal-status")
@paths_argument
@shared_options
@named_errors
def bulk_legal_status(paths: tuple[Path, ...], synthetic: bool, replace: bool) -> None:
    """Land the office's bulk legal status (PRS): folders a day, zip or XML files."""
    run_import("bulk-legal-status", paths, synthetic=synthetic, replace=replace, takes_folders=True)


@click.command(name="bulk-biblio")
@paths_argument
@shared_options
@named_errors
def bulk_biblio(paths: tuple[Path, ...], synthetic: bool, replace: bool) -> None:
    """Land the office's bulk bibliography: folders, zip or XML files."""
    run_import("bulk-biblio", paths, synthetic=synthetic, replace=replace, takes_folders=True)


@click.command(name="bigquery")
@paths_argument
@authority_option
@shared_options
@named_errors
def bigquery(
    paths: tuple[Path, ...], authorities: tuple[str, ...], synthetic: bool, replace: bool
) -> None:
    """Land publications of the public BigQuery data set: JSON lines (also .gz) or Parquet."""
    run_import(
        "bigquery",
        paths,
        options={"authorities": _codes(authorities)},
        synthetic=synthetic,
        replace=replace,
    )


@click.command(name="patstat")
@paths_argument
@authority_option
@shared_options
@named_errors
def patstat(
    paths: tuple[Path, ...], authorities: tuple[str, ...], synthetic: bool, replace: bool
) -> None:
    """Land PATSTAT tables (tls201, 206, 207, 209, 211): CSV or zip files, or their folder."""
    run_import(
        "patstat",
        paths,
        options={"authorities": _codes(authorities)},
        synthetic=synthetic,
        replace=replace,
        takes_folders=True,
    )


@click.command(name="yearbook")
@paths_argument
@click.option(
    "--map",
    "map_path",
    required=True,
    type=click.Path(path_type=Path),
    help="TOML file that declares columns, variables and units (docs/imports.md).",
)
@encoding_option
@shared_options
@named_errors
def yearbook(
    paths: tuple[Path, ...],
    map_path: Path,
    encoding: str | None,
    synthetic: bool,
    replace: bool,
) -> None:
    """Land yearbook tables (统计年鉴): CSV, xls or xlsx, with a map of your own."""
    try:
        text = map_path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"the map {map_path} cannot be read: {error}") from error
    run_import(
        "yearbook",
        paths,
        options={"map": text, "map_name": map_path.name, "encoding": encoding},
        synthetic=synthetic,
        replace=replace,
    )


@click.command(name="policy-documents")
@paths_argument
@click.option(
    "--issuer-separator",
    "issuer_separators",
    multiple=True,
    metavar="TEXT",
    help="Separator between issuing bodies besides ; and ；; may be given several times.",
)
@encoding_option
@sheet_option
@shared_options
@named_errors
def policy_documents(
    *,
    paths: tuple[Path, ...],
    issuer_separators: tuple[str, ...],
    encoding: str | None,
    sheet: str | None,
    synthetic: bool,
    replace: bool,
) -> None:
    """Land provincial policy documents (政策文件): CSV or xlsx."""
    if "" in issuer_separators:
        raise click.UsageError("--issuer-separator is empty")
    run_import(
        "policy-documents",
        paths,
        options={
            "issuer_separators": list(issuer_separators),
            "encoding": encoding,
            "sheet": sheet,
        },
        synthetic=synthetic,
        replace=replace,
    )


def _codes(authorities: tuple[str, ...]) -> list[str]:
    codes = sorted({code.strip().upper() for code in authorities})
    for code in codes:
        if len(code) != 2 or not code.isalpha():
            raise click.UsageError(f"--authority {code}: an office has two letters, such as CN")
    return codes


COMMANDS: tuple[click.Command, ...] = (
    legal_events,
    bulk_legal_status,
    bulk_biblio,
    bigquery,
    patstat,
    yearbook,
    policy_documents,
)
