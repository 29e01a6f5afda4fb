"""Spider of the gazette listing."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

from scrapy import Request

from scrapers.items import SipoPatent
from scrapers.months import MonthCrawl
from scrapers.parsers.gazette import (
    COUNTERS,
    SOURCES,
    GazettePage,
    parse_gazette_page,
    require_counters,
)
from scrapers.spiders.listing import ListingSpider, Question


class SipoPatentsSpider(ListingSpider):
    """Records of the patent gazette (公布公告), all four kinds, month by month.

    Publisher: China National Intellectual Property Administration, gazette site (公布公告查询)
    Documentation: docs/office.md
    Landing table: sipo_patents
    Caveats: every answer has status 200; what it is stands in the page.
    """

    name = "sipo_patents"
    page_sizes = (3, 10, 20, 100)
    slices = tuple(SOURCES)

    def listing_request(
        self,
        month: MonthCrawl,
        question: Question,
        callback: Any,
        *,
        priority: int,
        **arguments: Any,
    ) -> Request:
        form = {
            "showType": "1",
            "strSources": question.slice_name,
            "strWhere": f"OPD=BETWEEN['{question.first:%Y.%m.%d}','{question.last:%Y.%m.%d}']",
            "numSortMethod": "4",
            "strLicenseCode": "",
            **dict.fromkeys(COUNTERS, ""),
            "pageSize": str(self.page_size),
            "pageNow": str(question.number),
        }
        return self.ask(
            "patentoutline.action", form, callback, month, priority=priority, **arguments
        )

    def read(self, body: bytes, slice_name: str) -> GazettePage:
        return parse_gazette_page(body, slice_name)

    def counters_of(self, page: GazettePage) -> dict[str, int]:
        return require_counters(page)

    def totals(self, counters: dict[str, int]) -> dict[str, int]:
        return {source: counters[total] for source, (total, _) in SOURCES.items()}

    def key_of(self, record: SipoPatent) -> Hashable:
        # A correction repeats the number of what it corrects under another heading or date.
        return record.publication_no, record.record_heading, record.correction_date

    def days_of(self, record: SipoPatent) -> tuple[str, ...]:
        if record.correction_date is not None:
            return record.publication_date, record.correction_date
        return (record.publication_date,)
