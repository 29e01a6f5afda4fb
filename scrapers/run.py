"""Collect the months that changed: ask the site for its totals, fetch what differs, land it.

``python -m scrapers.run --spider sipo_patents --base-url URL --landing-dir D --archive-dir D
--from-month 2006-01 --until-month 2021-01`` prints one JSON line per month on standard output
(``event``: landed, restored, unchanged, absent, failed, interrupted), last a line ``finished`` with
the figures of the whole crawl, and shows its progress on standard error. Exit code 0 = all months
are as the site has them, 2 = usage, else that of the first failure (docs/collection.md).

Killed or stopped at any moment, it goes on where it was when it is run again. ``--replay`` reads
the archived pages once more instead of asking the site, and opens no connection.
"""

from __future__ import annotations

import argparse
import difflib
import json
import logging
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from scrapy import signals as scrapy_signals
from scrapy.crawler import AsyncCrawlerProcess, Crawler
from scrapy.settings import Settings
from scrapy.spiderloader import SpiderLoader

from scrapers import settings as project_settings
from scrapers import signals
from scrapers.errors import ScrapeError, SpiderArgumentError
from scrapers.middlewares import Meter
from scrapers.months import MonthCrawl
from scrapers.replay import attach_archives, replay_groups
from scrapers.sources import require_permission
from scrapers.spiders.base import MonthSpider, exit_code_of, is_loopback, require_contact

