"""Windows of dates, and the state of one month while it is being crawled."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Any

from scrapers.archive import ArchiveIndex
from scrapers.errors import ScrapeError, SpiderArgumentError


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """The days of one calendar month that are to be crawled, both ends included."""

    first: dt.date
    last: dt.date

    @property
    def month(self) -> str:
        """Month ``YYYY-MM``."""
        return f"{self.first:%Y-%m}"

    @property
    def is_whole_month(self) -> bool:
        return self.first.day == 1 and (self.last + dt.timedelta(days=1)).day == 1


_PLACE = itemgetter(0)


@dataclass(slots=True, kw_only=True)
class SliceCount:
    """Records of one part of a month (a source, an event type): stated by the site, received."""

    stated: int | None = None
    received: int = 0


@dataclass(slots=True, kw_only=True, eq=False)
class MonthCrawl:
    """What is known about one month of one table during a crawl.

    The month is complete when every page was read and as many records arrived as the site states.
    ``journal`` holds pages of an archive that are used instead of asking the site again.
    """

    table: str
    window: Window
    counters: dict[str, int] = field(default_factory=dict)
    pages_expected: int = 1
    pages_read: int = 0
    records_expected: int | None = None  # None until the site stated it
    records: list[tuple[tuple[int, int], Any]] = field(default_factory=list)
    synthetic: bool = False
    slices: dict[str, SliceCount] = field(default_factory=dict)
    received: int = 0
    page_bytes: int = 0
    requests: int = 0
    retries: int = 0
    resumed_pages: int = 0
    statuses: dict[int, int] = field(default_factory=dict)
    journal: ArchiveIndex | None = None
    archive: str | None = None  # path of the WARC below the data folder
    error: ScrapeError | None = None
    come_back_at: str | None = None
    # landed, restored, unchanged, failed, interrupted, absent, not_landed
    outcome: str | None = None
    reason: str | None = None
    started: float = 0.0

    @property
    def is_complete(self) -> bool:
        return (
            self.outcome is None
            and self.records_expected is not None
            and self.pages_read == self.pages_expected
            and len(self.records) == self.records_expected
        )

    def state_slice(self, name: str, stated: int | None) -> None:
        """Take note of how many records of a slice the site states."""
        self.slices.setdefault(name, SliceCount()).stated = stated

    @property
    def stated(self) -> int | None:
        """Records of the month by what the site states, or ``None`` where it states nothing."""
        return self.records_expected if self.counters else None

    def ordered_rows(self) -> list[Any]:
        """Return the records by page and place on the page, numbered from 1.

        The order in which pages arrived leaves no trace.
        """
        self.records.sort(key=_PLACE)
        rows = [item for _, item in self.records]
        for position, item in enumerate(rows, start=1):
            # In place: nobody else holds the record any more, and a copy of 25 fields costs more
            # than reading them from the page.
            object.__setattr__(item, "source_row", position)
        return rows

    def __str__(self) -> str:
        days = "" if self.window.is_whole_month else f" ({self.window.first}..{self.window.last})"
        return f"{self.table} {self.window.month}{days}"


def split_into_months(from_date: str, until_date: str) -> tuple[Window, ...]:
    """Split the half-open window ``[from_date, until_date)`` at the ends of months.

    Raises
    ------
    SpiderArgumentError
        If a date is not ISO or the window is empty.
    """
    try:
        first, end = dt.date.fromisoformat(from_date), dt.date.fromisoformat(until_date)
    except ValueError as error:
        raise SpiderArgumentError(f"from_date/until_date: {error}") from error
    if first >= end:
        raise SpiderArgumentError(f"empty window {from_date}..{until_date}")
    windows = []
    while first < end:
        following = min(_next_month(first), end)
        windows.append(Window(first=first, last=following - dt.timedelta(days=1)))
        first = following
    return tuple(windows)


def whole_months(months: str) -> tuple[Window, ...]:
    """Read a list of months ``2019-07,2019-09``; sorted, each once.

    Raises
    ------
    SpiderArgumentError
        If the list is empty or an entry is not ``YYYY-MM``.
    """
    windows = []
    for month in sorted({part.strip() for part in months.split(",") if part.strip()}):
        try:
            first = dt.datetime.strptime(month, "%Y-%m").replace(tzinfo=dt.UTC).date()
        except ValueError as error:
            raise SpiderArgumentError(f"months: {month!r} is not YYYY-MM") from error
        windows.append(Window(first=first, last=_next_month(first) - dt.timedelta(days=1)))
    if not windows:
        raise SpiderArgumentError("months: empty list")
    return tuple(windows)


def _next_month(day: dt.date) -> dt.date:
    return (day.replace(day=1) + dt.timedelta(days=32)).replace(day=1)
