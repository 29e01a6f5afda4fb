"""Downloader middlewares: archived answers, politeness, limits, and a name for every failure.

From the engine to the wire: :class:`ArchivedAnswers` (a page that is in the archive is not asked
for), :class:`RobotsRules`, :class:`Retries`, :class:`Guard` (nothing is sent any more once the site
wants the crawl to stop), :class:`Meter` (counts, daily cap).
"""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

from scrapy import Request
from scrapy import signals as scrapy_signals
from scrapy.crawler import Crawler
from scrapy.downloadermiddlewares.retry import RetryMiddleware
from scrapy.downloadermiddlewares.robotstxt import RobotsTxtMiddleware
from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadCancelledError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadTimeoutError,
    IgnoreRequest,
    ResponseDataLossError,
)
from scrapy.http import Response
from scrapy.spidermiddlewares.httperror import HttpError
from twisted.internet.error import ConnectError, ConnectionDone, ConnectionLost

from scrapers import killpoint
from scrapers.archive import page_key
from scrapers.errors import (
    ArchiveDamagedError,
    BlockedError,
    ConnectionFailedError,
    ConnectionLostError,
    DailyCapReachedError,
    DecompressionBombError,
    HttpStatusError,
    LoginRequiredError,
    OversizedResponseError,
    PageNotArchivedError,
    RedirectError,
    RequestFailedError,
    ResponseTimeoutError,
    RobotCheckError,
    RobotsForbiddenError,
    RobotsUnreachableError,
    ScrapeError,
    ServerFailureError,
    SiteRefusalError,
)
from scrapers.hosts import HostState, next_day
from scrapers.months import MonthCrawl
from scrapers.parsers.text import PageState, guard_state

logger = logging.getLogger(__name__)

_REFUSALS: dict[PageState, type[SiteRefusalError]] = {
    PageState.ROBOT_CHECK: RobotCheckError,
    PageState.LOGIN: LoginRequiredError,
    PageState.BLOCK: BlockedError,
}
_TEXTS = {
    "DownloadCancelledError": "answer larger than any page can be (DOWNLOAD_MAXSIZE), not read on",
    "DownloadTimeoutError": "answer not whole in time (DOWNLOAD_TIMEOUT)",
    "ResponseDataLossError": "connection ended before the answer did",
    "DownloadFailedError": "connection ended before the answer began",
    "DownloadConnectionRefusedError": "connection refused",
    "CannotResolveHostError": "no such host",
}
_SAID = frozenset({"DownloadTimeoutError", "DownloadFailedError"})  # what they add is no news
# Statuses with which sites of this kind answer a client they do not want.
_BLOCKING = frozenset({401, 403, 405, 412, 418, 429, 451})
_LOGIN_WORDS = ("login", "signin", "sign-in", "passport", "/cas/", "denglu", "sso")
_LONGEST_WAIT = 300.0  # seconds that a Retry-After can ask for within a crawl


class CrawlStopped(IgnoreRequest):
    """A request was not sent because the crawl has been stopped, or its month given up."""


def month_of(request: Request) -> MonthCrawl | None:
    """Return the month a request belongs to; robots.txt belongs to none."""
    month = request.meta.get("month")
    return month if isinstance(month, MonthCrawl) else None


class ArchivedAnswers:
    """Answer from the archive what is there; in a replay, refuse everything that is not."""

    def __init__(self, crawler: Crawler) -> None:
        self._is_replay = crawler.settings.getbool("REPLAY")

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    def process_request(self, request: Request) -> Response | None:
        month = month_of(request)
        journal = None if month is None else month.journal
        if journal is None or month is None:
            if self._is_replay:
                raise PageNotArchivedError(f"{request.method} {request.url}: no archive")
            return None
        key = page_key(request.method, request.url, request.body)
        try:
            answer = journal.answer(key)
        except ArchiveDamagedError:
            if self._is_replay:
                raise
            return None  # asked again
        if answer is None:
            if self._is_replay:
                raise PageNotArchivedError(
                    f"{request.method} {key[1]} {request.body.decode('utf-8', 'replace')} "
                    f"is not in {journal.path.name}"
                )
            return None
        month.resumed_pages += 1
        headers: dict[str, list[str]] = {}
        for name, value in answer.headers:
            headers.setdefault(name, []).append(value)
        return Response(
            request.url,
            status=answer.status,
            headers=headers,
            body=answer.body,
            request=request,
            flags=["archived"],
        )


