"""What every spider of the house shares: months, a polite way to ask, one judge of failures."""

from __future__ import annotations

import ipaddress
from collections.abc import AsyncIterator, Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlencode, urlsplit

from scrapy import Request, Spider
from scrapy.crawler import Crawler
from scrapy.exceptions import CloseSpider
from scrapy.http import Response

from scrapers import signals
from scrapers.errors import (
    ContactRequiredError,
    RequestFailedError,
    RobotCheckError,
    ScrapeError,
    SpiderArgumentError,
)
from scrapers.landing import reason_to_fetch
from scrapers.middlewares import CrawlStopped
from scrapers.months import MonthCrawl, Window, split_into_months, whole_months
from scrapers.settings import user_agent

# A loopback site is ours to load; any other host gets one request at a time and a pause.
_LOOPBACK_SETTINGS = {
    "AUTOTHROTTLE_ENABLED": False,
    "CONCURRENT_REQUESTS": 16,
    "CONCURRENT_REQUESTS_PER_DOMAIN": 16,
    "DOWNLOAD_DELAY": 0,
    "DOWNLOADER_CLIENT_TLS_VERBOSE_LOGGING": False,
}
ROBOT_CHECK = "robot_check"

PageCallback = Callable[..., Iterator[Any]]


class MonthSpider(Spider):
    """Spider over the months of a window, or over a list of months.

    Arguments (``-a``)
    ------------------
    base_url : str
        Root of the site.
    from_date, until_date : str
        Half-open window ``[from_date, until_date)`` in ISO dates. Whole months inside it are
        landed, each as soon as it is complete; days of a month that is not covered whole are
        crawled and archived, and reach only feeds (``-O``).
    months : str
        Instead of the window: months ``2019-07,2019-09``.
    only_changed : str
        ``1``: ask for the totals of every month and fetch only those that are absent, damaged or
        changed at the site.
    contact : str
        Whom to ask about this crawl; goes into the user agent, required off this machine.
    """

    def __init__(
        self,
        *,
        base_url: str = "",
        from_date: str = "",
        until_date: str = "",
        months: str = "",
        only_changed: str = "",
        contact: str = "",
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.base_url = _checked_url(base_url)
        self.contact = contact.strip()
        self.only_changed = only_changed.strip().lower() in ("1", "true", "yes")
        if months and (from_date or until_date):
            raise SpiderArgumentError("give months or from_date and until_date, not both")
        windows = whole_months(months) if months else split_into_months(from_date, until_date)
        self.months = [
            MonthCrawl(table=self.name, window=window) for window in self.select_windows(windows)
        ]
        self.stopped_because: str | None = None

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> Self:
        spider = super().from_crawler(crawler, *args, **kwargs)
        contact = spider.contact or str(crawler.settings.get("CRAWL_CONTACT") or "")
        require_contact(spider.base_url, contact)
        crawler.settings.set("USER_AGENT", user_agent(contact), priority="spider")
        if is_loopback(spider.base_url):
            crawler.settings.setdict(_LOOPBACK_SETTINGS, priority="spider")
        return spider

    def select_windows(self, windows: tuple[Window, ...]) -> tuple[Window, ...]:
        """Return the windows this publisher has something for; all, unless overridden."""
        return windows

    async def start(self) -> AsyncIterator[Request]:
        for index, month in enumerate(self.months):
            yield self.first_request(month, priority=self.first_priority(index))

    def first_priority(self, index: int) -> int:
        """Priority of the first request of a month: all totals first when only changes count.

        Earlier months come first, so that they are landed while later ones still wait.
        """
        return (len(self.months) if self.only_changed else 0) - index

    def page_priority(self, month: MonthCrawl) -> int:
        return -self.months.index(month)

    # ------------------------------------------------------------- to be written by each spider
    # No ABC: Scrapy's feed export reads every attribute of a spider, and one fails under ABCMeta.
    def first_request(self, month: MonthCrawl, *, priority: int) -> Request:
        """Return the request whose answer states the totals of the month."""
        raise NotImplementedError

    # ------------------------------------------------------------------------------- requests
    def ask(
        self,
        path: str,
        form: dict[str, str] | None,
        callback: PageCallback,
        month: MonthCrawl,
        *,
        priority: int,
        **arguments: Any,
    ) -> Request:
        """Build a request of a month; its failure is a failure of the month."""
        return Request(
            f"{self.base_url}/{path}",
            method="GET" if form is None else "POST",
            body=b"" if form is None else urlencode(form).encode(),
            headers=None
            if form is None
            else {"Content-Type": "application/x-www-form-urlencoded; charset=UTF-8"},
            callback=partial(self._guarded, callback),
            errback=partial(self._not_answered, month),
            cb_kwargs={"month": month, **arguments},
            meta={"month": month},
            priority=priority,
            dont_filter=True,
        )

    def _guarded(
        self, callback: PageCallback, response: Response, *, month: MonthCrawl, **arguments: Any
    ) -> Iterator[Any]:
        """Run a callback; a page that is not understood fails its month and no other."""
        if month.outcome is not None:
            return
        if response.headers.get("X-Synthetic", b"") == b"true":
            month.synthetic = True
        try:
            yield from callback(response, month=month, **arguments)
        except RobotCheckError as error:
            self.stopped_because = str(error)
            self.fail(month, f"{type(error).__name__}: {error}")
            self.logger.warning("The site asks for a proof of being human; stopping: %s", error)
            raise CloseSpider(ROBOT_CHECK) from error
        except ScrapeError as error:
            self.fail(month, f"{type(error).__name__}: {error}")

    def _not_answered(self, month: MonthCrawl, failure: Any) -> None:
        if failure.check(CrawlStopped):
            return  # not asked: the month is reported as interrupted
        error = RequestFailedError(f"{failure.type.__name__}: {failure.value}")
        self.fail(month, f"{type(error).__name__}: {error}")

    # -------------------------------------------------------------------------------- outcome
    def send(self, signal: object, **arguments: Any) -> None:
        self.crawler.signals.send_catch_log(signal, spider=self, **arguments)

    def fail(self, month: MonthCrawl, reason: str) -> None:
        """Give a month up: nothing of it will be landed."""
        if month.outcome is None:
            self.send(signals.month_failed, month=month, reason=reason)

    def open_month(
        self, month: MonthCrawl, counters: dict[str, int], *, was_asked: bool = True
    ) -> bool:
        """Take note of the totals; tell whether the month is to be fetched.

        ``was_asked`` is false where the publisher states no totals and nothing was requested yet.
        """
        month.counters = counters
        if was_asked:
            self.send(signals.month_asked, month=month)
        if self.only_changed and month.window.is_whole_month:
            month.reason = reason_to_fetch(
                Path(self.settings["LANDING_DIR"]), self.name, month.window.month, counters
            )
            if month.reason is None:
                month.outcome = "unchanged"
                self.send(signals.month_settled, month=month, line=None)
                return False
        self.send(signals.month_opened, month=month)
        return True

    def page(
        self, month: MonthCrawl, response: Response, digest: str, n_records: int, order: int
    ) -> None:
        """Announce a page that was understood; its items follow."""
        response.meta["order"] = order
        self.send(
            signals.page_read, month=month, response=response, digest=digest, n_records=n_records
        )


def require_contact(base_url: str, contact: str) -> None:
    """Refuse to crawl a host off this machine in nobody's name.

    Raises
    ------
    ContactRequiredError
    """
    if not contact and not is_loopback(base_url):
        raise ContactRequiredError(
            f"{base_url} is not on this machine: name a contact (--contact, -a contact=…, "
            "GREENTIES_CRAWL_CONTACT) so that its operator can reach you"
        )


def is_loopback(url: str) -> bool:
    """Tell whether a URL names this machine."""
    host = urlsplit(url).hostname or ""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _checked_url(base_url: str) -> str:
    parts = urlsplit(base_url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise SpiderArgumentError(f"base_url {base_url!r} is no http address")
    return base_url.rstrip("/")
