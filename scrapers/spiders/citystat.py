"""Spiders of the yearbook tables (统计年鉴): one file per year."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from pathlib import Path
from typing import Any, ClassVar, Self

from scrapy import Request
from scrapy import signals as scrapy_signals
from scrapy.crawler import Crawler
from scrapy.http import Response

from scrapers import signals
from scrapers.errors import MissingYearError
from scrapers.landing import months_with_manifest
from scrapers.months import MonthCrawl, Window
from scrapers.parsers.text import page_digest
from scrapers.parsers.yearbook import parse_city_years, parse_province_years
from scrapers.spiders.base import MonthSpider


class YearbookSpider(MonthSpider):
    """Tables of the years whose January lies in the window; landed under that January.

    The publisher states no totals: a table is complete when it reads to its end, and a landed
    year is asked for again only when its file is gone or damaged.
    """

    name = ""
    path: ClassVar[str]

    @staticmethod
    def read(body: bytes, year: int) -> Sequence[Any] | None:
        """Read a table with the parser of this publisher's pages."""
        raise NotImplementedError

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._absent: list[MonthCrawl] = []
        self._present: set[int] = set()

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> Self:
        spider = super().from_crawler(crawler, *args, **kwargs)
        crawler.signals.connect(spider.settle_absent_years, scrapy_signals.spider_idle)
        return spider

    def select_windows(self, windows: tuple[Window, ...]) -> tuple[Window, ...]:
        return tuple(
            window for window in windows if window.is_whole_month and window.first.month == 1
        )

    async def start(self) -> AsyncIterator[Request]:
        for index, month in enumerate(self.months):
            is_fetched = self.fetches_whole(month)
            if not is_fetched and not self.open_month(month, {}, was_asked=False):
                continue
            yield self.first_request(month, priority=-index)

    def first_request(self, month: MonthCrawl, *, priority: int) -> Request:
        return self.ask(
            self.path.format(year=month.window.first.year),
            None,
            self.parse_table,
            month,
            priority=priority,
        )

    def parse_table(self, response: Response, *, month: MonthCrawl) -> Iterator[Any]:
        """Read the table of one year, or take note that there is none."""
        rows = self.read(response.body, month.window.first.year)
        year = month.window.first.year
        if rows is None:
            if year in self._landed_years():
                raise MissingYearError(f"{month}: no table, and there was one when it was landed")
            self._absent.append(month)
            return
        self._present.add(year)
        if self.fetches_whole(month):
            self.open_month(month, {}, was_asked=False)
        month.records_expected = len(rows)
        self.page(month, response, page_digest(response.body), len(rows), 0)
        yield from rows

    # ------------------------------------------------------------------- years without a table
    def settle_absent_years(self) -> None:
        """Judge the years without a table once every answer is in.

        A year before the first table or after the last one was not printed; one between two
        tables is missing.
        """
        present = self._present | self._landed_years()
        absent, self._absent = self._absent, []
        for month in absent:
            year = month.window.first.year
            if present and min(present) < year < max(present):
                self.fail(
                    month,
                    MissingYearError(
                        f"{month}: no table, and there are those of {min(present)} and "
                        f"{max(present)}"
                    ),
                )
            elif month.outcome is None:
                month.outcome = "absent"
                month.reason = "the site has no table for this year"
                self.send(signals.month_settled, month=month, line=None)

    def _landed_years(self) -> set[int]:
        landed = months_with_manifest(Path(self.settings["LANDING_DIR"]), self.name)
        return {int(month[:4]) for month in landed}


class CitystatCityYearsSpider(YearbookSpider):
    """City table of the statistical yearbook (城市统计年鉴), values as printed.

    Publisher: National Bureau of Statistics; here the synthetic yearbook of the office
    Documentation: docs/office.md
    Landing table: citystat_city_years
    """

    name = "citystat_city_years"
    path = "nj/city/{year}.csv"
    read = staticmethod(parse_city_years)


class CitystatProvinceYearsSpider(YearbookSpider):
    """Province table of the statistical yearbook, values as printed.

    Publisher: National Bureau of Statistics; here the synthetic yearbook of the office
    Documentation: docs/office.md
    Landing table: citystat_province_years
    """

    name = "citystat_province_years"
    path = "nj/province/{year}.csv"
    read = staticmethod(parse_province_years)
