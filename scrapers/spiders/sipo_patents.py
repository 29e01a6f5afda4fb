"""Spider of the gazette listing."""

from __future__ import annotations

from collections.abc import Iterator
from math import ceil
from typing import Any

from scrapy import Request
from scrapy.http import Response

from scrapers.errors import (
    CounterChangedError,
    CountMismatchError,
    RobotCheckError,
    UnexpectedPageError,
)
from scrapers.months import MonthCrawl
from scrapers.parsers.gazette import (
    COUNTERS,
    SOURCES,
    GazettePage,
    parse_gazette_page,
    require_counters,
)
from scrapers.parsers.text import PageState
from scrapers.spiders.base import MonthSpider

PAGE_SIZE = 20


class SipoPatentsSpider(MonthSpider):
    """Records of the patent gazette (公布公告), all four kinds, month by month.

    Publisher: China National Intellectual Property Administration, gazette site (公布公告查询)
    Documentation: docs/office.md
    Landing table: sipo_patents
    Caveats: every answer has status 200; what it is stands in the page.
    """

    name = "sipo_patents"

    def first_request(self, month: MonthCrawl, *, priority: int) -> Request:
        return self._listing(month, next(iter(SOURCES)), 1, priority=priority)

    def _listing(
        self, month: MonthCrawl, source: str, number: int, *, priority: int | None = None
    ) -> Request:
        window = month.window
        form = {
            "showType": "1",
            "strSources": source,
            "strWhere": f"OPD=BETWEEN['{window.first:%Y.%m.%d}','{window.last:%Y.%m.%d}']",
            "numSortMethod": "4",
            "strLicenseCode": "",
            **dict.fromkeys(COUNTERS, ""),
            "pageSize": str(PAGE_SIZE),
            "pageNow": str(number),
        }
        return self.ask(
            "patentoutline.action",
            form,
            self.parse_listing,
            month,
            priority=self.page_priority(month) if priority is None else priority,
            source=source,
            number=number,
        )

    def parse_listing(
        self, response: Response, *, month: MonthCrawl, source: str, number: int
    ) -> Iterator[Any]:
        """Read one page; the first one of a month states how many more there are."""
        page = parse_gazette_page(response.body, source)
        where = f"{month} {source} page {number}"
        if page.state is PageState.ROBOT_CHECK:
            raise RobotCheckError(where)
        counters = require_counters(page)
        is_first = month.records_expected is None
        if is_first:
            self._expect(month, counters)
            if not self.open_month(month, counters):
                return
        elif counters != month.counters:
            raise CounterChangedError(f"{where} states {counters}, before {month.counters}")
        _check_page(page, counters[SOURCES[source][0]], number, where)
        order = list(SOURCES).index(source) * 1_000_000 + number
        self.page(month, response, page.digest, len(page.records), order)
        yield from page.records
        if is_first:
            for other, (total, _) in SOURCES.items():
                for following in range(1, ceil(counters[total] / PAGE_SIZE) + 1):
                    if (other, following) != (source, number):
                        yield self._listing(month, other, following)

    def _expect(self, month: MonthCrawl, counters: dict[str, int]) -> None:
        totals = [counters[total] for total, _ in SOURCES.values()]
        month.records_expected = sum(totals)
        # The first source is asked for its first page even when it has no record.
        month.pages_expected = max(1, ceil(totals[0] / PAGE_SIZE)) + sum(
            ceil(total / PAGE_SIZE) for total in totals[1:]
        )


def _check_page(page: GazettePage, total: int, number: int, where: str) -> None:
    """Refuse a page that holds another number of records than its place in the listing says.

    Raises
    ------
    UnexpectedPageError, CountMismatchError
    """
    expected = min(PAGE_SIZE, max(0, total - (number - 1) * PAGE_SIZE))
    if expected and page.state is not PageState.RECORDS:
        raise UnexpectedPageError(f"{where} is in state {page.state}, {total} records are stated")
    if len(page.records) != expected:
        raise CountMismatchError(
            f"{where} has {len(page.records)} records, {expected} follow from the total {total}"
        )
