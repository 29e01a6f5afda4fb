"""Scrapy extension that archives pages and lands months: complete, or not at all."""

from __future__ import annotations

import logging
import time
from pathlib import Path
from typing import Any

from scrapy import Spider
from scrapy import signals as scrapy_signals
from scrapy.crawler import Crawler
from scrapy.http import Response

from scrapers import signals
from scrapers.archive import MonthArchive, remove_leftovers
from scrapers.errors import LandingError
from scrapers.landing import append_ledger, content_id, land_rows, lock_table
from scrapers.months import MonthCrawl

logger = logging.getLogger(__name__)


class LandingWriter:
    """Collect the items of each month and land it when it is complete.

    Settings ``LANDING_DIR`` and ``ARCHIVE_DIR``. One process lands a table at a time.
    """

    def __init__(self, crawler: Crawler, table: str) -> None:
        self._crawler = crawler
        self._table = table
        self._landing_dir = Path(crawler.settings["LANDING_DIR"])
        self._archive_dir = Path(crawler.settings["ARCHIVE_DIR"])
        self._lock = lock_table(self._landing_dir, table)
        self._archives: dict[MonthCrawl, MonthArchive] = {}
        removed = remove_leftovers(self._archive_dir, table)
        if removed:
            logger.info("Removed %d unfinished archives of a crawl that was killed", removed)

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
        return writer

    # ------------------------------------------------------------------------ what spiders say
    def month_asked(self, month: MonthCrawl) -> None:
        self._note("asked", month)

    def month_opened(self, month: MonthCrawl) -> None:
        month.started = time.monotonic()
        self._archives[month] = MonthArchive(self._archive_dir, self._table, month.window.month)

    def page_read(self, month: MonthCrawl, response: Response, digest: str) -> None:
        archive = self._archives.get(month)
        request = response.request
        if archive is None or request is None or month.outcome is not None:
            return
        archive.add(
            url=response.url,
            method=request.method,
            form=request.body,
            request_headers=_headers(request.headers),
            status=response.status,
            response_headers=_headers(response.headers),
            body=response.body,
            digest=digest,
        )
        month.pages_read += 1
        self._settle(month)

    def item_scraped(self, item: Any, response: Response | None) -> None:
        month = None if response is None else response.meta.get("month")
        if month is None or response is None or month.outcome is not None:
            return
        month.records.append(((response.meta["order"], item.source_row), item))
        self._settle(month)

    def item_dropped(self, response: Response | None, exception: BaseException) -> None:
        self._fail_by_response(response, f"item dropped: {exception}")

    def item_error(self, response: Response | None, failure: Any) -> None:
        self._fail_by_response(response, f"item refused: {failure.value!r}")

    def spider_error(self, response: Response | None, failure: Any) -> None:
        self._fail_by_response(response, f"{failure.type.__name__}: {failure.value}")

    def month_failed(self, month: MonthCrawl, reason: str) -> None:
        if month.outcome is not None:
            return
        month.outcome, month.reason = "failed", reason
        logger.warning("%s failed, nothing landed: %s", month, reason)
        archive = self._archives.pop(month, None)
        if archive is not None:
            archive.fail()
        self._report(month, self._note("failed", month))

    def month_settled(self, month: MonthCrawl) -> None:
        """Write the ledger line of an outcome that the spider found by itself."""
        if month.outcome in ("unchanged", "absent") and not month.records:
            if month.outcome == "unchanged":
                self._note("unchanged", month)
            else:
                archive = self._archives.pop(month, None)
                if archive is not None:
                    archive.discard()
                self._note("asked", month)

    def spider_closed(self, spider: Spider, reason: str) -> None:
        for month in getattr(spider, "months", []):
            if month.outcome is not None:
                continue
            month.outcome, month.reason = "interrupted", reason
            archive = self._archives.pop(month, None)
            if archive is not None:
                archive.discard()
            self._report(month, self._note("interrupted", month))
        self._lock.close()

    # ------------------------------------------------------------------------------- the judge
    def _settle(self, month: MonthCrawl) -> None:
        """Land the month if nothing is missing any more."""
        if not month.is_complete:
            return
        try:
            self._land(month, month.ordered_rows())
        except (OSError, LandingError) as error:
            self.month_failed(month, f"{type(error).__name__}: {error}")
        month.records.clear()

    def _land(self, month: MonthCrawl, rows: list[Any]) -> None:
        table, name = self._table, month.window.month
        # The page a row points to is in place before the row is.
        self._archives.pop(month).finish(content_id(table, rows))
        if not month.window.is_whole_month:
            month.outcome = "not_landed"
            month.reason = "the window does not cover the whole month"
            logger.warning("%s: %d records crawled, not landed: part of a month", month, len(rows))
            self._report(month, {"event": "not_landed", "rows": len(rows)})
            return
        line = land_rows(
            self._landing_dir,
            table,
            name,
            rows,
            site=self._crawler.spider.base_url,  # type: ignore[union-attr]
            site_counters=month.counters,
            synthetic=month.synthetic,
            source_file=f"raw/{table}/{name}/{{content_id}}.warc.gz",
            ledger={
                "pages": month.pages_read,
                "seconds": round(time.monotonic() - month.started, 3),
            },
        )
        month.outcome = line["event"]
        self._report(month, line)

    def _fail_by_response(self, response: Response | None, reason: str) -> None:
        month = None if response is None else response.meta.get("month")
        if month is not None:
            self.month_failed(month, reason)

    def _note(self, event: str, month: MonthCrawl) -> dict[str, Any]:
        return append_ledger(
            self._landing_dir,
            event=event,
            table=self._table,
            landing_month=f"{month.window.month}-01",
            site_counters=month.counters or None,
            pages=month.pages_read or None,
            reason=month.reason,
        )

    def _report(self, month: MonthCrawl, line: dict[str, Any]) -> None:
        self._crawler.signals.send_catch_log(
            signals.month_settled, spider=self._crawler.spider, month=month, line=line
        )


def _headers(headers: Any) -> list[tuple[str, str]]:
    return [
        (name.decode("latin-1"), value.decode("latin-1"))
        for name, values in headers.items()
        for value in values
    ]