class RobotsRules(RobotsTxtMiddleware):
    """robots.txt, obeyed: what it forbids is a named error, and so is not being able to read it.

    As RFC 9309 has it: no such file (any 4xx) allows everything, a file that cannot be had (5xx, no
    answer, a page for people instead of rules) forbids everything. On this machine it may be
    missing in any way. Its ``Crawl-delay`` (up to 300 s) is kept, although the standard has none.
    """

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._unreachable: dict[str, ScrapeError] = {}
        self._is_strict = not crawler.settings.getbool("SITE_IS_LOOPBACK")
        self._asked_at = float("-inf")

    async def process_request(self, request: Request) -> None:  # type: ignore[override]
        if request.meta.get("dont_obey_robotstxt"):
            return
        rules = await self.robot_parser(request)
        parts = urlsplit(request.url)
        problem = self._unreachable.get(parts.netloc)
        if problem is not None and (
            self._is_strict or not isinstance(problem, RobotsUnreachableError)
        ):
            raise problem
        try:
            self.process_request_2(rules, request)
        except IgnoreRequest as error:
            raise RobotsForbiddenError(
                f"robots.txt of {parts.netloc} forbids {parts.path}"
            ) from error
        if self._is_strict and rules is not None:
            await self._keep_distance(rules.crawl_delay(self._agent_of(request)) or 0.0)

    def _agent_of(self, request: Request) -> bytes | str:
        agent = self._robotstxt_useragent or request.headers.get("User-Agent")
        return agent or self._default_useragent

    async def _keep_distance(self, delay: float) -> None:
        """Wait until ``Crawl-delay`` seconds have passed since the request before."""
        left = self._asked_at + min(delay, _LONGEST_WAIT) - time.monotonic()
        while left > 0:
            if getattr(self.crawler.spider, "stopped_because", None) is not None:
                break  # the guard sends nothing then
            await asyncio.sleep(min(left, 0.25))
            left -= 0.25
        self._asked_at = time.monotonic()

    async def _parse_robots(self, response: Response, netloc: str, request: Request) -> None:
        problem = None
        if response.status >= 500 or 300 <= response.status < 400:
            problem = f"status {response.status}"
        elif response.status < 300 and response.body.lstrip()[:1] == b"<":
            problem = "a page for people instead of rules"
        if problem is not None:
            self._unreachable[netloc] = RobotsUnreachableError(f"robots.txt of {netloc}: {problem}")
        if response.status >= 300:
            response = response.replace(body=b"")
        await super()._parse_robots(response, netloc, request)

    def _robots_error(self, exc: Exception, netloc: str) -> None:
        self._unreachable[netloc] = (
            exc
            if isinstance(exc, ScrapeError)
            else RobotsUnreachableError(f"robots.txt of {netloc}: {type(exc).__name__}: {exc}")
        )
        super()._robots_error(exc, netloc)


class Retries(RetryMiddleware):
    """Try again after lost connections and statuses 5xx, with a growing pause, and never else.

    Setting ``RETRY_BACKOFF``: seconds before the first repetition, four times as long before each
    further one; a ``Retry-After`` of the site counts when it asks for more.
    """

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler.settings)
        self.crawler = crawler
        self._pause = crawler.settings.getfloat("RETRY_BACKOFF")

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    async def process_response(  # type: ignore[override]
        self, request: Request, response: Response
    ) -> Request | Response:
        again = super().process_response(request, response)
        if not isinstance(again, Request):
            return again
        if guard_state(response.body) in _REFUSALS:
            return response  # a block page in the dress of a failing server
        await self._wait(again, response.headers.get("Retry-After"))
        return again

    async def process_exception(  # type: ignore[override]
        self, request: Request, exception: Exception
    ) -> Request | Response | None:
        again = super().process_exception(request, exception)
        if isinstance(again, Request):
            await self._wait(again, None)
        return again

    async def _wait(self, again: Request, retry_after: bytes | None) -> None:
        month = month_of(again)
        if month is not None:
            month.retries += 1
        pause = self._pause * 4.0 ** (again.meta["retry_times"] - 1)
        if retry_after is not None and retry_after.isdigit():
            pause = max(pause, min(_LONGEST_WAIT, float(retry_after)))
        while pause > 0:
            if not self.crawler.crawling or getattr(self.crawler.spider, "stopped_because", None):
                raise CrawlStopped(f"not asked again, the crawl has been stopped: {again.url}")
            await asyncio.sleep(min(pause, 0.25))
            pause -= 0.25


class Guard:
    """Let no request out once the site has asked for a human, a login, or to be left alone.

    The spider learns of it a little later, when it reads the page; what would be sent until then
    would look like the storm the check is there to stop. Nor is anything more asked of a month
    that has failed: its pages would be of no use.
    """

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._is_on = False

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    def process_request(self, request: Request) -> None:
        if self._is_on or getattr(self._crawler.spider, "stopped_because", None) is not None:
            raise CrawlStopped(f"not sent, the crawl has been stopped: {request.url}")
        month = month_of(request)
        if month is not None and month.outcome is not None:
            raise CrawlStopped(f"not sent, {month} is {month.outcome} already: {request.url}")

    def process_response(self, request: Request, response: Response) -> Response:
        if month_of(request) is not None and (
            response.status in _BLOCKING or guard_state(response.body) in _REFUSALS
        ):
            self._is_on = True
        return response


