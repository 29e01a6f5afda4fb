"""Names of failures, robots.txt, retries, pauses and refusals of hosts off this machine."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from scrapy import Request
from scrapy.crawler import Crawler
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
from scrapy.settings import Settings
from scrapy.spidermiddlewares.httperror import HttpError
from scrapy.statscollectors import MemoryStatsCollector
from twisted.internet.error import ConnectionLost

from scrapers import errors
from scrapers import settings as project_settings
from scrapers.hosts import HostState
from scrapers.middlewares import (
    ArchivedAnswers,
    CrawlStopped,
    Guard,
    Meter,
    Retries,
    RobotsRules,
    named,
)
from scrapers.spiders.sipo_patents import SipoPatentsSpider

ROOT = Path(__file__).resolve().parents[3]
URL = "http://gazette.example.org/patentoutline.action"


def status(code, body=b"", **headers):
    return HttpError(Response(URL, status=code, body=body, headers=headers))


def bomb():
    class _DecompressionMaxSizeExceeded(Exception):  # noqa: N818  # the name Scrapy gives it
        pass

    error = IgnoreRequest("expanded too far")
    error.__cause__ = _DecompressionMaxSizeExceeded()
    return error


@pytest.mark.parametrize(
    ("raised", "kind"),
    [
        (DownloadTimeoutError("x"), errors.ResponseTimeoutError),
        (DownloadCancelledError(""), errors.OversizedResponseError),
        (bomb(), errors.DecompressionBombError),
        (CannotResolveHostError("x"), errors.ConnectionFailedError),
        (DownloadConnectionRefusedError("x"), errors.ConnectionFailedError),
        (DownloadFailedError("x"), errors.ConnectionLostError),
        (ResponseDataLossError("x"), errors.ConnectionLostError),
        (ConnectionLost(), errors.ConnectionLostError),
        (OSError("x"), errors.ConnectionFailedError),
        (ValueError("x"), errors.RequestFailedError),
        (status(302, Location="/session.action"), errors.RedirectError),
        (status(302, Location="/Login.jsp?from=x"), errors.LoginRequiredError),
        (status(403), errors.BlockedError),
        (status(412), errors.BlockedError),
        (status(429), errors.BlockedError),
        (status(404), errors.HttpStatusError),
        (status(500), errors.ServerFailureError),
        (status(503, "<title>请输入验证码</title>".encode()), errors.RobotCheckError),
        (errors.RobotsForbiddenError("x"), errors.RobotsForbiddenError),
    ],
)
def test_every_failure_of_a_request_has_a_name(raised, kind):
    error = named(raised, Request(URL))
    assert type(error) is kind
    assert str(error).strip()


def test_every_error_has_a_code_of_its_own_and_stands_in_the_table():
    text = (ROOT / "docs" / "collection.md").read_text(encoding="utf-8")
    table = {
        cells[1].strip(" `"): int(cells[0])
        for line in text.splitlines()
        if line.startswith("| ") and (cells := line.strip("| ").split("|"))[0].strip().isdigit()
    }

    def below(kind):
        yield kind
        for sub in kind.__subclasses__():
            yield from below(sub)

    kinds = {k for k in below(errors.ScrapeError) if k.__module__ == errors.__name__}
    carried = {errors.SiteRefusalError, errors.SitePausedError}  # no code of their own
    codes = {k.__name__: k.exit_code for k in kinds - carried}
    assert codes == {name: code for name, code in table.items() if name in codes}
    assert len(set(codes.values())) == len(codes)
    assert all(0 < code < 126 for code in codes.values())


# -------------------------------------------------------------------------------------- robots.txt
def crawler_of(tmp_path, **settings):
    current = Settings()
    current.setmodule(project_settings, priority="project")
    current.setdict({"LANDING_DIR": str(tmp_path), **settings}, priority="cmdline")
    crawler = Crawler(SipoPatentsSpider, current)
    crawler.stats = MemoryStatsCollector(crawler)
    return crawler


def ask_robots(tmp_path, response, *, strict=True, times=1):
    """What becomes of requests when robots.txt answers so."""
    crawler = crawler_of(tmp_path, SITE_IS_LOOPBACK=not strict)
    rules = RobotsRules(crawler)

    class Engine:
        async def download_async(self, request):
            assert request.url == "http://gazette.example.org/robots.txt"
            if isinstance(response, Exception):
                raise response
            return response

    crawler.engine = Engine()

    async def ask():
        for _ in range(times):
            await rules.process_request(Request(URL))

    asyncio.run(ask())


def robots(status=200, body=b""):
    return Response("http://gazette.example.org/robots.txt", status=status, body=body)


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (robots(200, b"User-agent: *\nAllow: /\n"), None),
        (robots(404, b"<html>nothing here</html>"), None),
        (robots(403), None),
        (robots(200, b"User-agent: *\nDisallow: /\n"), errors.RobotsForbiddenError),
        (robots(200, b"User-agent: greenties\nDisallow: /pat\n"), errors.RobotsForbiddenError),
        (robots(200, b"<html>please log in</html>"), errors.RobotsUnreachableError),
        (robots(503), errors.RobotsUnreachableError),
        (robots(302), errors.RobotsUnreachableError),
        (DownloadTimeoutError("slow"), errors.RobotsUnreachableError),
        (errors.DailyCapReachedError("2,000"), errors.DailyCapReachedError),
    ],
)
def test_robots_txt_is_read_as_the_standard_has_it(tmp_path, answer, error):
    if error is None:
        ask_robots(tmp_path, answer)
    else:
        with pytest.raises(error):
            ask_robots(tmp_path, answer)


@pytest.mark.parametrize(("asked", "waited"), [("20", 20), ("0.5", 0.5), ("86400", 300)])
def test_a_crawl_delay_is_kept_off_this_machine(tmp_path, monkeypatch, asked, waited):
    clock = [1_000.0]

    async def sleep(seconds):
        clock[0] += seconds

    monkeypatch.setattr("scrapers.middlewares.asyncio.sleep", sleep)
    monkeypatch.setattr("scrapers.middlewares.time.monotonic", lambda: clock[0])
    answer = robots(200, f"User-agent: *\nCrawl-delay: {asked}\n".encode())
    ask_robots(tmp_path, answer, times=2)
    assert clock[0] - 1_000 == pytest.approx(waited)
    ask_robots(tmp_path, answer, times=2, strict=False)
    assert clock[0] - 1_000 == pytest.approx(waited)


def test_on_this_machine_robots_txt_may_be_missing_but_is_obeyed(tmp_path):
    ask_robots(tmp_path, robots(503), strict=False)
    with pytest.raises(errors.RobotsForbiddenError):
        ask_robots(tmp_path, robots(200, b"User-agent: *\nDisallow: /\n"), strict=False)


# ------------------------------------------------------------------------------- retries and caps
def retried(tmp_path, response, monkeypatch):
    """The request that is sent again, and the seconds waited before."""
    crawler = crawler_of(tmp_path)
    crawler.spider = SipoPatentsSpider(base_url="http://127.0.0.1:1", months="2019-07")
    crawler.spider.crawler = crawler
    crawler.crawling = True
    waited = []

    async def sleep(seconds):
        waited.append(seconds)

    monkeypatch.setattr("scrapers.middlewares.asyncio.sleep", sleep)
    again = asyncio.run(Retries(crawler).process_response(Request(URL), response))
    return again, sum(waited)


def test_a_failing_server_is_asked_again_after_a_pause(tmp_path, monkeypatch):
    again, waited = retried(tmp_path, Response(URL, status=503), monkeypatch)
    assert isinstance(again, Request)
    assert waited == pytest.approx(project_settings.RETRY_BACKOFF)
    again, waited = retried(
        tmp_path, Response(URL, status=503, headers={"Retry-After": "90"}), monkeypatch
    )
    assert waited == pytest.approx(90)


@pytest.mark.parametrize(
    "response",
    [
        Response(URL, status=200),
        Response(URL, status=403),
        Response(URL, status=429),
        Response(URL, status=302, headers={"Location": "/login.jsp"}),
        Response(URL, status=503, body="<title>请输入验证码</title>".encode()),
    ],
)
def test_nothing_else_is_asked_again(tmp_path, monkeypatch, response):
    assert retried(tmp_path, response, monkeypatch) == (response, 0)


def test_the_daily_cap_counts_over_crawls_and_ends_with_the_day(tmp_path):
    now = [dt.datetime(2019, 7, 9, 23, tzinfo=dt.UTC)]
    crawler = crawler_of(tmp_path, CRAWL_DAILY_CAP=3)
    for _ in range(3):  # each a crawl of its own
        Meter(crawler, now=lambda: now[0]).process_request(Request(URL))
    with pytest.raises(errors.DailyCapReachedError, match=r"2019-07-10T00:00:00\+00:00"):
        Meter(crawler, now=lambda: now[0]).process_request(Request(URL))
    now[0] += dt.timedelta(hours=2)
    Meter(crawler, now=lambda: now[0]).process_request(Request(URL))
    assert HostState(tmp_path, "gazette.example.org").requests_of(now[0].date()) == 1


def test_a_replay_sends_nothing(tmp_path):
    with pytest.raises(errors.PageNotArchivedError):
        ArchivedAnswers(crawler_of(tmp_path, REPLAY=True)).process_request(Request(URL))
    assert ArchivedAnswers(crawler_of(tmp_path)).process_request(Request(URL)) is None


# ---------------------------------------------------------------- a host that is not this machine
def run(site, folder, *more):
    """Crawl a stub site under the rules that hold off this machine, the pauses aside."""
    command = [sys.executable, "-m", "scrapers.run", "--spider", "sipo_patents"]
    command += ["--base-url", site.url, "--from-month", "2019-07", "--until-month", "2019-08"]
    command += ["--landing-dir", str(folder / "landing"), "--archive-dir", str(folder / "raw")]
    done = subprocess.run(
        [*command, "-s", "SITE_IS_LOOPBACK=0", *more],
        cwd=ROOT,
        env=dict(os.environ),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    return done, [json.loads(line) for line in done.stdout.splitlines()]


def test_a_start_before_the_pause_is_over_is_refused(site, tmp_path, robot_page):
    site.patents = {"2019-07": {"pip": 3}}
    site.override = lambda path, form: robot_page
    done, lines = run(site, tmp_path)
    assert done.returncode == errors.RobotCheckError.exit_code
    site.override = lambda path, form: None
    site.log.clear()
    again, _ = run(site, tmp_path)
    assert again.returncode == errors.RobotCheckError.exit_code
    assert lines[0]["come_back_at"] in again.stderr
    assert site.log == []
    assert run(site, tmp_path, "--ignore-pause")[0].returncode == 0


def test_a_site_that_is_down_is_not_asked_for_every_month(site, tmp_path):
    site.status = lambda form: 503
    done, lines = run(
        site,
        tmp_path,
        *("--until-month", "2020-07", "-s", "STOP_AFTER_FAILURES=3", "-s", "RETRY_TIMES=0"),
        *("-s", "CONCURRENT_REQUESTS=1"),
    )
    assert done.returncode == errors.ServerFailureError.exit_code
    assert len(site.log) in (3, 4)  # one may be under way
    events = [line["event"] for line in lines[:-1]]
    assert events.count("failed") == len(site.log)
    assert events.count("interrupted") == 12 - len(site.log)
    assert {line["error"] for line in lines} == {"ServerFailureError"}


def test_two_crawls_do_not_ask_one_host_at_once(site, tmp_path):
    held = HostState(tmp_path / "landing", "127.0.0.1").lock()
    done, _ = run(site, tmp_path)
    held.close()
    assert done.returncode == errors.LandingBusyError.exit_code
    assert site.log == []


def test_a_crawl_stops_where_robots_txt_cannot_be_read(site, tmp_path):
    site.robots = b"<html><title>hello</title></html>"
    done, lines = run(site, tmp_path)
    assert done.returncode == errors.RobotsUnreachableError.exit_code
    assert lines[0]["error"] == "RobotsUnreachableError"
    assert site.log == []


def test_nothing_more_is_asked_of_a_month_that_is_settled(tmp_path):
    crawler = crawler_of(tmp_path)
    crawler.spider = SipoPatentsSpider(base_url="http://127.0.0.1:1", months="2019-07")
    guard = Guard.from_crawler(crawler)
    month = crawler.spider.months[0]
    request = Request(URL, meta={"month": month})
    assert guard.process_request(request) is None
    month.outcome = "failed"
    with pytest.raises(CrawlStopped, match="2019-07 is failed already"):
        guard.process_request(request)
    assert guard.process_request(Request(URL)) is None
