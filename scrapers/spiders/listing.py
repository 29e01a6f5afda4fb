"""What spiders of listings share: totals first, every page checked, no silent emptiness."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from math import ceil
from pathlib import Path
from typing import Any, ClassVar, Protocol

from scrapy import Request
from scrapy.http import Response

from scrapers.errors import (
    CounterChangedError,
    DuplicatePageError,
    EmptyPageError,
    LandingError,
    MissingYearError,
    PastTheEndError,
    ShortPageError,
    SpiderArgumentError,
    SuspiciousEmptyError,
    UnexpectedPageError,
    WrongSliceError,
)
from scrapers.landing import current_month
from scrapers.months import MonthCrawl
from scrapers.parsers.text import PageState
from scrapers.spiders.base import MonthSpider

# Days before and after which no publisher of ours has printed anything.
FIRST_DAY, LAST_DAY = dt.date(1985, 1, 1), dt.date(2099, 12, 31)
_CONTROL_ORDER = 9_000_000_000
_PAGES_PER_SLICE = 1_000_000


@dataclass(frozen=True, slots=True)
class Question:
    """One page of a slice between two days, both included; pages count from 1."""

    first: dt.date
    last: dt.date
    slice_name: str = ""
    number: int = 1


class ListingPage(Protocol):
    """What the parser of a listing returns."""

    @property
    def state(self) -> PageState: ...
    @property
    def records(self) -> Sequence[Any]: ...
    @property
    def digest(self) -> str: ...


class ListingSpider(MonthSpider):
    """Spider over a listing that states its totals.

    Arguments (``-a``)
    ------------------
    page_size : str
        Records a page; one of ``page_sizes``. The sites' own is 20; 100 is a bulk list that the
        embedded office offers too.
    accept_empty : str
        ``1``: believe a month without any record even if there were some before, or if nothing
        else of the site shows that it answers.

    Notes
    -----
    A month is judged slice by slice (a source, an event type): each page must hold as many records
    as its place in the stated total demands, records of the asked slice and days, and no record
    that another page of the slice has. A month without any record is believed only after control
    questions: the totals of the days up to its last and up to the day before its first must be
    equal, and the site must have some record on other days. So an address that answers "nothing"
    to every question is found out, and so is a month that is missing at the source.
    """

    page_sizes: ClassVar[tuple[int, ...]] = (10, 20, 100)
    default_page_size: ClassVar[int] = 20
    slices: ClassVar[tuple[str, ...]] = ("",)
    # Whether the publisher prints one record twice (an event may be); records are then only told
    # to be of a page that came twice when their places say so.
    repeats_records: ClassVar[bool] = False

    def __init__(self, *, page_size: str = "", accept_empty: str = "", **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.page_size = int(self.default_page_size)
        if str(page_size).strip():
            text = str(page_size).strip()
            if not (text.isascii() and text.isdigit() and int(text) in self.page_sizes):
                raise SpiderArgumentError(f"page_size {text!r} is none of {self.page_sizes}")
            self.page_size = int(text)
        self.accept_empty = accept_empty.strip().lower() in ("1", "true", "yes")
        # Keys of the records of the pages read so far, by month and slice, then by page.
        self._seen: dict[tuple[MonthCrawl, str], dict[int, list[Hashable]]] = {}
        self._controls: dict[MonthCrawl, dict[str, dict[str, int]]] = {}

    # ------------------------------------------------------------- to be written by each spider
    def listing_request(
        self,
        month: MonthCrawl,
        question: Question,
        callback: Any,
        *,
        priority: int,
        **arguments: Any,
    ) -> Request:
        """Return the request of one page of a listing."""
        raise NotImplementedError

    def read(self, body: bytes, slice_name: str) -> ListingPage:
        """Read a page with the parser of this publisher."""
        raise NotImplementedError

    def counters_of(self, page: Any) -> dict[str, int]:
        """Return the counters of a page, or raise ``MissingCounterError``."""
        raise NotImplementedError

    def totals(self, counters: dict[str, int]) -> dict[str, int]:
        """Return the number of records of each slice that the counters state."""
        raise NotImplementedError

    def key_of(self, record: Any) -> Hashable:
        """Return what makes a record the record it is."""
        raise NotImplementedError

    def days_of(self, record: Any) -> tuple[str, ...]:
        """Return the days of a record as printed; one of them must lie in the window."""
        raise NotImplementedError

    # -------------------------------------------------------------------------------- the walk
    def first_request(self, month: MonthCrawl, *, priority: int) -> Request:
        return self._ask_page(month, self.slices[0], 1, priority=priority)

    def _ask_page(
        self, month: MonthCrawl, slice_name: str, number: int, *, priority: int | None = None
    ) -> Request:
        return self.listing_request(
            month,
            Question(month.window.first, month.window.last, slice_name, number),
            self.parse_listing,
            priority=self.page_priority(month) if priority is None else priority,
            slice_name=slice_name,
            number=number,
        )

    def parse_listing(
        self, response: Response, *, month: MonthCrawl, slice_name: str, number: int
    ) -> Iterator[Any]:
        """Read one page; the first one of a month states how many more there are."""
        page = self.read(response.body, slice_name)
        where = where_of(month, slice_name, number)
        counters = self.counters_of(page)
        is_first = month.records_expected is None
        if is_first and not self._begin(month, counters, where):
            return
        if counters != month.counters:
            raise CounterChangedError(f"{where} states {counters}, before {month.counters}")
        totals = self.totals(counters)
        self.check_page(month, page, slice_name, number, total=totals[slice_name])
        yield from self.records_of(month, response, page, slice_name, number)
        if is_first:
            yield from self._further_pages(month, totals, (slice_name, number))

    def records_of(
        self, month: MonthCrawl, response: Response, page: Any, slice_name: str, number: int
    ) -> Iterator[Any]:
        """Announce a page that passed every check and hand on its records."""
        order = self.order_of(slice_name, number)
        self.page(
            month, response, page.digest, len(page.records), order, slice_name=slice_name or None
        )
        yield from page.records

    def order_of(self, slice_name: str, number: int) -> int:
        """Return the place of a page among all pages of its month."""
        return self.slices.index(slice_name) * _PAGES_PER_SLICE + number

    def _begin(self, month: MonthCrawl, counters: dict[str, int], where: str) -> bool:
        """Take the totals of a month in; tell whether it is to be fetched."""
        totals = self.totals(counters)
        self.refuse_vanished(month, totals, where)
        month.records_expected = sum(totals.values())
        # The first slice is asked for its first page even when it has no record.
        month.pages_expected = self.pages_of(totals)
        must_prove_empty = not (month.records_expected or self.accept_empty)
        if must_prove_empty:
            month.pages_expected += 2
        if not self.open_month(month, counters):
            return False
        for name, total in totals.items():
            if name:
                month.state_slice(name, total)
        return True

    def pages_of(self, totals: dict[str, int]) -> int:
        """Return the number of pages that the totals of a month make, control pages aside."""
        first, *others = totals.values()
        return max(1, ceil(first / self.page_size)) + sum(
            ceil(total / self.page_size) for total in others
        )

    def _further_pages(
        self, month: MonthCrawl, totals: dict[str, int], known: tuple[str, int]
    ) -> Iterator[Request]:
        for name, total in totals.items():
            for number in range(1, ceil(total / self.page_size) + 1):
                if (name, number) != known:
                    yield self._ask_page(month, name, number)
        if not (month.records_expected or self.accept_empty):
            yield from self._control_questions(month)

    # ------------------------------------------------------------------------- checks of pages
    def check_page(
        self, month: MonthCrawl, page: Any, slice_name: str, number: int, *, total: int
    ) -> None:
        """Refuse a page that cannot be the page of a listing that it is said to be.

        Raises
        ------
        EmptyPageError, PastTheEndError, ShortPageError
            If it holds no record, or another number of records than its place demands.
        WrongSliceError
            If a record is of a day outside the window.
        DuplicatePageError
            If its records stand on another page already.
        """
        where = where_of(month, slice_name, number)
        n = len(page.records)
        expected = min(self.page_size, max(0, total - (number - 1) * self.page_size))
        if expected and not n:
            stated = f"{where} is in state {page.state}, {total} records are stated"
            if number > 1 and page.state is PageState.PAST_THE_END:
                raise PastTheEndError(stated)
            if page.state is PageState.RECORDS:
                raise UnexpectedPageError(stated)
            raise EmptyPageError(stated)
        if n != expected:
            raise ShortPageError(f"{where} has {n} records, {expected} follow from total {total}")
        for record in page.records:
            days = self.days_of(record)
            if not any(_is_within(day, month.window.first, month.window.last) for day in days):
                raise WrongSliceError(f"{where} holds a record of {', '.join(days)}")
        keys = [self.key_of(record) for record in page.records]
        seen = self._seen.setdefault((month, slice_name), {})
        self._refuse_known(keys, seen, number, where)
        seen[number] = keys
        if len(seen) >= ceil(total / self.page_size):
            del self._seen[month, slice_name]  # every page was compared with every other

    def _refuse_known(
        self, keys: list[Hashable], seen: dict[int, list[Hashable]], number: int, where: str
    ) -> None:
        if not self.repeats_records and len(set(keys)) < len(keys):
            twice = next(key for key in keys if keys.count(key) > 1)
            raise DuplicatePageError(f"{where} holds {twice} twice")
        mine = set(keys)
        for other, theirs in seen.items():
            common = mine.intersection(theirs)
            if common and not self._may_repeat(common, keys, theirs, is_next=number == other + 1):
                raise DuplicatePageError(
                    f"{where} holds {len(common)} records of page {other}, {next(iter(common))}"
                )

    def _may_repeat(
        self, common: set[Hashable], keys: list[Hashable], theirs: list[Hashable], *, is_next: bool
    ) -> bool:
        """Tell whether what two pages share can be records that the publisher printed twice.

        One that stands at the end of a page and at the beginning of the next, or a few among many;
        never half of a page.
        """
        if not self.repeats_records:
            return False
        if is_next and common == {keys[0]} == {theirs[-1]} and keys[:2] != theirs[:2]:
            return True
        return 2 * len(common) < min(len(keys), len(theirs))

    # --------------------------------------------------------------------- nothing, or nothing?
    def refuse_vanished(self, month: MonthCrawl, totals: dict[str, int], where: str) -> None:
        """Refuse a slice without a record that was landed with some.

        Raises
        ------
        MissingYearError
        """
        if self.accept_empty or all(totals.values()) or not month.window.is_whole_month:
            return
        try:
            manifest = current_month(
                Path(self.settings["LANDING_DIR"]), self.name, month.window.month
            )
        except LandingError:
            return  # damaged: nothing says what was landed
        if manifest is None:
            return
        try:
            before = self.totals(dict(manifest["site_counters"]))
        except (KeyError, TypeError):
            return  # landed under counters that are no longer the site's
        for name, total in totals.items():
            if not total and before.get(name, 0):
                raise MissingYearError(
                    f"{where} states no record, {before[name]} were stated when it was landed "
                    "(-a accept_empty=1 believes it)"
                )

    def _control_questions(self, month: MonthCrawl) -> Iterator[Request]:
        before = month.window.first - dt.timedelta(days=1)
        yield self._control(month, "through", FIRST_DAY, month.window.last)
        yield self._control(month, "before", FIRST_DAY, before)

    def _control(self, month: MonthCrawl, name: str, first: dt.date, last: dt.date) -> Request:
        return self.listing_request(
            month,
            Question(first, last, self.slices[0]),
            self.parse_control,
            priority=self.page_priority(month),
            name=name,
        )

    def parse_control(self, response: Response, *, month: MonthCrawl, name: str) -> Iterator[Any]:
        """Compare the totals of the days around a month that states no record."""
        page = self.read(response.body, self.slices[0])
        answers = self._controls.setdefault(month, {})
        answers[name] = self.totals(self.counters_of(page))
        through, before, after = (answers.get(k) for k in ("through", "before", "after"))
        question: Request | None = None
        if through is not None and before is not None:
            if through != before:
                raise SuspiciousEmptyError(
                    f"{month} states no record, but {through} up to its last day and {before} up "
                    "to the day before it"
                )
            if not any(before.values()):
                if after is None:
                    month.pages_expected += 1
                    question = self._control(month, "after", month.window.first, LAST_DAY)
                elif not any(after.values()):
                    raise SuspiciousEmptyError(
                        f"{month} states no record, and neither does any other day: the address "
                        "does not answer questions any more (-a accept_empty=1 believes it)"
                    )
        order = _CONTROL_ORDER + ("through", "before", "after").index(name)
        self.page(month, response, page.digest, 0, order)
        if question is not None:
            yield question
        elif len(answers) >= 2:
            self._controls.pop(month, None)


def where_of(month: MonthCrawl, slice_name: str, number: int) -> str:
    """Name a page in errors."""
    return f"{month} {slice_name} page {number}" if slice_name else f"{month} page {number}"


def _is_within(day: str, first: dt.date, last: dt.date) -> bool:
    """Tell whether a day as printed (``2019.07.09``, ``2019-07-09``) lies in a window."""
    parts = _DAY.fullmatch(day)
    if parts is None:
        return False
    return (
        (first.year, first.month, first.day)
        <= (
            int(parts[1]),
            int(parts[2]),
            int(parts[3]),
        )
        <= (last.year, last.month, last.day)
    )


_DAY = re.compile(r"(\d{4})[.\-/年](\d{1,2})[.\-/月](\d{1,2})日?")
