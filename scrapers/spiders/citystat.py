"""Spiders of the yearbook tables (统计年鉴): one file per year."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from typing import Any, ClassVar

from scrapy import Request
from scrapy.http import Response

from scrapers import signals
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

    def select_windows(self, windows: tuple[Window, ...]) -> tuple[Window, ...]:
        return tuple(
            window for window in windows if window.is_whole_month and window.first.month == 1
        )

    async def start(self) -> AsyncIterator[Request]:
        for index, month in enumerate(self.months):
            if self.only_changed and not self.open_month(month, {}, was_asked=False):
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
        if rows is None:
            month.outcome = "absent"
            month.reason = "the site has no table for this year"
            self.send(signals.month_settled, month=month, line=None)
            return
        if not self.only_changed:
            self.open_month(month, {}, was_asked=False)
        month.records_expected = len(rows)
        self.page(month, response, page_digest(response.body), len(rows), 0)
        yield from rows


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
