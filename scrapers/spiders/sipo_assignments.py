"""Spider of the dated listing of legal events."""

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
from scrapers.parsers.text import PageState
from scrapers.parsers.tran import COUNTERS, EVENT_TYPES, parse_tran_page, require_counters
from scrapers.spiders.base import MonthSpider

PAGE_SIZE = 20


class SipoAssignmentsSpider(MonthSpider):
    """Transfers and changes of holders (专利权的转移, 姓名地址的变更), month by month.

    Publisher: China National Intellectual Property Administration, 事务数据查询
    Documentation: docs/office.md
    Landing table: sipo_assignments
    Caveats: the totals of a month count every event type the site serves; only the two types of
    :data:`scrapers.parsers.tran.EVENT_TYPES` are fetched, each judged by its own total.
    """

    name = "sipo_assignments"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Totals by type of the months under way: they are judged type by type.
        self._totals: dict[int, dict[str, int]] = {}

    def first_request(self, month: MonthCrawl, *, priority: int) -> Request:
        # Asked without a type, the site states the totals of the month.
        return self._listing(month, "", 1, self.parse_totals, priority=priority)

    def _listing(
        self, month: MonthCrawl, event_type: str, number: int, callback: Any, *, priority: int
    ) -> Request:
        window = month.window
        form = {
            "strType": event_type,
            "strDate": f"BETWEEN['{window.first:%Y.%m.%d}','{window.last:%Y.%m.%d}']",
            **dict.fromkeys(COUNTERS, ""),
            "pageSize": str(PAGE_SIZE),
            "pageNow": str(number),
        }
        arguments = {} if event_type == "" else {"event_type": event_type, "number": number}
        return self.ask("tranoutline.action", form, callback, month, priority=priority, **arguments)

    def parse_totals(self, response: Response, *, month: MonthCrawl) -> Iterator[Any]:
        """Read the totals of a month, then ask for the first page of each type."""
        page = parse_tran_page(response.body)
        if page.state is PageState.ROBOT_CHECK:
            raise RobotCheckError(f"{month} totals")
        counters = require_counters(page)
        if counters["numTran"] and page.state is not PageState.RECORDS:
            raise UnexpectedPageError(f"{month}: {counters} stated, page in state {page.state}")
        if not self.open_month(month, counters):
            return
        types = EVENT_TYPES if counters["numTran"] else ()
        month.pages_expected = 1 + len(types)
        month.records_expected = None if types else 0
        self._totals[id(month)] = {}
        self.page(month, response, page.digest, 0, 0)
        for event_type in types:
            yield self._listing(
                month, event_type, 1, self.parse_listing, priority=self.page_priority(month)
            )

    def parse_listing(
        self, response: Response, *, month: MonthCrawl, event_type: str, number: int
    ) -> Iterator[Any]:
        """Read one page of one type; its first page states how many more there are."""
        page = parse_tran_page(response.body)
        where = f"{month} {event_type} page {number}"
        if page.state is PageState.ROBOT_CHECK:
            raise RobotCheckError(where)
        total = require_counters(page)["numTran"]
        totals = self._totals[id(month)]
        if totals.setdefault(event_type, total) != total:
            raise CounterChangedError(f"{where} states {total}, before {totals[event_type]}")
        expected = min(PAGE_SIZE, max(0, total - (number - 1) * PAGE_SIZE))
        if expected and page.state is not PageState.RECORDS:
            raise UnexpectedPageError(f"{where} is in state {page.state}, {total} are stated")
        if len(page.records) != expected:
            raise CountMismatchError(
                f"{where} has {len(page.records)} events, {expected} follow from {total}"
            )
        others = {r.event_type for r in page.records} - {event_type}
        if others:
            raise UnexpectedPageError(f"{where} holds events of type {sorted(others)}")
        further = range(2, ceil(total / PAGE_SIZE) + 1) if number == 1 else range(0)
        month.pages_expected += len(further)
        if len(totals) == len(EVENT_TYPES):
            stated = sum(totals.values())
            if stated > month.counters["numTran"]:
                raise CounterChangedError(f"{where}: types add up to {stated}, {month.counters}")
            month.records_expected = stated
        order = (1 + EVENT_TYPES.index(event_type)) * 1_000_000 + number
        self.page(month, response, page.digest, len(page.records), order)
        yield from page.records
        for following in further:
            yield self._listing(
                month,
                event_type,
                following,
                self.parse_listing,
                priority=self.page_priority(month),
            )
