"""Scrapy extension that archives pages and lands months: complete, or not at all."""

from __future__ import annotations

import datetime as dt
import json
import logging
import os
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from scrapy import Spider
from scrapy import signals as scrapy_signals
from scrapy.crawler import Crawler
from scrapy.http import Response

from scrapers import killpoint, signals
from scrapers.archive import (
    FAILED,
    UNFINISHED,
    ArchiveIndex,
    MonthArchive,
    complete_archives,
    remove_leftovers,
)
from scrapers.errors import (
    CountMismatchError,
    CrawlInterruptedError,
    DailyCapReachedError,
    LandingError,
    RequestFailedError,
    RobotsUnreachableError,
    ScrapeError,
    SiteRefusalError,
)
from scrapers.hosts import HostState, next_day
from scrapers.identity import parser_identity
from scrapers.landing import (
    append_ledger,
    archive_of,
    current_month,
    land_rows,
    lock_table,
    month_folder,
    reason_to_fetch,
)
from scrapers.months import MonthCrawl, SliceCount
from scrapers.parsers.text import page_digest

logger = logging.getLogger(__name__)

# The pages of a month that failed for one of these are good: the next crawl goes on from them.
_KEEPS_PAGES = (
    RequestFailedError,
    SiteRefusalError,
    DailyCapReachedError,
    RobotsUnreachableError,
    LandingError,
)
_NEWLY_BEGUN = dt.timedelta(days=1)


