"""``greenties figures``: the figures of a release as files."""

from __future__ import annotations

from pathlib import Path

import click

from orchestration.commands.common import checked_settings, named_errors, release_database


@click.command()
@click.option(
    "--figure",
    "names",
    multiple=True,
    metavar="FIGURE",
    help="1 to 3, or a name such as map_links_2020; may be given again. All by default.",
)
@click.option("--language", type=click.Choice(["zh", "en"]), help="One language; both by default.")
@click.option(
    "--format",
    "forms",
    multiple=True,
    type=click.Choice(["svg", "pdf", "png"]),
    help="May be given again; all by default. What is drawn comes as CSV in any case.",
)
@click.option("--release", metavar="NAME", help="Folder below releases/; the current one else.")
@click.option(
    "--output",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("figures"),
    show_default=True,
    help="Folder to write to; files of the same names are replaced.",
)
@named_errors
def figures(
    names: tuple[str, ...],
    language: str | None,
    forms: tuple[str, ...],
    release: str | None,
    folder: Path,
) -> None:
    """Write Figures 1 to 3 and the maps and charts around them from a published release.

    Synthetic data is called so in every figure and file name. docs/figures.md lists the figures.
    """
    from analysis.tables import LANGUAGES
    from orchestration.exports import build_facts
    from orchestration.publish import open_published
    from orchestration.release_figures import (
        FIGURE_FORMATS,
        MissingFigure,
        figure_groups,
        write_figures,
    )

    with open_published(release_database(checked_settings(), release)) as connection:
        groups = figure_groups(connection, synthetic=build_facts(connection).is_synthetic)
    members = [member for group in groups for member in group.members]
    known = {member.name: member for member in members}
    numbers = {m.number: m.name for m in members if not isinstance(m, MissingFigure) and m.number}
    wanted = [numbers.get(name, name) for name in names] or list(known)
    if absent := [name for name in wanted if name not in known]:
        raise click.UsageError(f"no figure {', '.join(absent)}; there are {', '.join(known)}")
    chosen = [known[name] for name in dict.fromkeys(wanted)]
    for member in chosen:
        if isinstance(member, MissingFigure):
            click.echo(f"{member.name}: not available, {member.reason}", err=True)
    written = write_figures(
        [member for member in chosen if not isinstance(member, MissingFigure)],
        folder,
        languages=[one for one in LANGUAGES if language in {None, one}],
        formats=[form for form in FIGURE_FORMATS if not forms or form in forms],
    )
    for path in written:
        click.echo(path)
