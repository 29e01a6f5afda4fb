"""What every spider of the house shares: months, a polite way to ask, one judge of failures."""

from __future__ import annotations

import difflib
import inspect
import ipaddress
import logging
import re
from collections.abc import AsyncIterator, Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, ClassVar, Self
from urllib.parse import urlencode, urlsplit

from scrapy import Request, Spider
from scrapy.crawler import Crawler
from scrapy.exceptions import CloseSpider
from scrapy.http import Response

from scrapers import signals
from scrapers.errors import (
    ContactRequiredError,
    DailyCapReachedError,
    RobotsUnreachableError,
    ScrapeError,
    SiteRefusalError,
    SpiderArgumentError,
)
from scrapers.landing import reason_to_fetch
from scrapers.middlewares import CrawlStopped, named
from scrapers.months import MonthCrawl, SliceCount, Window, split_into_months, whole_months
from scrapers.settings import user_agent
from scrapers.sources import require_permission

# A loopback site is ours to load; any other host gets one request at a time and a pause.
_LOOPBACK_SETTINGS = {
    "AUTOTHROTTLE_ENABLED": False,
    "CONCURRENT_REQUESTS": 16,
    "CONCURRENT_REQUESTS_PER_DOMAIN": 16,
    "DOWNLOAD_DELAY": 0,
    "DOWNLOADER_CLIENT_TLS_VERBOSE_LOGGING": False,
    "RETRY_BACKOFF": 0.1,
    "CRAWL_DAILY_CAP": 0,
    "STOP_AFTER_FAILURES": 0,
    "SITE_IS_LOOPBACK": True,
}
# What ends the whole crawl at once, not only the month in which it was met.
_STOPPING = (SiteRefusalError, DailyCapReachedError, RobotsUnreachableError)
_CONTACT = re.compile(
    r"(mailto:)?[^\s@/:]+@[^\s@/]+\.[^\s@/.]{2,}|https?://[^\s/]+\.[^\s/.]{2,}\S*", re.IGNORECASE
)

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
    refetch : str
        With ``only_changed``: months ``2019-07:2019-09``, last one included, that are fetched whole
        all the same and compared by content, so that corrections nobody counted are found.
    contact : str
        Whom to ask about this crawl, an e-mail or a web address; goes into the user agent, required
        off this machine.

    ``archived_arguments`` names the attributes that shape the requests of a spider; their values
    stand in the archive, so that it can be read again with the same ones.
    """

    archived_arguments: ClassVar[tuple[str, ...]] = ("page_size", "event_types")

    def __init__(
        self,
        *,
        base_url: str = "",
        from_date: str = "",
        until_date: str = "",
        months: str = "",
        only_changed: str = "",
        refetch: str = "",
        contact: str = "",
        **kwargs: Any,
    ) -> None:
        if kwargs:
            raise SpiderArgumentError(_unknown_argument(type(self), sorted(kwargs)[0]))
        super().__init__()
        self.base_url = _checked_url(base_url)
        self.contact = contact.strip()
        self.only_changed = only_changed.strip().lower() in ("1", "true", "yes")
        self._refetched = _month_range(refetch)
        if months and (from_date or until_date):
            raise SpiderArgumentError("give months or from_date and until_date, not both")
        windows = whole_months(months) if months else split_into_months(from_date, until_date)
        self.months = [
            MonthCrawl(table=self.name, window=window) for window in self.select_windows(windows)
        ]
        self.stopped_because: ScrapeError | None = None
        self.first_error: ScrapeError | None = None
        self._failures_in_a_row = 0  # months that failed since the last page that was understood
        # Where records go that nobody but the landing writer waits for: the way through Scrapy's
        # item pipeline (a task and a signal each) costs more than reading the record.
        self.record_sink: Callable[[Any, Response], None] | None = None

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> Self:
        spider = super().from_crawler(crawler, *args, **kwargs)
        contact = spider.contact or str(crawler.settings.get("CRAWL_CONTACT") or "")
        if not crawler.settings.getbool("REPLAY"):
            require_contact(spider.base_url, contact)
            require_permission(
                spider.base_url,
                is_loopback=is_loopback(spider.base_url),
                accept_terms=crawler.settings.getbool("ACCEPT_TERMS"),
            )
        logging.getLogger("scrapy.core.scraper").addFilter(_is_news)
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
        sink = self.record_sink
        try:
            for output in callback(response, month=month, **arguments):
                if sink is None or isinstance(output, Request):
                    yield output
                else:
                    sink(output, response)
        except ScrapeError as error:
            self._failed(month, error, response)

    def _not_answered(self, month: MonthCrawl, failure: Any) -> None:
        if failure.check(CrawlStopped):
            return  # not asked: the month is reported as interrupted
        error = named(failure.value, failure.request)
        self._failed(month, error, getattr(failure.value, "response", None))

    def _failed(self, month: MonthCrawl, error: ScrapeError, response: Response | None) -> None:
        """Give a month up, and the crawl with it where the error says so."""
        self._failures_in_a_row += 1
        limit = self.settings.getint("STOP_AFTER_FAILURES")
        is_stopping = isinstance(error, _STOPPING) or 0 < limit <= self._failures_in_a_row
        if is_stopping and self.stopped_because is None:
            self.stopped_because = error
        if not isinstance(error, DailyCapReachedError):  # nothing is wrong with the month then
            self.fail(month, error, response)
        if is_stopping:
            self.logger.warning("Stopping: %s: %s", type(error).__name__, error)
            raise CloseSpider(type(error).__name__) from error

    # -------------------------------------------------------------------------------- outcome
    def send(self, signal: object, **arguments: Any) -> None:
        self.crawler.signals.send_catch_log(signal, spider=self, **arguments)

    @property
    def is_replay(self) -> bool:
        """Whether pages come from the archive and the site is not asked."""
        return self.settings.getbool("REPLAY")

    def fetches_whole(self, month: MonthCrawl) -> bool:
        """Tell whether a month is fetched although nothing about it seems changed."""
        first, last = self._refetched
        return not self.only_changed or first <= month.window.month <= last

    def mode_of(self, month: MonthCrawl) -> str:
        """What is done with a month: ``crawl``, ``refetch`` or ``replay``."""
        if self.is_replay:
            return "replay"
        return "refetch" if self.fetches_whole(month) else "crawl"

    def fail(self, month: MonthCrawl, error: ScrapeError, response: Response | None = None) -> None:
        """Give a month up: nothing of it will be landed."""
        if month.outcome is None:
            self.send(signals.month_failed, month=month, error=error, response=response)

    def open_month(
        self, month: MonthCrawl, counters: dict[str, int], *, was_asked: bool = True
    ) -> bool:
        """Take note of the totals; tell whether the month is to be fetched.

        ``was_asked`` is false where the publisher states no totals and nothing was requested yet.
        """
        month.counters = counters
        if was_asked:
            self.send(signals.month_asked, month=month)
        if not self.fetches_whole(month) and month.window.is_whole_month:
            month.reason = reason_to_fetch(
                Path(self.settings["LANDING_DIR"]), self.name, month.window.month, counters
            )
            if month.reason is None:
                month.outcome = "unchanged"
                self.send(signals.month_settled, month=month, line=None)
                return False
        self.send(signals.month_opened, month=month)
        return True

    def page(  # noqa: PLR0917
        self,
        month: MonthCrawl,
        response: Response,
        digest: str,
        n_records: int,
        order: int,
        slice_name: str | None = None,
    ) -> None:
        """Announce a page that was understood; its items follow.

        Parameters
        ----------
        digest : str
            SHA-256 of the page.
        n_records : int
            Number of items that follow.
        order : int
            Place of the page in the month.
        slice_name : str, optional
            Part of the month whose total the site states (``month.state_slice``).
        """
        response.meta["order"] = order
        self._failures_in_a_row = 0
        month.received += n_records
        if slice_name is not None:
            month.slices.setdefault(slice_name, SliceCount()).received += n_records
        self.send(
            signals.page_read, month=month, response=response, digest=digest, n_records=n_records
        )


def _is_news(record: logging.LogRecord) -> bool:
    """Tell whether Scrapy says more than what we said already in words: errors of our own."""
    return not (record.exc_info and isinstance(record.exc_info[1], ScrapeError))


def require_contact(base_url: str, contact: str) -> None:
    """Refuse to crawl a host off this machine in nobody's name.

    Raises
    ------
    ContactRequiredError
    """
    if is_loopback(base_url):
        return
    if not contact:
        raise ContactRequiredError(
            f"{base_url} is not on this machine: name a contact (--contact, -a contact=…, "
            "GREENTIES_CRAWL_CONTACT) so that its operator can reach you"
        )
    if not _CONTACT.fullmatch(contact.strip()):
        raise ContactRequiredError(
            f"contact {contact!r} is no e-mail or web address: the operator of {base_url} could "
            "not reach you"
        )


def exit_code_of(spider: Any) -> int:
    """Return 0 when every month is as the site has it, else the code of the first failure."""
    error = getattr(spider, "first_error", None)
    if error is not None:
        return int(error.exit_code)
    outcomes = {month.outcome for month in getattr(spider, "months", [])}
    return 1 if outcomes & {"failed", "interrupted", None} else 0


def is_loopback(url: str) -> bool:
    """Tell whether a URL names this machine."""
    host = urlsplit(url).hostname or ""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _unknown_argument(spider: type[MonthSpider], name: str) -> str:
    known = {
        parameter.name
        for kind in spider.__mro__
        if "__init__" in vars(kind) and issubclass(kind, MonthSpider)
        for parameter in inspect.signature(kind.__init__).parameters.values()
        if parameter.kind is parameter.KEYWORD_ONLY
    }
    near = difflib.get_close_matches(name, sorted(known), n=1)
    hint = f", did you mean {near[0]!r}?" if near else f", known: {', '.join(sorted(known))}"
    return f"{spider.name} has no argument {name!r}{hint}"


def _month_range(text: str) -> tuple[str, str]:
    """Read ``2019-07:2019-09``; an empty text is a range without any month."""
    if not text.strip():
        return "9999-12", "0000-01"
    first, colon, last = text.strip().partition(":")
    last = last if colon else first
    for month in (first, last):
        whole_months(month)
    if first > last:
        raise SpiderArgumentError(f"refetch: {text!r} ends before it begins")
    return first, last


def _checked_url(base_url: str) -> str:
    parts = urlsplit(base_url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise SpiderArgumentError(f"base_url {base_url!r} is no http address")
    return base_url.rstrip("/")
