"""A country of any size straight into landing files, month by month, for benchmarks.

Leaner than the country behind the site: no panel equation and no truth, but the same cities, names,
addresses, symbols, numbers and lags, so that the warehouse has the same work to do. Nothing here
knows the pipeline; the format is that of docs/landing.md.
"""

from __future__ import annotations

import datetime as dt
import math
import random
from array import array
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from typing import Any

from scrapers.office import events as event_texts
from scrapers.office.geography import new_site, nodes, print_address
from scrapers.office.landing_files import (
    EVENT_FIELDS,
    HEADINGS,
    PUBLICATION_FIELDS,
    SEPARATOR,
    LandingFiles,
    Row,
    dotted,
    land_yearbooks,
    transfer_row,
)
from scrapers.office.ledger import OUTSIDE, Event, Party, PartyKind, Patent, Symbol
from scrapers.office.names import Namer
from scrapers.office.numbers import (
    FIRST_YEAR,
    LAST_YEAR,
    LONG_DOCUMENTS_FROM,
    LONG_NUMBERS_FROM,
    NEW_KINDS_FROM,
    WINDOW_END,
    check_digit,
    gazette_days,
    next_gazette_day,
)
from scrapers.office.symbols import read_symbols
from scrapers.office.texts import abstract_of, agencies, design_title, title_of
from scrapers.office.wording import padded_ipc
from scrapers.office.yearbook import city_sizes, draw_exogenous

_BURN_IN = 2000  # applications are drawn from here on, so that the grants of 2006 have ancestors

# Shares of the records of a month; utility models take what the others leave.
_SHARE_PUBLISHED, _SHARE_DESIGN = 0.40, 0.10
_GRANTED = 0.47  # of applications, before those whose grant falls behind the window
_GREEN = {"natural": 0.14, "enriched": 0.45}
_TRANSFERS = 0.006  # events per record
_GROWTH = 1.15
_ORG_BITS, _PROFILE_BITS, _PEOPLE_BITS, _AGENCY_BITS = 15, 12, 12, 6


@dataclass(frozen=True, slots=True)
class _Applicant:
    name: str
    addresses: tuple[str, str, str]  # before 2010, 2010-2014, later
    is_foreign: bool
    party: Party
    node: int


@dataclass(frozen=True, slots=True)
class Profile:
    """What the records of an invention or model print about its content."""

    title: str
    ipc: str
    abstract: str
    symbols: tuple[Symbol, ...]


class _Tables:
    """What records are put together from; a record is a few numbers into these tables."""

    def __init__(self, seed: int, shares: str) -> None:
        rng = random.Random(f"greenties:{seed}:bulk tables")
        self.size = city_sizes(rng)
        namer = Namer(rng)
        people: list[_Applicant] = []
        organisations: list[_Applicant] = []
        weights: list[float] = []
        person_weights: list[float] = []
        for n, size in enumerate(self.size):
            for k in range(max(3, round(110 * size))):
                kind: PartyKind = rng.choices(
                    ("firm", "university", "institute", "government"), weights=(72, 9, 13, 6)
                )[0]
                place = rng.choices(("city", "province", "none"), weights=(42, 20, 38))[0]
                name = namer.organisation(nodes()[n], kind, place)
                organisations.append(_applicant(rng, name, kind, n))
                weights.append(size * (k + 3) ** -0.9)
            for k in range(max(2, round(40 * size))):
                people.append(_applicant(rng, namer.person(), "person", n))
                person_weights.append(size * (k + 3) ** -0.6)
        abroad = []
        for _ in range(1500):
            name, place, _ = namer.foreigner() if rng.random() < 0.87 else namer.neighbour()
            party = _party(name, "firm", OUTSIDE, None, place)
            abroad.append(_Applicant(name, (place,) * 3, True, party, OUTSIDE))
        slots = 1 << _ORG_BITS
        n_abroad, n_people = round(slots * 0.10), round(slots * 0.07)
        self.first = (
            rng.choices(organisations, weights=weights, k=slots - n_abroad - n_people)
            + rng.choices(people, weights=person_weights, k=n_people)
            + rng.choices(abroad, k=n_abroad)
        )
        self.second = rng.choices(organisations, weights=weights, k=round(slots * 0.58))
        self.second += rng.choices(people, weights=person_weights, k=slots - len(self.second))
        symbols = read_symbols()
        green = [s for s in symbols if s.is_paper7]
        plain = [s for s in symbols if not s.is_paper7]
        self.inventions = [
            [
                draw_profile(
                    rng, "invention", green if rng.random() < _GREEN[shares] else plain, year
                )
                for _ in range(1 << _PROFILE_BITS)
            ]
            for year in (2006, 2014, 2019)
        ]
        self.models = [
            draw_profile(rng, "utility_model", green if rng.random() < 0.09 else plain, 2006)
            for _ in range(1 << _PROFILE_BITS)
        ]
        self.designs = [
            Profile(design_title(rng), rng.choice(("26-05", "14-02", "06-01", "09-03")), "", ())
            for _ in range(1 << 8)
        ]
        self.people = [
            SEPARATOR.join(namer.person() for _ in range(1 + min(9, int(rng.expovariate(0.45)))))
            for _ in range(1 << _PEOPLE_BITS)
        ]
        self.agencies = agencies(rng, 1 << _AGENCY_BITS)
        self.publication_lags = _quantiles(rng, _publication_lag)
        self.grant_lags = _quantiles(rng, lambda r: int(_clip(math.exp(r.gauss(6.95, 0.42)))))


