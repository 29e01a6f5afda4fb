"""Collect the months that changed: ask the site for its totals, fetch what differs, land it.

``python -m scrapers.run --spider sipo_patents --base-url URL --landing-dir D --archive-dir D
--from-month 2006-01 --until-month 2021-01`` prints one JSON line per month on standard output
(``event``: landed, restored, unchanged, absent, failed, interrupted) and shows its progress on
standard error. Exit code 0 = all months are as the site has them, 1 = some month failed, 2 = usage.
It runs alone or as a child of a Dagster Pipes client; killed, it keeps every landed month.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from scrapy.crawler import AsyncCrawlerProcess
from scrapy.settings import Settings

from scrapers import settings as project_settings
from scrapers import signals
from scrapers.errors import ScrapeError
from scrapers.months import MonthCrawl
from scrapers.spiders.base import MonthSpider, require_contact
from scrapers.spiders.citystat import CitystatCityYearsSpider, CitystatProvinceYearsSpider
from scrapers.spiders.sipo_assignments import SipoAssignmentsSpider
from scrapers.spiders.sipo_patents import SipoPatentsSpider

SPIDERS: dict[str, type[MonthSpider]] = {
    spider.name: spider
    for spider in (
        SipoPatentsSpider,
        SipoAssignmentsSpider,
        CitystatCityYearsSpider,
        CitystatProvinceYearsSpider,
    )
}
GOOD_OUTCOMES = frozenset({"landed", "restored", "unchanged", "absent"})
_PLAIN_INTERVAL = 5.0  # seconds between progress lines where there is no terminal


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns its exit code."""
    parser = _parser()
    options = parser.parse_args(arguments)
    for name in ("from_month", "until_month"):
        if not re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])", getattr(options, name)):
            parser.error(f"--{name.replace('_', '-')} {getattr(options, name)!r} is not YYYY-MM")
    try:
        return _run(options)
    except ScrapeError as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m scrapers.run", description=__doc__)
    parser.add_argument("--spider", required=True, choices=sorted(SPIDERS))
    parser.add_argument("--base-url", required=True)
    parser.add_argument("--landing-dir", required=True, type=Path)
    parser.add_argument("--archive-dir", required=True, type=Path)
    parser.add_argument("--from-month", required=True, metavar="YYYY-MM")
    parser.add_argument(
        "--until-month", required=True, metavar="YYYY-MM", help="month after the last one"
    )
    parser.add_argument(
        "--contact",
        default=project_settings.CRAWL_CONTACT,
        help="required for a site off this machine",
    )
    parser.add_argument(
        "--all", action="store_true", help="fetch every month, not only those that changed"
    )
    return parser


def _run(options: argparse.Namespace) -> int:
    spider_class = SPIDERS[options.spider]
    scrapy_settings = Settings()
    scrapy_settings.setmodule(project_settings, priority="project")
    scrapy_settings.setdict(
        {
            "LANDING_DIR": str(options.landing_dir.resolve()),
            "ARCHIVE_DIR": str(options.archive_dir.resolve()),
            "LOG_LEVEL": "WARNING",
            "LOGSTATS_INTERVAL": 0,
        },
        priority="cmdline",
    )
    arguments = {
        "base_url": options.base_url,
        "from_date": f"{options.from_month}-01",
        "until_date": f"{options.until_month}-01",
        "only_changed": "" if options.all else "1",
        "contact": options.contact,
    }
    # Bad arguments are refused before anything starts.
    require_contact(spider_class(**arguments).base_url, options.contact)
    with ExitStack() as stack:
        report = stack.enter_context(_pipes_reporter())
        process = AsyncCrawlerProcess(scrapy_settings)
        crawler = process.create_crawler(spider_class)
        display = stack.enter_context(Display(options.spider))
        lines = MonthLines(report, display)
        crawler.signals.connect(display.month_opened, signals.month_opened)
        crawler.signals.connect(display.page_read, signals.page_read)
        crawler.signals.connect(lines.month_settled, signals.month_settled)
        task = process.crawl(crawler, **arguments)
        process.start()
        if task.done() and not task.cancelled() and (error := task.exception()) is not None:
            raise error
    spider = crawler.spider
    months = list(getattr(spider, "months", []))
    return 0 if all(month.outcome in GOOD_OUTCOMES for month in months) else 1


class MonthLines:
    """Print one JSON line for every month that is settled."""

    def __init__(self, report: Callable[[dict[str, Any]], None], display: Display) -> None:
        self._report = report
        self._display = display

    def month_settled(self, month: MonthCrawl, line: dict[str, Any] | None) -> None:
        payload: dict[str, Any] = {
            "event": month.outcome,
            "table": month.table,
            "landing_month": f"{month.window.month}-01",
        }
        for key in ("rows", "bytes", "sha256", "content_id", "pages", "seconds"):
            if line and key in line:
                payload[key] = line[key]
        payload["site_counters"] = month.counters
        payload["synthetic"] = month.synthetic
        if month.reason:
            payload["reason"] = month.reason
        self._display.settled(month)
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
        left = (now - self._started) / self._pages * (pages - self._pages)
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
