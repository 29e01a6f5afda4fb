"""``greenties verify``: what is published follows from what is landed."""

from __future__ import annotations

import click

from orchestration.commands.common import DataError, checked_settings, named_errors
from orchestration.settings import Settings


@click.command()
@click.option(
    "--stored",
    is_flag=True,
    help="Only recompute the fingerprints of the published tables; build nothing.",
)
@named_errors
def verify(stored: bool) -> None:
    """Recompute all fingerprints, rebuild from landing, and compare.

    The rebuild starts from nothing in a folder of its own, with another number of threads and the
    landed months in the opposite order. Exit code 1 when a table differs; its first differing row
    is shown column by column.
    """
    current = checked_settings()
    if not current.published_path.exists():
        raise DataError(f"{current.published_path} does not exist yet: greenties run")
    _verify_stored(current)
    if not stored:
        _verify_rebuilt(current)


def _verify_stored(current: Settings) -> None:
    from orchestration.publish import published_fingerprints, recomputed_fingerprints

    stated = published_fingerprints(current.published_path)
    found = recomputed_fingerprints(current.published_path)
    wrong = sorted(k for k in stated.keys() | found.keys() if stated.get(k) != found.get(k))
    for name in sorted(stated.keys() | found.keys()):
        mark = "DIFFERS" if name in wrong else "ok"
        rows = found[name].row_count if name in found else 0
        click.echo(f"{mark:<8}{name:<48}{rows:>12,} rows")
    if wrong:
        raise DataError(f"{len(wrong)} published tables differ from their fingerprints")
    click.echo(f"All {len(stated)} published tables have the fingerprints of their build.")


def _verify_rebuilt(current: Settings) -> None:
    from orchestration.status import folder_status
    from orchestration.verify import differing_tables, first_difference, rebuilt

    if reasons := folder_status(current).stale:
        raise DataError(
            f"what is published is not what is landed now ({'; '.join(reasons)}), so that a "
            "rebuild would tell nothing: greenties run --from-landing"
        )
    click.echo("Rebuilding from landing in an empty warehouse ...", err=True)
    with rebuilt(current) as database:
        published = current.published_path.resolve()
        differing = differing_tables(published, database)
        for table in differing:
            try:
                difference = first_difference(published, database, table)
            except ValueError as error:
                click.echo(str(error))
                continue
            for line in difference.lines() if difference is not None else [f"{table}: no rows"]:
                click.echo(line)
    if differing:
        raise DataError(f"a rebuild gives {len(differing)} other tables: {', '.join(differing)}")
    click.echo("A rebuild from landing, in another order, gives the same tables.")