_LOADER = SpiderLoader.from_settings(
    Settings({"SPIDER_MODULES": project_settings.SPIDER_MODULES}, priority="project")
)
SPIDERS: dict[str, type[MonthSpider]] = {
    name: spider
    for name in sorted(_LOADER.list())
    if issubclass(spider := _LOADER.load(name), MonthSpider)
}
GOOD_OUTCOMES = frozenset({"landed", "restored", "unchanged", "absent"})
_PLAIN_INTERVAL = 5.0  # seconds between progress lines where there is no terminal
_MONTH = re.compile(r"\d{4}-(0[1-9]|1[0-2])")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns its exit code."""
    parser = _parser()
    options = parser.parse_args(arguments)
    for name in ("from_month", "until_month"):
        value = getattr(options, name)
        if value is None and options.replay:
            continue
        if value is None:
            parser.error(f"--{name.replace('_', '-')} is required")
        if not _MONTH.fullmatch(value):
            parser.error(f"--{name.replace('_', '-')} {value!r} is not YYYY-MM")
    if not options.replay and not options.base_url:
        parser.error("--base-url is required")
    if options.archive and not options.replay:
        parser.error("--archive goes with --replay")
    if options.stop_with_stdin:
        _stop_with_stdin()
    try:
        return _replay(options) if options.replay else _crawl(options)
    except ScrapeError as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        return error.exit_code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m scrapers.run",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--spider", required=True, choices=sorted(SPIDERS))
    parser.add_argument("--base-url", default="")
    parser.add_argument("--landing-dir", required=True, type=Path)
    parser.add_argument("--archive-dir", required=True, type=Path)
    parser.add_argument("--from-month", metavar="YYYY-MM")
    parser.add_argument("--until-month", metavar="YYYY-MM", help="month after the last one")
    parser.add_argument(
        "--month", action="append", metavar="YYYY-MM", help="single month to replay, repeatable"
    )
    parser.add_argument(
        "--contact",
        default=project_settings.CRAWL_CONTACT,
        help="e-mail or web address, required for a site off this machine",
    )
    parser.add_argument(
        "--all", action="store_true", help="fetch every month, not only those that changed"
    )
    parser.add_argument(
        "--refetch-months",
        metavar="A:B",
        help="fetch these months whole, B included, and compare by content: corrections that "
        "nobody counted are found",
    )
    parser.add_argument("--page-size", type=int, help="records per page, where the spider has one")
    parser.add_argument(
        "-a",
        "--argument",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="further argument of the spider",
    )
    parser.add_argument(
        "-s",
        "--setting",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="Scrapy setting, e.g. DOWNLOAD_TIMEOUT=20",
    )
    parser.add_argument("--daily-cap", type=int, help="requests to the host in one UTC day")
    parser.add_argument(
        "--ignore-pause", action="store_true", help="start although the site wants a pause"
    )
    parser.add_argument(
        "--accept-terms",
        action="store_true",
        default=project_settings.ACCEPT_TERMS,
        help="crawl a host that the registry of sources does not know: you have read its terms",
    )
    parser.add_argument(
        "--replay", action="store_true", help="read archived pages again, without any network"
    )
    parser.add_argument(
        "--archive", type=Path, help="WARC to replay instead of the one that counts for its month"
    )
    parser.add_argument(
        "--stop-with-stdin",
        action="store_true",
        help="stop as by SIGTERM when standard input ends: no crawl outlives who started it",
    )
    return parser


def _stop_with_stdin() -> None:
    """Stop this process once nobody holds the other end of standard input any more."""

    def wait() -> None:
        while os.read(0, 1 << 12):
            pass
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=wait, name="stop-with-stdin", daemon=True).start()


def _settings(options: argparse.Namespace, **more: Any) -> Settings:
    scrapy_settings = Settings()
    scrapy_settings.setmodule(project_settings, priority="project")
    scrapy_settings.setdict(
        {
            "LANDING_DIR": str(options.landing_dir.resolve()),
            "ARCHIVE_DIR": str(options.archive_dir.resolve()),
            "LOG_LEVEL": "WARNING",
            "LOGSTATS_INTERVAL": 0,
            **more,
        },
        priority="cmdline",
    )
    for name, value in map(_pair, options.setting):
        require_setting(scrapy_settings, name, value)
        scrapy_settings.set(name, value, priority="cmdline")
    if options.daily_cap is not None:
        scrapy_settings.set("CRAWL_DAILY_CAP", options.daily_cap, priority="cmdline")
    return scrapy_settings


def require_setting(known: Settings, name: str, value: str) -> None:
    """Refuse a setting that nobody reads, or a value that cannot be one of it.

    Raises
    ------
    SpiderArgumentError
    """
    if name not in known:
        near = difflib.get_close_matches(name.upper(), [str(key) for key in known], n=1)
        raise SpiderArgumentError(
            f"unknown setting {name!r}" + (f", the nearest is {near[0]}" if near else "")
        )
    default = known[name]
    try:
        if isinstance(default, bool):
            Settings({name: value}).getbool(name)
        elif isinstance(default, int | float):
            float(value)
    except ValueError as error:
        raise SpiderArgumentError(f"setting {name}={value!r}: {error}") from error


def _arguments(options: argparse.Namespace) -> dict[str, Any]:
    arguments = dict(_pair(text) for text in options.argument)
    if options.page_size is not None:
        arguments["page_size"] = str(options.page_size)
    return arguments


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise SpiderArgumentError(f"{text!r} is not NAME=VALUE")
    return name, value


def _crawl(options: argparse.Namespace) -> int:
    """Crawl a site; returns the exit code."""
    spider_class = SPIDERS[options.spider]
    arguments = {
        **_arguments(options),
        "base_url": options.base_url,
        "from_date": f"{options.from_month}-01",
        "until_date": f"{options.until_month}-01",
        "only_changed": "" if options.all else "1",
        "refetch": options.refetch_months or "",
        "contact": options.contact,
    }
    # Bad arguments are refused before anything starts.
    base_url = spider_class(**arguments).base_url
    require_contact(base_url, options.contact)
    require_permission(
        base_url, is_loopback=is_loopback(base_url), accept_terms=options.accept_terms
    )
    scrapy_settings = _settings(
        options, IGNORE_PAUSE=options.ignore_pause, ACCEPT_TERMS=options.accept_terms
    )
    return _run(spider_class, scrapy_settings, arguments)


def _replay(options: argparse.Namespace) -> int:
    """Read archived pages again; returns the exit code."""
    spider_class = SPIDERS[options.spider]
    groups = replay_groups(
        options.landing_dir.resolve(),
        options.archive_dir.resolve(),
        options.spider,
        from_month=options.from_month,
        until_month=options.until_month,
        months=options.month,
        archive=options.archive,
    )
    asked = _arguments(options)
    codes = []
    for group in groups:
        arguments = {
            **group.arguments,
            **asked,
            "base_url": group.site,
            "months": ",".join(group.archives),
        }
        if len(groups) == 1:
            return _run(
                spider_class,
                _settings(options, REPLAY=True),
                arguments,
                prepare=lambda spider: attach_archives(spider, groups[0]),
            )
        # A reactor starts once in a process, and these months were asked for in other ways.
        command = [sys.executable, "-m", "scrapers.run", "--replay", "--spider", options.spider]
        command += ["--landing-dir", str(options.landing_dir.resolve())]
        command += ["--archive-dir", str(options.archive_dir.resolve())]
        for month in group.archives:
            command += ["--month", month]
        for text in options.setting:
            command += ["-s", text]
        for text in options.argument:
            command += ["-a", text]
        if options.page_size is not None:
            command += ["--page-size", str(options.page_size)]
        if options.stop_with_stdin:
            command.append("--stop-with-stdin")
        codes.append(subprocess.run(command, check=False).returncode)
    if not groups:
        print(f"{options.spider}: no archived month to replay", file=sys.stderr)
    return next((code for code in codes if code), 0)


def _run(
    spider_class: type[MonthSpider],
    scrapy_settings: Settings,
    arguments: dict[str, Any],
    *,
    prepare: Callable[[MonthSpider], None] | None = None,
) -> int:
    """Run one spider to its end; returns the exit code."""
    with ExitStack() as stack:
        report = stack.enter_context(_pipes_reporter())
        process = AsyncCrawlerProcess(scrapy_settings)
        if scrapy_settings["LOG_LEVEL"] != "DEBUG":
            # Scrapy makes a log record of every page and record, and then drops it.
            for name in ("scrapy.core.engine", "scrapy.core.scraper"):
                logging.getLogger(name).setLevel(logging.INFO)
        crawler = process.create_crawler(spider_class)
        display = stack.enter_context(Display(spider_class.name))
        lines = MonthLines(report, display)
        crawler.signals.connect(display.month_opened, signals.month_opened)
        crawler.signals.connect(display.page_read, signals.page_read)
        crawler.signals.connect(lines.month_settled, signals.month_settled)

        def spider_opened(spider: MonthSpider) -> None:
            if prepare is not None:
                prepare(spider)

        crawler.signals.connect(spider_opened, scrapy_signals.spider_opened)
        started = time.monotonic()
        task = process.crawl(crawler, **arguments)
        process.start()
        if task.done() and not task.cancelled() and (error := task.exception()) is not None:
            raise error
        lines.finished(finished_line(crawler, time.monotonic() - started))
    return exit_code_of(crawler.spider)


def finished_line(crawler: Crawler, seconds: float) -> dict[str, Any]:
    """Return the figures of a whole crawl: months by outcome, requests, bytes, rate."""
    spider = crawler.spider
    months: list[MonthCrawl] = list(getattr(spider, "months", []))
    outcomes = Counter(str(month.outcome) for month in months)
    error = getattr(spider, "first_error", None)
    meter = crawler.get_downloader_middleware(Meter)
    received = sum(month.received for month in months)
    return {
        "event": "finished",
        "table": getattr(spider, "name", None),
        "is_replay": bool(getattr(spider, "is_replay", False)),
        "months": dict(sorted(outcomes.items())),
        **(meter.summary() if meter is not None else {}),
        "retries": sum(month.retries for month in months),
        "pages": sum(month.pages_read for month in months),
        "page_bytes": sum(month.page_bytes for month in months),
        "resumed_pages": sum(month.resumed_pages for month in months),
        "records": received,
        "seconds": round(seconds, 3),
        "records_per_second": round(received / seconds, 1) if seconds > 0 else None,
        "error": None if error is None else type(error).__name__,
        "exit_code": exit_code_of(crawler.spider),
        "come_back_at": next((m.come_back_at for m in months if m.come_back_at), None),
    }


class MonthLines:
    """Print one JSON line for every month that is settled, and one at the end."""

    def __init__(self, report: Callable[[dict[str, Any]], None], display: Display) -> None:
        self._report = report
        self._display = display

    def month_settled(
        self, month: MonthCrawl, line: dict[str, Any] | None, spider: MonthSpider
    ) -> None:
        payload: dict[str, Any] = {
            "event": month.outcome,
            "table": month.table,
            "landing_month": f"{month.window.month}-01",
        }
        if line is None:
            mode = spider.mode_of(month)
            payload.update(mode=mode, requests=month.requests, stated=month.stated)
        else:
            hidden = {"at", "event", "table", "landing_month", "reason"}
            payload.update({key: value for key, value in line.items() if key not in hidden})
        payload["site_counters"] = month.counters
        payload["synthetic"] = month.synthetic
        if month.reason:
            payload["reason"] = month.reason
        self._display.settled(month)
        self._say(payload)

    def finished(self, line: dict[str, Any]) -> None:
        """Print the figures of the whole crawl."""
        self._say(line)

    def _say(self, payload: dict[str, Any]) -> None:
        print(json.dumps(payload, ensure_ascii=False), flush=True)
        self._report(payload)


class Display:
    """Pages, records and time left: a live line on a terminal, else a line now and then."""

    def __init__(self, table: str) -> None:
        self._table = table
        self._pages = self._records = self._pages_known = self._records_known = 0
        self._settled = 0
        self._months: list[MonthCrawl] = []
        self._started = self._shown = time.monotonic()
        self._live: Any = None
        self._task: Any = None

    def __enter__(self) -> Display:
        if sys.stderr.isatty():
            from rich.console import Console
            from rich.progress import (
                BarColumn,
                Progress,
                TextColumn,
                TimeElapsedColumn,
                TimeRemainingColumn,
            )

            self._live = Progress(
                TextColumn("{task.description}"),
                BarColumn(),
                TextColumn("{task.fields[detail]}"),
                TimeElapsedColumn(),
                TextColumn("left"),
                TimeRemainingColumn(),
                console=Console(stderr=True),
                transient=True,
                redirect_stdout=False,  # JSON lines go to standard output, nowhere else
            )
            self._live.start()
            self._task = self._live.add_task(self._table, total=None, detail="asking for totals")
        return self

    def __exit__(self, *_: object) -> None:
        if self._live is not None:
            self._live.stop()
        seconds = time.monotonic() - self._started
        print(
            f"{self._table}: {self._pages:,} pages, {self._records:,} records, "
            f"{self._settled:,} months in {seconds:.1f} s",
            file=sys.stderr,
        )

    def month_opened(self, month: MonthCrawl) -> None:
        self._months.append(month)

    def page_read(self, n_records: int) -> None:
        self._pages += 1
        self._records += n_records
        self._show()

    def settled(self, _: MonthCrawl) -> None:
        self._settled += 1

    def _show(self) -> None:
        now = time.monotonic()
        if now - self._shown < (0.25 if self._live is not None else _PLAIN_INTERVAL):
            return
        self._shown = now
        # Totals grow while months are still being asked; what is known then is an estimate.
        pages = max(self._pages, sum(month.pages_expected for month in self._months))
        records = max(self._records, sum(month.records_expected or 0 for month in self._months))
        detail = f"{self._pages:,} of {pages:,} pages, {self._records:,} of {records:,} records"
        if self._live is not None:
            self._live.update(self._task, completed=self._pages, total=pages, detail=detail)
            return
        # Pages that came from the archive say nothing about how fast the site answers.
        asked = self._pages - sum(month.resumed_pages for month in self._months)
        left = (now - self._started) / max(1, asked) * (pages - self._pages)
        print(f"{self._table}: {detail}, {left:.0f} s left", file=sys.stderr, flush=True)


class _Reporter(ExitStack):
    """Hand month lines to Dagster when this process is its child, else to nobody."""

    def __enter__(self) -> Callable[[dict[str, Any]], None]:  # type: ignore[override]
        super().__enter__()
        if "DAGSTER_PIPES_CONTEXT" not in os.environ:
            return lambda payload: None
        from dagster_pipes import open_dagster_pipes

        pipes = self.enter_context(open_dagster_pipes())

        def report(payload: dict[str, Any]) -> None:
            pipes.report_custom_message(payload)

        return report


def _pipes_reporter() -> _Reporter:
    return _Reporter()


if __name__ == "__main__":
    sys.exit(main())