def _clip(value: float) -> float:
    return min(3200.0, max(400.0, value))


def _publication_lag(rng: random.Random) -> int:
    early = min(300.0, max(50.0, math.exp(rng.gauss(4.56, 0.32))))
    return int(early if rng.random() < 0.7 else min(680.0, max(530.0, rng.gauss(556.0, 18.0))))


def _quantiles(rng: random.Random, draw: Callable[[random.Random], int]) -> list[int]:
    return [draw(rng) for _ in range(1 << 12)]


def _party(name: str, kind: PartyKind, node: int, site: Any, outside: str = "") -> Party:
    day = dt.date(_BURN_IN, 1, 1)
    party = Party(number=0, kind=kind, names=[(day, name)], homes=[(day, node, site)])
    party.outside = outside
    return party


def _applicant(rng: random.Random, name: str, kind: PartyKind, n: int) -> _Applicant:
    node = nodes()[n]
    site = new_site(rng, node)
    early, middle, late = (
        print_address(rng, node, site, year).glued for year in (2006, 2012, 2018)
    )
    return _Applicant(name, (early, middle, late), False, _party(name, kind, n, site), n)


def draw_profile(rng: random.Random, kind: str, among: Sequence[Symbol], year: int) -> Profile:
    """Draw title, symbols and abstract; no symbol is newer than the year."""
    usable = [s for s in among if s.first_year <= year]
    weights = list(accumulate(s.weight for s in usable))
    count = rng.choices((1, 2, 3, 4, 5), weights=(29, 35, 16, 9, 11))[0]
    chosen = tuple(dict.fromkeys(rng.choices(usable, cum_weights=weights, k=count)))
    title = title_of(rng, chosen[0].subject)
    ipc = SEPARATOR.join(
        f"{s.printed}{'I' if k == 0 or rng.random() < 0.82 else 'N'}" for k, s in enumerate(chosen)
    )
    return Profile(title, ipc, abstract_of(rng, kind == "utility_model", title), chosen)


