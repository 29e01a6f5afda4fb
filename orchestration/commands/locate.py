"""``greenties locate``: the place of every address or organisation in a CSV file."""

from __future__ import annotations

import click

from orchestration.commands.common import checked_settings, named_errors
from orchestration.commands.files import STANDARD, input_path, is_same_file, output_file


@click.command()
@click.option("--input", "source", required=True, metavar="FILE", help="CSV file with a header.")
@click.option(
    "--text-column", required=True, metavar="NAME", help="Column of addresses and organisations."
)
@click.option(
    "--year-column",
    metavar="NAME",
    help="Column of the years the texts were written in; empty means the end of 2024.",
)
@click.option(
    "--kind-column",
    metavar="NAME",
    help="Column that says address or name; without it, and where it is empty, a rule decides.",
)
@click.option("--output", "target", required=True, metavar="FILE", help="CSV file to write.")
@named_errors
def locate(
    source: str, text_column: str, year_column: str | None, kind_column: str | None, target: str
) -> None:
    """Add city codes to every row of a CSV file, with the rule and how sure it is.

    Seven columns are added: prefecture_adcode (boundaries of the end of 2024), adcode_at_date (the
    unit of that year), node_adcode (prefectures, and units that a province administers itself),
    candidates, rule, confidence, reason. Where a text does not decide, the codes stay empty and
    the reason says why. The rules are those of the warehouse; what was landed is not asked.
    """
    if is_same_file(source, target):
        raise click.UsageError(f"--output {target} is the input")
    current = checked_settings()
    from orchestration.locate import locate_file

    with input_path(source) as path, output_file(target) as sink:
        summary = locate_file(
            current,
            path,
            sink,
            name="stdin" if source == STANDARD else source,
            text_column=text_column,
            year_column=year_column,
            kind_column=kind_column,
        )
    click.echo(str(summary), err=True)
