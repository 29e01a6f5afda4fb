"""``greenties audit``: what arithmetic alone proves about printed tables."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from orchestration.commands.common import DataError, named_errors

if TYPE_CHECKING:
    import polars as pl

COLUMNS = ("table", "column", "variable", "statistic", "value")
PAPER_ACTIVE_NODES = 302
"""Nodes of the paper's network that can be active in 2020: 239 cities of its text, 63 others."""


@click.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON list instead of text.")
@click.option(
    "--tables",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder of CSV files (table, column, variable, statistic, value); the paper's by default.",
)
@click.option(
    "--universe", type=click.IntRange(min=2), default=278, show_default=True,
    help="Cities that the text states.",
)  # fmt: skip
@click.option(
    "--active-nodes", type=click.IntRange(min=3),
    help="Most nodes active in one year, for the bound of betweenness.",
)  # fmt: skip
@named_errors
def audit(as_json: bool, folder: Path | None, universe: int, active_nodes: int | None) -> None:
    """Check Tables 1 to 5, printed or your own, against arithmetic.

    Exits with 0 whether or not it finds anything. Findings that are known defects of the paper
    carry their number (D-..).
    """
    from analysis.api import AuditRules, audit_tables

    if folder is None:
        values = paper_tables()
        active_nodes = PAPER_ACTIVE_NODES if active_nodes is None else active_nodes
    else:
        values = read_tables(folder)
    found = audit_tables(values, AuditRules(universe=universe, active_nodes=active_nodes))
    if as_json:
        click.echo(json.dumps([item.to_dict() for item in found], ensure_ascii=False, indent=1))
        return
    known = paper_defects()
    for item in found:
        where = " ".join(part for part in (item.table, item.row, item.column) if part)
        click.echo(f"{item.verdict:<12}{item.check:<30}{item.defect or '':<6}{where}")
        if item.printed:
            click.echo(f"{'':12}printed  {item.printed}")
        click.echo(f"{'':12}computed {item.computed}")
        if item.defect in known:
            click.echo(f"{'':12}{known[item.defect]}")
    counts = {
        verdict: sum(item.verdict == verdict for item in found)
        for verdict in ("fail", "undecidable", "note")
    }
    click.echo(
        f"{counts['fail']} contradictions, {counts['undecidable']} that rounding leaves open, "
        f"{counts['note']} notes"
    )


def paper_tables() -> pl.DataFrame:
    """Return the paper's printed tables as they ship: the seed ``paper_printed_values``."""
    import polars as pl

    from analysis.api import read_paper

    return read_paper(pl.read_csv(_seed("paper_printed_values"), infer_schema=False))


def paper_defects() -> dict[str, str]:
    """Return what is known about each defect of the paper: the seed ``paper_defects``."""
    import polars as pl

    table = pl.read_csv(_seed("paper_defects"), infer_schema=False)
    return {row["defect"]: f"{row['place']}: {row['what']}" for row in table.iter_rows(named=True)}


def read_tables(folder: Path) -> pl.DataFrame:
    """Read every CSV file of a folder, values as text.

    Raises
    ------
    DataError
        If the folder holds no CSV file, or a file lacks a column or cannot be read; it is named.
    """
    import polars as pl

    files = sorted(folder.glob("*.csv"))
    if not files:
        raise DataError(f"{folder}: no CSV file")
    parts = []
    for file in files:
        try:
            table = pl.read_csv(file, infer_schema=False)
        except (pl.exceptions.PolarsError, UnicodeDecodeError) as error:
            raise DataError(f"{file}: not a CSV file in UTF-8: {error}") from error
        if missing := [name for name in COLUMNS if name not in table.columns]:
            raise DataError(
                f"{file}: no column {', '.join(missing)}; has {', '.join(table.columns)}"
            )
        parts.append(table.select(COLUMNS))
    return pl.concat(parts)


def _seed(name: str) -> Path:
    from orchestration.reference_tables import SEEDS

    return SEEDS / f"{name}.csv"
