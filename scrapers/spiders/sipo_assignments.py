"""Spider of the dated listing of legal events."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from math import ceil
from typing import Any

from scrapy import Request
from scrapy.http import Response

from scrapers.errors import CounterChangedError, WrongSliceError
from scrapers.items import SipoAssignment
from scrapers.months import MonthCrawl
from scrapers.parsers.tran import COUNTERS, TranPage, parse_tran_page, require_counters
from scrapers.spiders.listing import ListingSpider, Question, where_of


class SipoAssignmentsSpider(ListingSpider):
    """Legal events of patents (事务数据), month by month, every type the site serves.

    Publisher: China National Intellectual Property Administration, 事务数据查询
    Documentation: docs/office.md
    Landing table: sipo_assignments
    Caveats: the names of the types drift over the years, so the listing is asked without a type
    and everything it has is landed. The publisher prints some events twice; both are landed.

    Arguments (``-a``)
    ------------------
    event_types : str
        ``all`` (default), or exact names of types (事务数据类型) separated by commas, each judged
        by its own total. A month landed this way holds these types alone.
    """

    name = "sipo_assignments"
    repeats_records = True

    def __init__(self, *, event_types: str = "", **kwargs: Any) -> None:
        super().__init__(**kwargs)
        chosen = event_types.strip()
        self.event_types = "" if chosen in ("", "all") else chosen
        types = dict.fromkeys(part.strip() for part in self.event_types.split(",") if part.strip())
        self._types = tuple(types)
        # Totals by type of the months under way, when types were named.
        self._stated: dict[MonthCrawl, dict[str, int]] = {}

    def first_request(self, month: MonthCrawl, *, priority: int) -> Request:
        if not self._types:
            return super().first_request(month, priority=priority)
        return self._listing(month, "", 1, self.parse_totals, priority=priority)

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
            "strType": question.slice_name,
            "strDate": f"BETWEEN['{question.first:%Y.%m.%d}','{question.last:%Y.%m.%d}']",
            **dict.fromkeys(COUNTERS, ""),
            "pageSize": str(self.page_size),
            "pageNow": str(question.number),
        }
        return self.ask("tranoutline.action", form, callback, month, priority=priority, **arguments)

    def read(self, body: bytes, slice_name: str) -> TranPage:
        return parse_tran_page(body)

    def counters_of(self, page: TranPage) -> dict[str, int]:
        return require_counters(page)

    def totals(self, counters: dict[str, int]) -> dict[str, int]:
        return {"": counters["numTran"]}

    def key_of(self, record: SipoAssignment) -> Hashable:
        return record.application_no, record.event_date, record.event_type, record.event_text

    def days_of(self, record: SipoAssignment) -> tuple[str, ...]:
        return (record.event_date,)

    # ------------------------------------------------------------------------ types by name
    def _listing(
        self, month: MonthCrawl, event_type: str, number: int, callback: Any, *, priority: int
    ) -> Request:
        arguments = {} if event_type == "" else {"event_type": event_type, "number": number}
        question = Question(month.window.first, month.window.last, event_type, number)
        return self.listing_request(month, question, callback, priority=priority, **arguments)

    def parse_totals(self, response: Response, *, month: MonthCrawl) -> Iterator[Any]:
        """Read the totals of a month, then ask for the first page of each type that was named."""
        page = parse_tran_page(response.body)
        counters = require_counters(page)
        if not self._begin(month, counters, f"{month} totals"):
            return
        self.check_page(month, page, "", 1, total=counters["numTran"])
        self._seen.pop((month, ""), None)
        if not counters["numTran"]:
            self.page(month, response, page.digest, 0, 0)
            yield from self._further_pages(month, {"": 0}, ("", 1))
            return
        month.pages_expected = 1 + len(self._types)
        month.records_expected = None
        self._stated[month] = {}
        self.page(month, response, page.digest, 0, 0)
        for event_type in self._types:
            yield self._listing(
                month, event_type, 1, self.parse_type, priority=self.page_priority(month)
            )

    def parse_type(
        self, response: Response, *, month: MonthCrawl, event_type: str, number: int
    ) -> Iterator[Any]:
        """Read one page of one type; its first page states how many more there are."""
        page = parse_tran_page(response.body)
        where = where_of(month, event_type, number)
        total = require_counters(page)["numTran"]
        stated = self._stated[month]
        if stated.setdefault(event_type, total) != total:
            raise CounterChangedError(f"{where} states {total}, before {stated[event_type]}")
        others = {record.event_type for record in page.records} - {event_type}
        if others:
            raise WrongSliceError(f"{where} holds events of type {sorted(others)}")
        self.check_page(month, page, event_type, number, total=total)
        further = range(2, ceil(total / self.page_size) + 1) if number == 1 else range(0)
        month.pages_expected += len(further)
        month.state_slice(event_type, total)
        if len(stated) == len(self._types):
            if sum(stated.values()) > month.counters["numTran"]:
                raise CounterChangedError(f"{where}: types add up to more than {month.counters}")
            month.records_expected = sum(stated.values())
        order = (1 + self._types.index(event_type)) * 1_000_000 + number
        self.page(month, response, page.digest, len(page.records), order, slice_name=event_type)
        yield from page.records
        for following in further:
            yield self._listing(
                month, event_type, following, self.parse_type, priority=self.page_priority(month)
            )
