"""``scrapy crawl`` that knows this project from any folder and exits with the code of a failure."""

from __future__ import annotations

import argparse
import asyncio
import sys
from typing import Any

from scrapy.commands.crawl import Command as CrawlCommand
from scrapy.exceptions import UsageError
from twisted.internet.defer import Deferred

from scrapers import settings as project_settings
from scrapers.errors import ScrapeError
from scrapers.spiders.base import exit_code_of


class Command(CrawlCommand):
    """Run a spider of this project, by name.

    The installed entry point makes the command known outside the folder of ``scrapy.cfg`` too;
    there it brings the settings of this project along, unless another project is active. Exit
    codes are those of docs/collection.md.
    """

    requires_project = False

    def process_options(self, args: list[str], opts: argparse.Namespace) -> None:
        assert self.settings is not None
        if not self.settings.getlist("SPIDER_MODULES"):
            self.settings.setmodule(project_settings, priority="project")
        super().process_options(args, opts)

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        if len(args) != 1:
            raise UsageError("name one spider")
        process = self.crawler_process
        assert process is not None
        crawler = self._create_crawler(args[0])
        refusals: list[ScrapeError] = []
        crawling: Any = process.crawl(crawler, **opts.spargs)
        if isinstance(crawling, Deferred):
            crawling.addErrback(lambda failure: _take(failure, refusals))
        process.start()
        if isinstance(crawling, asyncio.Future) and crawling.done() and not crawling.cancelled():
            error = crawling.exception()
            if isinstance(error, ScrapeError):
                refusals.append(error)
        for error in refusals:  # before the first request
            print(f"{type(error).__name__}: {error}", file=sys.stderr)
            self.exitcode = error.exit_code
        if not refusals and process.bootstrap_failed:
            self.exitcode = 1
        elif not refusals:
            self.exitcode = exit_code_of(crawler.spider)


def _take(failure: Any, refusals: list[ScrapeError]) -> Any:
    """Keep an error of ours, which is told without a traceback; hand on any other."""
    if failure.check(ScrapeError) is None:
        return failure
    refusals.append(failure.value)
    return None