class LandingWriter:
    """Collect the items of each month and land it when it is complete.

    Settings ``LANDING_DIR`` and ``ARCHIVE_DIR``. One process lands a table at a time.
    """

    def __init__(self, crawler: Crawler, table: str) -> None:
        self._crawler = crawler
        self._table = table
        self._landing_dir = Path(crawler.settings["LANDING_DIR"])
        self._archive_dir = Path(crawler.settings["ARCHIVE_DIR"])
        self._resume_age = dt.timedelta(days=crawler.settings.getfloat("RESUME_DAYS"))
        self._locks = [lock_table(self._landing_dir, table)]
        self._take_host(crawler)
        self._archives: dict[MonthCrawl, MonthArchive] = {}
        removed = remove_leftovers(self._archive_dir, table)
        removed += remove_leftovers(self._landing_dir, table)
        if removed:
            logger.info("Removed %d half-written files of a crawl that was killed", removed)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> LandingWriter:
        spider = crawler.spider
        assert spider is not None  # the crawler makes the spider before its extensions
        writer = cls(crawler, spider.name)
        for handler, signal in (
            (writer.month_asked, signals.month_asked),
            (writer.month_opened, signals.month_opened),
            (writer.page_read, signals.page_read),
            (writer.month_failed, signals.month_failed),
            (writer.month_settled, signals.month_settled),
            (writer.item_scraped, scrapy_signals.item_scraped),
            (writer.item_dropped, scrapy_signals.item_dropped),
            (writer.item_error, scrapy_signals.item_error),
            (writer.spider_error, scrapy_signals.spider_error),
            (writer.spider_closed, scrapy_signals.spider_closed),
        ):
            crawler.signals.connect(handler, signal)
        if not crawler.settings.getdict("FEEDS") and not crawler.settings.getdict("ITEM_PIPELINES"):
            spider.record_sink = writer.record_read  # type: ignore[attr-defined]
        return writer

    def _take_host(self, crawler: Crawler) -> None:
        """Refuse to start during a pause, and while another crawl asks the same host.

        Raises
        ------
        SitePausedError, LandingBusyError
        """
        settings = crawler.settings
        if settings.getbool("SITE_IS_LOOPBACK") or settings.getbool("REPLAY"):
            return
        try:
            if not settings.getbool("IGNORE_PAUSE"):
                self._host().require_no_pause(dt.datetime.now(dt.UTC))
            self._locks.append(self._host().lock())
        except ScrapeError:
            self._locks[0].close()
            raise

    @property
    def _spider(self) -> Any:
        return self._crawler.spider

    # ------------------------------------------------------------------------ what spiders say
    def month_asked(self, month: MonthCrawl) -> None:
        if not self._spider.is_replay:
            self._note("asked", month)

    def month_opened(self, month: MonthCrawl) -> None:
        try:
            self._open_archive(month)
        except OSError as error:
            self.month_failed(month, LandingError(f"no archive can be begun: {error}"))

    def _open_archive(self, month: MonthCrawl) -> None:
        month.started = time.monotonic()
        if self._spider.is_replay:
            if month.journal is not None and _is_provisional(month.journal.path):
                # What is there stays as it is until the month is landed.
                part = f".replay-{os.getpid()}.part"
                self._archives[month] = self._begin(month, month.journal, part_name=part)
            return
        journal = self._journal(month)
        self._archives[month] = archive = self._begin(month, journal)
        month.journal = archive.journal
        if journal is not None:
            logger.info("%s: %d pages in the archive already", month, len(journal.pages))

    def page_read(self, month: MonthCrawl, response: Response, digest: str) -> None:
        request = response.request
        if request is None or month.outcome is not None:
            return
        archive = self._archives.get(month)
        if archive is not None:
            try:
                archive.add(**_exchange(response), digest=digest)
            except OSError as error:
                self.month_failed(month, LandingError(f"page not archived: {error}"))
                return
        month.page_bytes += len(response.body)
        month.pages_read += 1
        self._settle(month)

    def item_scraped(self, item: Any, response: Response | None) -> None:
        if response is not None and response.meta.get("month") is not None:
            self.record_read(item, response)

    def record_read(self, item: Any, response: Response) -> None:
        """Take a record of a page that was announced by ``page_read``."""
        month: MonthCrawl = response.meta["month"]
        if month.outcome is not None:
            return
        month.records.append(((response.meta["order"], item.source_row), item))
        if len(month.records) == month.records_expected:
            self._settle(month)

    def item_dropped(self, response: Response | None, exception: BaseException) -> None:
        self._fail_by_response(response, f"item dropped: {exception}")

    def item_error(self, response: Response | None, failure: Any) -> None:
        self._fail_by_response(response, f"item refused: {failure.value!r}")

    def spider_error(self, response: Response | None, failure: Any) -> None:
        self._fail_by_response(response, f"{failure.type.__name__}: {failure.value}")

    def month_failed(
        self, month: MonthCrawl, error: ScrapeError, response: Response | None = None
    ) -> None:
        if month.outcome is not None:
            return
        month.outcome = "failed"
        self._blame(month, error)
        logger.warning("%s failed, nothing landed: %s", month, month.reason)
        self._keep_pages(month, error, response)
        month.records.clear()
        if isinstance(error, SiteRefusalError) and not self._spider.is_replay:
            until = self._host().pause(error, dt.datetime.now(dt.UTC))
            month.come_back_at = until.isoformat()
            logger.warning(
                "%s wants no further request (%s). Come back at %s: what was fetched is kept, "
                "running the same again goes on from there",
                self._host().host,
                type(error).__name__,
                month.come_back_at,
            )
        self._report(month, self._note("failed", month))

    def month_settled(self, month: MonthCrawl, line: dict[str, Any] | None) -> None:
        """Write the ledger line of an outcome that the spider found by itself."""
        if month.outcome in ("unchanged", "absent") and line is None:
            if month.outcome == "unchanged":
                self._note("unchanged", month)
            else:
                archive = self._archives.pop(month, None)
                if archive is not None:
                    archive.discard()
                self._note("asked", month)

    def spider_closed(self, spider: Spider, reason: str) -> None:
        stopped = getattr(spider, "stopped_because", None)
        for month in getattr(spider, "months", []):
            if month.outcome is not None:
                continue
            error = stopped
            month.outcome = "interrupted"
            if error is None and reason == "finished":
                month.outcome = "failed"
                error = CountMismatchError(
                    f"the crawl ended with {month.pages_read} of {month.pages_expected} pages and "
                    f"{len(month.records)} of {month.records_expected} records"
                )
            elif error is None:
                error = CrawlInterruptedError(
                    f"{reason}; what was fetched is kept, running the same again goes on from there"
                )
            self._blame(month, error)
            if isinstance(error, DailyCapReachedError):
                month.come_back_at = next_day(dt.datetime.now(dt.UTC)).isoformat()
            self._keep_pages(month, error, None)
            self._report(month, self._note(month.outcome, month))
        self._miss_landed_months()
        if stopped is None and reason == "finished" and not self._spider.is_replay:
            self._host().forgive()
        for lock in self._locks:
            lock.close()

    def _miss_landed_months(self) -> None:
        """Notice months that somebody took away while the crawl went on."""
        gone = [
            month.window.month
            for month in getattr(self._spider, "months", [])
            if month.outcome in ("landed", "restored", "unchanged")
            and not month_folder(self._landing_dir, self._table, month.window.month).is_dir()
        ]
        if gone:
            error = LandingError(f"{self._table}: landed, and gone since: {', '.join(gone)}")
            logger.warning("%s", error)
            self._spider.first_error = self._spider.first_error or error

    # ------------------------------------------------------------------------------- the judge
    def _settle(self, month: MonthCrawl) -> None:
        """Land the month if nothing is missing any more."""
        if not month.is_complete:
            return
        try:
            self._land(month, month.ordered_rows())
        except OSError as error:
            self.month_failed(month, LandingError(f"{type(error).__name__}: {error}"))
        except LandingError as error:
            self.month_failed(month, error)
        month.records.clear()

    def _land(self, month: MonthCrawl, rows: list[Any]) -> None:
        table, name = self._table, month.window.month
        # The page a row points to is in place before the row is.
        archive = self._archives.pop(month, None)
        path = month.journal.path if archive is None and month.journal else None
        if archive is not None:
            path = archive.finish()
        if path is None:
            raise LandingError(f"{month}: no archive")
        month.archive = self._below_data(path)
        if not month.window.is_whole_month:
            month.outcome = "not_landed"
            month.reason = "the window does not cover the whole month"
            logger.warning("%s: %d records crawled, not landed: part of a month", month, len(rows))
            self._report(month, {"event": "not_landed", "rows": len(rows)})
            return
        if self._spider.record_sink is not None:  # Scrapy has not counted them
            self._crawler.stats.inc_value("item_scraped_count", len(rows))
        killpoint.reached("landing")
        counts = self._counts(month, rejected=0)
        line = land_rows(
            self._landing_dir,
            table,
            name,
            rows,
            site=self._site(month),
            site_counters=month.counters,
            synthetic=month.synthetic,
            source_file=month.archive,
            manifest={
                "archive": month.archive,
                "pages": month.pages_read,
                "page_bytes": month.page_bytes,
                "stated": month.stated,
                "parser": parser_identity(),
            },
            keep_source_file=self._has_former_archive(month),
            ledger=counts,
        )
        month.outcome = line["event"]
        self._report(month, line)

    def _has_former_archive(self, month: MonthCrawl) -> bool:
        """Tell whether the archive that landed rows point to is still there."""
        former = archive_of(self._manifest(month))
        return former is not None and (self._archive_dir.parent / former).is_file()

    def _fail_by_response(self, response: Response | None, reason: str) -> None:
        month = None if response is None else response.meta.get("month")
        if month is not None:
            self.month_failed(month, ScrapeError(reason), response)

    def _blame(self, month: MonthCrawl, error: ScrapeError) -> None:
        month.error = error
        month.reason = f"{type(error).__name__}: {error}"
        if self._spider.first_error is None:
            self._spider.first_error = error

    # -------------------------------------------------------------------------------- archives
    def _begin(
        self, month: MonthCrawl, resume: ArchiveIndex | None, *, part_name: str = UNFINISHED
    ) -> MonthArchive:
        spider = self._spider
        window = month.window
        return MonthArchive(
            self._archive_dir,
            self._table,
            window.month,
            info={
                "software": str(self._crawler.settings["USER_AGENT"]).partition(" ")[0],
                "isPartOf": f"{self._table} {window.month}",
                "greenties-window": f"{window.first}..{window.last}",
                "greenties-site": self._site(month),
                "greenties-mode": spider.mode_of(month),
                "greenties-arguments": json.dumps(self._arguments(), ensure_ascii=False),
                "greenties-totals": json.dumps(month.counters),
                "greenties-synthetic": str(month.synthetic).lower(),
            },
            resume=resume,
            part_name=part_name,
        )

    def _arguments(self) -> dict[str, str]:
        """Return the arguments of the spider that shape its requests."""
        spider = self._spider
        return {
            name: str(getattr(spider, name))
            for name in spider.archived_arguments
            if hasattr(spider, name)
        }

    def _journal(self, month: MonthCrawl) -> ArchiveIndex | None:
        """Return the archive whose pages still hold, by the totals that the site states now.

        That of an unfinished crawl; or, where a month is not landed as it should be (killed before
        it was landed, file gone, columns of an older version), that of a complete one.
        """
        if not month.counters:
            return None  # nothing states that the pages still hold
        folder = self._archive_dir / self._table / month.window.month
        unfinished = folder / UNFINISHED
        if unfinished.is_file():
            index = ArchiveIndex.read(unfinished)
            if self._still_holds(index, month, self._resume_age):
                return index
        if not month.window.is_whole_month:
            return None
        why = reason_to_fetch(self._landing_dir, self._table, month.window.month, month.counters)
        if why in ("damaged", "outdated") and self._spider.mode_of(month) == "crawl":
            former = archive_of(self._manifest(month))
            path = None if former is None else self._archive_dir.parent / former
            if path is not None and path.is_file():
                index = ArchiveIndex.read(path)
                if not index.info or index.arguments == self._arguments():
                    return index
        if why != "absent":
            return None
        age = None if self._spider.mode_of(month) == "crawl" else _NEWLY_BEGUN
        for path in complete_archives(self._archive_dir, self._table, month.window.month):
            index = ArchiveIndex.read(path)
            if self._still_holds(index, month, age):
                return index
        return None

    def _still_holds(
        self, index: ArchiveIndex, month: MonthCrawl, age: dt.timedelta | None
    ) -> bool:
        begun = index.begun_at
        window = f"{month.window.first}..{month.window.last}"
        if begun is None or index.totals != month.counters:
            return False
        if index.arguments != self._arguments():
            return False  # its pages answer other requests
        if index.info.get("greenties-window") != window:
            return False
        if age is not None and dt.datetime.now(dt.UTC) - begun > age:
            return False
        # Who wants a month whole gets no page from before he said so.
        return (
            self._spider.mode_of(month) == "crawl" or index.info.get("greenties-mode") == "refetch"
        )

    def _keep_pages(self, month: MonthCrawl, error: ScrapeError, response: Response | None) -> None:
        """Leave the pages of a month that was not landed where they are of use."""
        archive = self._archives.pop(month, None)
        if archive is None:
            return
        if self._spider.is_replay:
            archive.discard()
            return
        try:
            if isinstance(error, (*_KEEPS_PAGES, CrawlInterruptedError)):
                archive.suspend()
                return
            if response is not None and response.request is not None and response.body:
                # The page that was not understood is the one to look at.
                archive.add(**_exchange(response), digest=page_digest(response.body))
            archive.fail()
        except OSError as problem:
            logger.warning("%s: its pages could not be kept: %s", month, problem)

    # ---------------------------------------------------------------------------------- notes
    def _counts(self, month: MonthCrawl, *, rejected: int) -> dict[str, Any]:
        landed = month.outcome is None
        slices = month.slices or {"all": SliceCount(stated=month.stated, received=month.received)}
        return {
            "mode": self._spider.mode_of(month),
            "requests": month.requests,
            "retries": month.retries,
            "statuses": {str(status): n for status, n in sorted(month.statuses.items())},
            "pages": month.pages_read,
            "page_bytes": month.page_bytes,
            "resumed_pages": month.resumed_pages,
            "stated": month.stated,
            "received": month.received,
            "rejected": rejected,
            "slices": [
                {
                    "slice": name,
                    "stated": count.stated,
                    "received": count.received,
                    "landed": count.received if landed else 0,
                }
                for name, count in slices.items()
            ],
            "archive": month.archive,
            "parser": parser_identity(),
            "seconds": round(time.monotonic() - month.started, 3) if month.started else None,
        }

    def _note(self, event: str, month: MonthCrawl) -> dict[str, Any]:
        counts = self._counts(month, rejected=month.received) if event != "asked" else {}
        if event in ("asked", "unchanged"):
            counts = {
                "mode": self._spider.mode_of(month),
                "requests": month.requests,
                "stated": month.stated,
            }
        error = month.error
        details = {
            "table": self._table,
            "landing_month": f"{month.window.month}-01",
            "site_counters": month.counters or None,
            "reason": month.reason,
            "error": None if error is None else type(error).__name__,
            "exit_code": None if error is None else error.exit_code,
            "come_back_at": month.come_back_at,
            **counts,
        }
        try:
            return append_ledger(self._landing_dir, event=event, **details)
        except (OSError, LandingError) as problem:
            # Said on standard output all the same, and by the exit code.
            logger.warning("%s: no line in the ledger (%s): %s", month, event, problem)
            if self._spider.first_error is None:
                self._spider.first_error = LandingError(f"no line in the ledger: {problem}")
            return {key: value for key, value in details.items() if value is not None}

    def _report(self, month: MonthCrawl, line: dict[str, Any]) -> None:
        self._crawler.signals.send_catch_log(
            signals.month_settled, spider=self._crawler.spider, month=month, line=line
        )

    def _manifest(self, month: MonthCrawl) -> dict[str, Any] | None:
        try:
            return current_month(self._landing_dir, self._table, month.window.month)
        except LandingError:
            return None

    def _site(self, month: MonthCrawl) -> str:
        """Base URL that the pages came from; a replay keeps the one that is on record."""
        if self._spider.is_replay:
            manifest = self._manifest(month)
            if manifest is not None:
                return str(manifest["site"])
            if month.journal is not None and "greenties-site" in month.journal.info:
                return month.journal.info["greenties-site"]
        return str(self._spider.base_url)

    def _host(self) -> HostState:
        return HostState(self._landing_dir, urlsplit(self._spider.base_url).hostname or "")

    def _below_data(self, path: Path) -> str:
        return f"raw/{path.relative_to(self._archive_dir).as_posix()}"


def _is_provisional(path: Path) -> bool:
    return path.name in (UNFINISHED, FAILED)


def _exchange(response: Response) -> dict[str, Any]:
    """Return request and answer as :meth:`MonthArchive.add` takes them."""
    request = response.request
    assert request is not None
    return {
        "url": response.url,
        "method": request.method,
        "form": request.body,
        "request_headers": _headers(request.headers),
        "status": response.status,
        "response_headers": _headers(response.headers),
        "body": response.body,
    }


def _headers(headers: Any) -> list[tuple[str, str]]:
    return [
        (name.decode("latin-1"), value.decode("latin-1"))
        for name, values in headers.items()
        for value in values
    ]