class Serials:
    """Application numbers in a row per year and kind; the check digit comes from partial sums."""

    def __init__(self) -> None:
        self._next: dict[tuple[int, bool, str], int] = defaultdict(lambda: 1000)
        weights = (7, 8, 9, 2, 3, 4, 5)
        self._high = [
            sum(int(d) * w for d, w in zip(f"{n:04d}", weights[:4], strict=True))
            for n in range(10_000)
        ]
        self._low = [
            sum(int(d) * w for d, w in zip(f"{n:03d}", weights[4:], strict=True))
            for n in range(1000)
        ]
        self._head: dict[tuple[int, str], int] = {}

    def take(self, filed: int, year: int, digit: str) -> str:
        """Return the next number of a filing day (ordinal) and kind digit."""
        is_long = filed >= _LONG_NUMBERS_ORDINAL
        key = (year, is_long, digit)
        serial = self._next[key] + 1
        self._next[key] = serial
        if not is_long:
            if serial > 99_999:
                raise ValueError(f"more than 99,999 applications in {year}: the country is too big")
            body = f"{year % 100:02d}{digit}{serial:05d}"
            return body + check_digit(body)
        head = self._head.get((year, digit))
        if head is None:
            text = f"{year}{digit}"
            head = sum(int(d) * w for d, w in zip(text, (2, 3, 4, 5, 6), strict=True))
            self._head[year, digit] = head
        rest = (head + self._high[serial // 1000] + self._low[serial % 1000]) % 11
        return f"{year}{digit}{serial:07d}{'X' if rest == 10 else rest}"


_LONG_NUMBERS_ORDINAL = LONG_NUMBERS_FROM.toordinal()


def _months() -> Iterator[tuple[int, int]]:
    for year in range(_BURN_IN, LAST_YEAR + 1):
        for month in range(1, 13):
            yield year, month


def _quotas(records: int) -> dict[tuple[int, int], int]:
    """Return how many records every month of the window gets; they add up to `records`."""
    months = [m for m in _months() if m[0] >= FIRST_YEAR]
    weights = [_GROWTH ** (k / 12.0) for k in range(len(months))]
    total = sum(weights)
    quotas, given, running = {}, 0, 0.0
    for month, weight in zip(months, weights, strict=True):
        running += weight
        upto = round(records * running / total)
        quotas[month] = upto - given
        given = upto
    return quotas


class _Bulk:
    def __init__(self, landing_dir: Path, seed: int, records: int, shares: str) -> None:
        self.shares = shares
        self.tables = _Tables(seed, shares)
        self.rng = random.Random(f"greenties:{seed}:bulk records")
        self.serials = Serials()
        self.quotas = _quotas(records)
        # Grants to come, four numbers each: content, document, application packed, filing day.
        self.pending: dict[tuple[int, int], array[int]] = defaultdict(lambda: array("Q"))
        self.numbers = {
            ("A", False): 1_100_000, ("A", True): 101_010_210,
            ("C", False): 1_100_000, ("C", True): 100_003_018,
            ("U", False): 2_700_000, ("U", True): 200_930_120,
            ("S", False): 3_300_000, ("S", True): 300_680_311,
        }  # fmt: skip
        description = f"greenties bulk country 1 {seed} {records} {shares}"
        self.files = LandingFiles(landing_dir, description, "bulk")
        self.written = 0
        self._holders: list[tuple[str, int, _Applicant, Profile]] = []
        self._events: dict[tuple[int, int], list[Row]] = defaultdict(list)

    def _document(self, run: str, is_long: bool) -> int:
        self.numbers[run, is_long] += 1
        return self.numbers[run, is_long]

    # -------------------------------------------------------------- one month

    def month(self, year: int, month: int) -> None:
        days = [d for d in gazette_days(year) if d.month == month]
        quota = self.quotas.get((year, month))
        if quota is None:
            # Before the window: applications only, and nothing of them is printed.
            first = self.quotas[FIRST_YEAR, 1]
            back = (FIRST_YEAR - year) * 12 - (month - 1)
            self._publish(days, round(first * _SHARE_PUBLISHED * _GROWTH ** (-back / 12)), None)
            return
        rows: list[Row] = []
        published = math.floor(quota * _SHARE_PUBLISHED)
        designs = math.floor(quota * _SHARE_DESIGN)
        self._publish(days, published, rows)
        granted = self._grant(days, (year, month), quota - published - designs, rows)
        self._models(days, quota - published - granted - designs, rows, "pug")
        self._models(days, designs, rows, "pdg")
        self._transfer(year, month, quota)
        self.files.land("sipo_patents", year, month, PUBLICATION_FIELDS, rows)
        events = sorted(self._events.pop((year, month), []), key=lambda r: (r[1], r[0]))
        self.files.land("sipo_assignments", year, month, EVENT_FIELDS, events)
        self.written += len(rows)

    def _publish(self, days: list[dt.date], count: int, rows: list[Row] | None) -> None:
        tables, rng = self.tables, self.rng
        grant_from = round(_GRANTED * 256)
        end = WINDOW_END.toordinal()
        for k in range(count):
            day = days[k * len(days) // count]
            content, fate = rng.getrandbits(64), rng.getrandbits(32)
            filed = day.toordinal() - tables.publication_lags[fate & 0xFFF]
            applicant = tables.first[content & 0x7FFF]
            people = content >> 27 & 0xFFF
            is_pct = people % 4 != 0 if applicant.is_foreign else people % 20 == 0
            if is_pct:
                filed -= 500
            filed_on = dt.date.fromordinal(filed)
            is_long = day >= LONG_DOCUMENTS_FROM
            number = self.serials.take(filed, filed_on.year, "8" if is_pct else "1")
            document = self._document("A", is_long)
            if rows is not None:
                rows.append(
                    self._record(
                        "pip", f"CN{document}A", day, number, filed=filed_on, content=content
                    )
                )
            if fate >> 24 < grant_from:
                lag = tables.grant_lags[fate >> 12 & 0xFFF] + (500 if is_pct else 0)
                at = max(filed + lag, day.toordinal() + 120)
                if at <= end:
                    on = dt.date.fromordinal(at)
                    digits, last = int(number[:-1]), number[-1]
                    packed = digits << 4 | (10 if last == "X" else int(last))
                    self.pending[on.year, on.month].extend((content, document, packed, filed))

    def _grant(
        self, days: list[dt.date], month: tuple[int, int], most: int, rows: list[Row]
    ) -> int:
        waiting = self.pending.pop(month, array("Q"))
        count = min(len(waiting) // 4, most)
        for k in range(count):
            day = days[k * len(days) // count]
            content, document, packed, filed = waiting[4 * k : 4 * k + 4]
            digits, last = packed >> 4, packed & 15
            width = 12 if digits >= 10**9 else 8
            number = f"{digits:0{width}d}{'X' if last == 10 else last}"
            filed_on = dt.date.fromordinal(filed)
            if day >= NEW_KINDS_FROM:
                printed = f"CN{document}B"
            else:
                printed = f"CN{self._document('C', day >= LONG_DOCUMENTS_FROM)}C"
            row = self._record("pig", printed, day, number, filed=filed_on, content=content)
            rows.append(row)
            if content % 37 == 0 and len(self._holders) < 60_000:
                applicant = self.tables.first[content & 0x7FFF]
                profile = self._profile_of(content, filed_on.year)
                self._holders.append((number, day.toordinal(), applicant, profile))
        return count

    def _models(self, days: list[dt.date], count: int, rows: list[Row], source: str) -> None:
        rng = self.rng
        is_design = source == "pdg"
        run, old, new, digit = ("S", "D", "S", "3") if is_design else ("U", "Y", "U", "2")
        for k in range(count):
            day = days[k * len(days) // count]
            content = rng.getrandbits(64)
            filed_on = dt.date.fromordinal(day.toordinal() - 150 - (content >> 40) % 220)
            number = self.serials.take(filed_on.toordinal(), filed_on.year, digit)
            document = self._document(run, day >= LONG_DOCUMENTS_FROM)
            printed = f"CN{document}{new if day >= NEW_KINDS_FROM else old}"
            rows.append(self._record(source, printed, day, number, filed=filed_on, content=content))

    def _profile_of(self, content: int, year: int) -> Profile:
        era = 0 if year < 2014 else 1 if year < 2019 else 2
        return self.tables.inventions[era][content >> 15 & 0xFFF]

    def _record(
        self, source: str, document: str, day: dt.date, number: str, *, filed: dt.date, content: int
    ) -> Row:
        """Return one record; equal contents give equal records, whichever step prints them."""
        tables = self.tables
        first = tables.first[content & 0x7FFF]
        place = content >> 15 & 0xFFF
        people = content >> 27 & 0xFFF
        joint = content >> 60
        if source == "pug":
            profile = tables.models[place]
            is_joint = joint == 0 and people % 2 == 0
        elif source == "pdg":
            profile = tables.designs[place & 0xFF]
            is_joint = False
        else:
            profile = self._profile_of(content, filed.year)
            is_joint = joint == 0 or (joint == 1 and people % 2 == 0)
        applicants = first.name
        if is_joint:
            second = tables.second[content >> 45 & 0x7FFF]
            if second.name != first.name:
                applicants = f"{first.name}{SEPARATOR}{second.name}"
        inventors = tables.people[people]
        if first.party.kind == "person":
            inventors = f"{first.name}{SEPARATOR}{inventors}"
        era = 0 if filed.year < 2010 else 1 if filed.year < 2015 else 2
        agency, agents = tables.agencies[content >> 39 & 0x3F]
        priority = entry = application = publication = None
        if first.is_foreign and source in ("pip", "pig"):
            earlier = filed - dt.timedelta(days=330 + people % 30)
            priority = f"{earlier.year}-{content >> 45 & 0x7FFF:06d} {dotted(earlier)}"
        if len(number) == 13 and number[4] == "8":
            entered = filed + dt.timedelta(days=540 + people % 20)
            entry = dotted(entered)
            application = f"PCT/IB{filed.year}/{place:06d} {dotted(filed)}"
            publication = f"WO{filed.year}/{people:06d} EN {dotted(filed)}"
        return [
            source, HEADINGS[source], profile.title, document, dotted(day), number,
            dotted(filed), applicants, inventors, first.addresses[era], profile.ipc, agency,
            agents, priority, None, entry, application, publication, None, None, None,
            None, profile.abstract,
        ]  # fmt: skip

    # -------------------------------------------------------------- transfers

    def _transfer(self, year: int, month: int, quota: int) -> None:
        rng, tables = self.rng, self.tables
        for _ in range(min(round(quota * _TRANSFERS), len(self._holders))):
            position = rng.randrange(len(self._holders))
            number, granted, seller, profile = self._holders[position]
            self._holders[position] = self._holders[-1]
            self._holders.pop()
            buyer = tables.second[rng.getrandbits(_ORG_BITS)]
            registered = dt.date(year, month, 1 + rng.randrange(28))
            gazette = next_gazette_day(registered + dt.timedelta(days=15 + rng.randrange(20)))
            if gazette > WINDOW_END or granted >= registered.toordinal() or buyer is seller:
                continue
            sides = [_numbered(seller, 1), _numbered(buyer, 2)]
            patent = Patent(
                number=0, kind="invention", filed=registered, published=None,
                granted=dt.date.fromordinal(granted), applicants=sides[:1],
                nodes=[seller.node], symbols=list(profile.symbols),
            )  # fmt: skip
            event = Event(
                gazette_day=gazette, registered=registered, patent=patent, type="sale",
                before=sides[:1], after=sides[1:], before_nodes=[seller.node],
                after_nodes=[buyer.node],
            )  # fmt: skip
            printed = event_texts.tell(rng, event, nodes())
            has_ipc = 2010 <= gazette.year < 2015
            ipc = padded_ipc(profile.symbols[0].symbol) if has_ipc else None
            self._events[gazette.year, gazette.month].append(
                transfer_row(number, event, printed, ipc)
            )


def _numbered(applicant: _Applicant, number: int) -> Party:
    party = applicant.party
    copy = Party(number=number, kind=party.kind, names=party.names, homes=party.homes)
    copy.outside = party.outside
    return copy


def write_bulk(
    landing_dir: Path,
    *,
    seed: int,
    records: int,
    shares: str = "natural",
    progress: Callable[[str], None] | None = None,
) -> None:
    """Write a country of any size straight to landing files.

    One month at a time is in memory, and of every application that waits for its grant 32 bytes.

    Parameters
    ----------
    landing_dir
        Landing folder; made when missing. Months that are there are replaced.
    seed
        Same seed, records and shares: same files.
    records
        Gazette records of 2006-2020, all four kinds together (8,600,000 at the paper's size).
    shares
        ``natural``, or ``enriched`` in green inventions.
    progress
        Called with a line of text per year.

    Raises
    ------
    ValueError
        When records is below one, shares is unknown, or a year has more applications than its
        number format can carry.
    """
    if records < 1:
        raise ValueError(f"a country has at least one record, not {records}")
    if shares not in _GREEN:
        raise ValueError(f"{shares!r} is none of {', '.join(sorted(_GREEN))}")
    landing_dir.mkdir(parents=True, exist_ok=True)
    bulk = _Bulk(landing_dir, seed, records, shares)
    exogenous = draw_exogenous(random.Random(f"greenties:{seed}:exogenous"))
    land_yearbooks(bulk.files, exogenous)
    for year, month in _months():
        bulk.month(year, month)
        if progress is not None and month == 12 and year >= FIRST_YEAR:
            progress(f"{year}: {bulk.written:,} records")