class Meter:
    """Count what goes over the wire, and stop at the daily cap.

    Setting ``CRAWL_DAILY_CAP``: requests to a host in one UTC day, counted over all crawls in
    ``<landing>/hosts``; 0 means none.
    """

    def __init__(self, crawler: Crawler, *, now: Callable[[], dt.datetime] | None = None) -> None:
        self._crawler = crawler
        self._cap = crawler.settings.getint("CRAWL_DAILY_CAP")
        self._landing_dir = Path(crawler.settings["LANDING_DIR"])
        self._now = now or (lambda: dt.datetime.now(dt.UTC))
        self.requests = self.retries = self.bytes = self.answers = 0
        self.latency = 0.0
        self.statuses: dict[int, int] = {}

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        meter = cls(crawler)
        crawler.signals.connect(meter.response_received, scrapy_signals.response_received)
        return meter

    def process_request(self, request: Request) -> None:
        month = month_of(request)
        if self._cap:
            state = HostState(self._landing_dir, urlsplit(request.url).hostname or "")
            now = self._now()
            if state.requests_of(now.date()) >= self._cap:
                raise DailyCapReachedError(
                    f"{self._cap:,} requests to {state.host} today: "
                    f"come back at {next_day(now).isoformat()}"
                )
            state.count(now)
        self.requests += 1
        if month is not None:
            month.requests += 1

    def process_response(self, request: Request, response: Response) -> Response:
        if "archived" in response.flags:
            return response  # it did not go over the wire
        killpoint.reached("fetch")
        month = month_of(request)
        self.answers += 1
        self.bytes += len(response.body)
        self.statuses[response.status] = self.statuses.get(response.status, 0) + 1
        if month is not None:
            month.statuses[response.status] = month.statuses.get(response.status, 0) + 1
        return response

    def response_received(self, request: Request, response: Response) -> None:
        if "archived" not in response.flags:
            self.latency += float(request.meta.get("download_latency") or 0.0)

    def summary(self) -> dict[str, Any]:
        """Return what went over the wire in this crawl."""
        mean = self.latency / self.answers if self.answers else None
        return {
            "requests": self.requests,
            "bytes_received": self.bytes,
            "statuses": {str(status): n for status, n in sorted(self.statuses.items())},
            "latency_mean": None if mean is None else round(mean, 4),
        }


def named(error: BaseException, request: Request | None = None) -> ScrapeError:
    """Return the error of ours that says what happened to a request.

    Parameters
    ----------
    error : BaseException
        What the downloader or the spider middleware raised.
    request : Request, optional
        The request it happened to.
    """
    if isinstance(error, ScrapeError):
        return error
    if isinstance(error, HttpError):
        return _of_status(error.response)
    where = "" if request is None else f"{urlsplit(request.url).path}: "
    text = f"{where}{_TEXTS.get(type(error).__name__) or type(error).__name__}"
    if str(error) and type(error).__name__ not in _SAID:
        text += f": {error}"
    if type(error.__cause__).__name__ == "_DecompressionMaxSizeExceeded":
        return DecompressionBombError(str(error))
    kinds: tuple[tuple[tuple[type[BaseException], ...], type[RequestFailedError]], ...] = (
        ((DownloadTimeoutError,), ResponseTimeoutError),
        ((DownloadCancelledError,), OversizedResponseError),
        ((CannotResolveHostError, DownloadConnectionRefusedError), ConnectionFailedError),
        (
            (DownloadFailedError, ResponseDataLossError, ConnectionDone, ConnectionLost),
            ConnectionLostError,
        ),
        ((ConnectError, OSError), ConnectionFailedError),
    )
    for types, kind in kinds:
        if isinstance(error, types):
            return kind(text)
    return RequestFailedError(text)


def _of_status(response: Response) -> ScrapeError:
    """Name an answer with a status other than 200: by its content first, then by the status."""
    where = f"status {response.status} from {urlsplit(response.url).path}"
    refusal = _REFUSALS.get(guard_state(response.body) or PageState.UNKNOWN)
    if refusal is not None:
        return refusal(where)
    if 300 <= response.status < 400:
        target = (response.headers.get("Location") or b"").decode("latin-1")
        if any(word in target.lower() for word in _LOGIN_WORDS):
            return LoginRequiredError(f"{where} points to {target}")
        return RedirectError(f"{where} points to {target or 'nowhere'}")
    if response.status in _BLOCKING:
        return BlockedError(where)
    if response.status >= 500:
        return ServerFailureError(where)
    return HttpStatusError(where)
