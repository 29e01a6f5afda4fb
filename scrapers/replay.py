"""Which archived pages a replay reads, and how their months were asked for."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from scrapers.archive import FAILED, ArchiveIndex
from scrapers.errors import LandingError, PageNotArchivedError
from scrapers.landing import archive_of, current_month
from scrapers.spiders.base import MonthSpider

_NO_SITE = "http://replay.invalid"  # never asked; archives of earlier versions do not name it


@dataclass(slots=True, kw_only=True)
class ReplayGroup:
    """Months that were fetched with the same arguments.

    ``site`` is what their requests are made out to; none of them is sent.
    """

    site: str
    arguments: dict[str, str]
    archives: dict[str, Path] = field(default_factory=dict)


def replay_groups(
    landing_dir: Path,
    archive_dir: Path,
    table: str,
    *,
    from_month: str | None = None,
    until_month: str | None = None,
    months: Collection[str] | None = None,
    archive: Path | None = None,
) -> list[ReplayGroup]:
    """Return the archives to read again, grouped by how their months were asked for.

    For each month the archive that its landed rows come from; where none is landed, that of the
    newest failure.

    Parameters
    ----------
    from_month, until_month : str, optional
        Half-open range of months; all without.
    months : collection of str, optional
        Only these months.
    archive : Path, optional
        This WARC alone, for the month in whose folder it lies.

    Raises
    ------
    PageNotArchivedError
        If the archive that landed rows point to is gone, or ``archive`` does not exist.
    """
    chosen: dict[str, Path] = {}
    if archive is not None:
        if not archive.is_file():
            raise PageNotArchivedError(f"no archive {archive}")
        chosen[archive.resolve().parent.name] = archive.resolve()
    else:
        for month in _months(landing_dir, archive_dir, table):
            if (from_month and month < from_month) or (until_month and month >= until_month):
                continue
            if months and month not in months:
                continue
            path = _archive_of_month(landing_dir, archive_dir, table, month)
            if path is not None:
                chosen[month] = path
    groups: dict[tuple[tuple[str, str], ...], ReplayGroup] = {}
    for month, path in sorted(chosen.items()):
        manifest = current_month(landing_dir, table, month)
        index = ArchiveIndex.read_info(path)
        site = index.info.get("greenties-site", _NO_SITE)
        if manifest is not None:
            site = str(manifest["site"])
        arguments = index.arguments
        key = tuple(sorted(arguments.items()))
        group = groups.setdefault(key, ReplayGroup(site=site, arguments=arguments))
        group.archives[month] = path
    return list(groups.values())


def attach_archives(spider: MonthSpider, group: ReplayGroup) -> None:
    """Give each month of a spider the archive it is read from."""
    for month in spider.months:
        path = group.archives[month.window.month]
        month.journal = ArchiveIndex.read(path)
        month.synthetic = month.journal.info.get("greenties-synthetic") == "true"


def _months(landing_dir: Path, archive_dir: Path, table: str) -> Iterable[str]:
    landed = (
        folder.name.removeprefix("landing_month=").removesuffix("-01")
        for folder in (landing_dir / table).glob("landing_month=*-01")
        if (folder / "current.json").is_file()
    )
    failed = (path.parent.name for path in (archive_dir / table).glob(f"*/{FAILED}"))
    return sorted({*landed, *failed})


def _archive_of_month(landing_dir: Path, archive_dir: Path, table: str, month: str) -> Path | None:
    try:
        named = archive_of(current_month(landing_dir, table, month))
    except LandingError:
        named = None
    if named is not None:
        path = archive_dir / Path(named).relative_to("raw")
        if not path.is_file():
            raise PageNotArchivedError(f"{table} {month}: the archive {named} is gone")
        return path
    failed = archive_dir / table / month / FAILED
    return failed if failed.is_file() else None
