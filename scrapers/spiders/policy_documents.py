"""Spider of provincial policy documents."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from math import ceil
from typing import Any
from urllib.parse import quote

from scrapy import Request
from scrapy.http import Response

from scrapers.errors import CountMismatchError, WrongSliceError
from scrapers.items import PolicyDocument
from scrapers.months import MonthCrawl
from scrapers.parsers.policy import (
    PolicyEntry,
    PolicyListing,
    parse_policy_document,
    parse_policy_listing,
    require_counters,
)
from scrapers.spiders.listing import ListingSpider, Question

_DOCUMENTS = 1_000_000  # documents stand behind the pages of the listing


class PolicyDocumentsSpider(ListingSpider):
    """Policy documents on university-industry-research cooperation, by month of 发布日期.

    Publisher: provincial governments; here the synthetic open-government pages of the office
    Documentation: docs/office.md
    Landing table: policy_documents
    Caveats: the listing names documents, each of which is a page of its own; a month is complete
    when every document of its listing was read. A document may stand there twice.
    """

    name = "policy_documents"
    page_sizes = (10,)
    default_page_size = 10

    def listing_request(
        self,
        month: MonthCrawl,
        question: Question,
        callback: Any,
        *,
        priority: int,
        **arguments: Any,
    ) -> Request:
        path = (
            f"zcwj/list.action?from={question.first}&until={question.last}&page={question.number}"
        )
        return self.ask(path, None, callback, month, priority=priority, **arguments)

    def read(self, body: bytes, slice_name: str) -> PolicyListing:
        return parse_policy_listing(body)

    def counters_of(self, page: PolicyListing) -> dict[str, int]:
        return require_counters(page)

    def totals(self, counters: dict[str, int]) -> dict[str, int]:
        return {"": counters["numDoc"]}

    def key_of(self, record: PolicyEntry) -> Hashable:
        return record.document_id

    def days_of(self, record: PolicyEntry) -> tuple[str, ...]:
        return (record.published_date,)

    def pages_of(self, totals: dict[str, int]) -> int:
        return max(1, ceil(totals[""] / self.page_size)) + totals[""]

    def records_of(
        self,
        month: MonthCrawl,
        response: Response,
        page: PolicyListing,
        slice_name: str,
        number: int,
    ) -> Iterator[Any]:
        """Announce a page of the listing and ask for the documents that it names."""
        self.page(month, response, page.digest, 0, self.order_of(slice_name, number))
        for place, entry in enumerate(page.records):
            yield self.ask(
                f"zcwj/{quote(entry.document_id)}.html",
                None,
                self.parse_document,
                month,
                priority=self.page_priority(month),
                entry=entry,
                place=(number - 1) * self.page_size + place,
            )

    def parse_document(
        self, response: Response, *, month: MonthCrawl, entry: PolicyEntry, place: int
    ) -> Iterator[PolicyDocument]:
        """Read one document; it must be the one that the listing names.

        Raises
        ------
        WrongSliceError
            If it has another id or day.
        CountMismatchError
            If its title, region or number differ from the listing.
        """
        page = parse_policy_document(response.body)
        document = page.document
        where = f"{month} document {entry.document_id}"
        for name in ("document_id", "published_date"):
            if getattr(document, name) != getattr(entry, name):
                raise WrongSliceError(f"{where}: {name} is {getattr(document, name)!r}")
        for name in ("title", "province_name", "document_no"):
            if getattr(document, name) != getattr(entry, name):
                raise CountMismatchError(
                    f"{where}: {name} {getattr(document, name)!r}, "
                    f"{getattr(entry, name)!r} in the listing"
                )
        self.page(month, response, page.digest, 1, _DOCUMENTS + place)
        yield document
