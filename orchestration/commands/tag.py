"""``greenties tag``: the green topics of the IPC symbols in a CSV file."""

from __future__ import annotations

import click

from orchestration.commands.common import checked_settings, named_errors
from orchestration.commands.files import STANDARD, input_path, is_same_file, output_file


@click.command()
@click.option(
    "--input", "source", required=True, metavar="FILE", help="CSV file with a header; - is stdin."
)
@click.option("--column", required=True, metavar="NAME", help="Column of IPC symbols, as written.")
@click.option(
    "--mode",
    type=click.Choice(
        [
            "prefix",
            "exact",
            "hierarchical",
            "prefix+legacy",
            "exact+legacy",
            "hierarchical+legacy",
        ]
    ),
    default="prefix",
    show_default=True,
    help="How an entry of the inventory takes in symbols; +legacy counts those of older editions.",
)
@click.option(
    "--output", "target", required=True, metavar="FILE", help="CSV file to write; - is stdout."
)
@named_errors
def tag(source: str, column: str, mode: str, target: str) -> None:
    """Tag the IPC symbols of every row of a CSV file against the WIPO Green Inventory.

    Five columns are added: symbols (as read, in the order of the text), topics and categories (the
    paper's) in the order of the inventory, flag (what is wrong with a piece of the text), reasons
    (symbol < entry of the inventory (edition, mode)). Several values are joined by "|". A text may
    hold one symbol or many, in any notation. The rules are those of the warehouse; what was landed
    is not asked.
    """
    if is_same_file(source, target):
        raise click.UsageError(f"--output {target} is the input")
    current = checked_settings()
    from orchestration.tag import tag_file

    with input_path(source) as path, output_file(target) as sink:
        summary = tag_file(
            current,
            path,
            sink,
            name="stdin" if source == STANDARD else source,
            column=column,
            mode=mode,
        )
    click.echo(str(summary), err=True)
