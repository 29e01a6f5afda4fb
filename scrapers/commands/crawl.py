"""``scrapy crawl`` that knows this project from any folder and fails when a month failed."""

from __future__ import annotations

import argparse

from scrapy import Spider
from scrapy.commands.crawl import Command as CrawlCommand
from scrapy.crawler import Crawler

from scrapers import settings as project_settings


class Command(CrawlCommand):
    """Run a spider of this project, by name.

    The installed entry point makes the command known outside the folder of ``scrapy.cfg`` too;
    there it brings the settings of this project along, unless another project is active.
    """

    requires_project = False

    def process_options(self, args: list[str], opts: argparse.Namespace) -> None:
        assert self.settings is not None
        if not self.settings.getlist("SPIDER_MODULES"):
            self.settings.setmodule(project_settings, priority="project")
        super().process_options(args, opts)

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        self._made: list[Crawler] = []
        super().run(args, opts)
        for crawler in self._made:
            months = getattr(crawler.spider, "months", [])
            if any(month.outcome in ("failed", "interrupted") for month in months):
                self.exitcode = 1

    def _create_crawler(self, spidercls: type[Spider] | str) -> Crawler:
        crawler = super()._create_crawler(spidercls)
        self._made.append(crawler)  # the process forgets a crawler when it has finished
        return crawler
