"""The records of World A: every joint patent, solo patent and sale of the world, among decoys.

Everything that a panel variable is made of can be decided from what is printed: organisations carry
their city in their name, addresses are complete, no two share a trade name. What is noise is noise
that a reader can see through: another width of brackets, new names of organisations, documents
printed twice, co-applicants from abroad, and records that must not count (`DECOYS`).
"""

from __future__ import annotations

import datetime as dt
import math
import random
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from scrapers.office import events as event_texts
from scrapers.office.bulk import Profile, Serials, draw_profile
from scrapers.office.dirt import DIRT
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
from scrapers.office.ledger import OUTSIDE, Event, Party, PartyKind, Patent
from scrapers.office.names import Namer
from scrapers.office.numbers import (
    FIRST_FILING,
    FIRST_YEAR,
    LAST_YEAR,
    NEW_KINDS_FROM,
    WINDOW_END,
    WINDOW_START,
    DocumentNumbers,
    event_days,
    gazette_days,
    next_gazette_day,
)
from scrapers.office.recovery import Sale, World
from scrapers.office.symbols import read_symbols
from scrapers.office.texts import agencies, design_title
from scrapers.office.wording import padded_ipc
from scrapers.office.world import poisson
from scrapers.office.yearbook import YEARS

ROLES: dict[str, str] = {
    "joint": "green invention of two or three cities, granted",
    "solo": "green invention of one applicant, granted",
    "within_city": "green invention of two applicants of one city, granted",
    "joint_pending": "green application of two cities, never granted",
    "solo_pending": "green application of one applicant, never granted",
    "foreign": "green invention from abroad, granted",
    "not_green_joint": "invention of two cities, granted, not green",
    "not_green": "invention of one applicant, granted, not green",
    "model_joint": "utility model of two cities with green symbols",
    "design_joint": "design of two cities",
}
DECOYS = ("solo_pending", "foreign", "not_green_joint", "not_green", "model_joint", "design_joint")
"""Roles of records that no variable of the panel counts."""

EVENT_ROLES: dict[str, str] = {
    "sale": "granted green invention sold to another city",
    "sale_pending": "green application sold to another city",
    "sale_within_city": "granted green invention sold inside its city",
    "sale_not_green": "invention that is not green sold to another city",
}
EVENT_DECOYS = ("sale_within_city", "sale_not_green")

_CLEAN = DIRT["0"]
_PROFILES = 1500
_PROFILE_YEARS = (2006, 2014, 2019)
_WITHIN_CITY = 0.15  # per city and year
_SOLD_WITHIN = 0.05  # of what is never sold elsewhere
_OF_ALL_YEARS = {
    "joint_pending": 1500, "foreign": 900, "not_green_joint": 1500, "not_green": 4500,
    "model_joint": 1200, "design_joint": 300,
}  # fmt: skip
_SALES_NOT_GREEN = 900
_ABROAD = 0.02  # of joint patents have one more applicant from abroad
_PERSONS = 0.06  # of solo patents
_RENAMED, _PRINTED_TWICE, _BRACKETS = 0.05, 0.004, 0.3


@dataclass(slots=True, eq=False)
class Holder:
    """An applicant with its node and its address by era."""

    party: Party
    node: int
    addresses: tuple[str, str, str]


@dataclass(slots=True, eq=False)
class Filing:
    """One application: what it is, who filed it, what became of it."""

    role: str
    kind: str  # invention, utility_model, design
    filed: dt.date
    published: dt.date | None
    granted: dt.date | None
    holders: list[Holder]
    profile: Profile
    number: str = ""
    documents: dict[str, str] = field(default_factory=dict)  # publication number by source

    @property
    def cities(self) -> list[int]:
        """Distinct nodes of the applicants, in order, without places outside."""
        return sorted({h.node for h in self.holders if h.node != OUTSIDE})


@dataclass(frozen=True, slots=True)
class Move:
    """A transfer of one filing from one city to another (or inside one)."""

    role: str
    filing: Filing
    buyer: Holder
    registered: dt.date
    gazette: dt.date


@dataclass(frozen=True, slots=True)
class Records:
    """Everything that is printed of a world."""

    filings: list[Filing]
    moves: list[Move]


class _Cast:
    """Organisations of every city, each with a trade name of its own."""

    def __init__(self, rng: random.Random, size: list[float]) -> None:
        self.rng = rng
        self._namer = Namer(rng)
        self._brands: set[str] = set()
        self._parties = 0
        self.organisations = [
            [self._organisation(n) for _ in range(4 + round(5 * s))] for n, s in enumerate(size)
        ]
        self.persons = [[self._person(n) for _ in range(3)] for n in range(len(size))]
        self.abroad = [self._foreigner() for _ in range(200)]

    def _organisation(self, n: int) -> Holder:
        rng, node = self.rng, nodes()[n]
        kind: PartyKind = rng.choices(("firm", "university", "institute"), weights=(76, 12, 12))[0]
        places = [node.name, node.short_name, *(c.name for c in node.counties_in(2010))]
        while True:
            name = self._namer.organisation(node, kind, "city")
            brand = trade_name(name, *places)
            if brand not in self._brands:
                break
        self._brands.add(brand)
        names = [(FIRST_FILING, name)]
        if rng.random() < _RENAMED and (new := self._namer.renamed(name)) is not None:
            names.append((dt.date(rng.randrange(2007, 2020), rng.randrange(1, 13), 1), new))
        return self._holder(kind, names, n)

    def _person(self, n: int) -> Holder:
        return self._holder("person", [(FIRST_FILING, self._namer.person())], n)

    def _holder(self, kind: PartyKind, names: list[tuple[dt.date, str]], n: int) -> Holder:
        node, rng = nodes()[n], self.rng
        site = new_site(rng, node)
        self._parties += 1
        party = Party(number=self._parties, kind=kind, names=names, homes=[(FIRST_FILING, n, site)])
        early, middle, late = (
            print_address(rng, node, site, year, _CLEAN).glued for year in (2006, 2012, 2018)
        )
        return Holder(party, n, (early, middle, late))

    def _foreigner(self) -> Holder:
        name, place, _ = self._namer.foreigner()
        self._parties += 1
        party = Party(
            number=self._parties, kind="firm", names=[(FIRST_FILING, name)],
            homes=[(FIRST_FILING, OUTSIDE, None)], outside=place,
        )  # fmt: skip
        return Holder(party, OUTSIDE, (place, place, place))

    def of(self, n: int, but: list[Holder] | None = None, *, settled: bool = False) -> Holder:
        """Draw an organisation of a city; `settled` ones were never renamed."""
        while True:
            found = self.rng.choice(self.organisations[n])
            if but and found in but:
                continue
            if not settled or len(found.party.names) == 1:
                return found


def trade_name(name: str, *places: str) -> str:
    """Return the first two characters of a name behind its place, in or out of brackets."""
    for place in sorted(places, key=len, reverse=True):
        if len(place) > 1 and name.startswith(place):
            return name[len(place) : len(place) + 2]
    return name[:2]


class _Writer:
    def __init__(self, world: World) -> None:
        self.world = world
        self.cast = _Cast(self.stream("cast"), world.exogenous.size)
        rng = self.stream("profiles")
        symbols = read_symbols()
        green = [s for s in symbols if s.is_paper7]
        plain = [s for s in symbols if not s.is_paper7]
        self.green, self.plain, self.mixed = (
            [
                [draw_profile(rng, "invention", among, year) for _ in range(_PROFILES)]
                for year in _PROFILE_YEARS
            ]
            for among in (green, plain, [*green, *plain])
        )
        self.mixed = [[p for p in era if any(s.is_paper7 for s in p.symbols)] for era in self.mixed]
        self.models = [draw_profile(rng, "utility_model", green, 2006) for _ in range(300)]
        self.designs = [Profile(design_title(rng), "14-02", "", ()) for _ in range(50)]
        self.filings: list[Filing] = []
        self.moves: list[Move] = []

    def stream(self, name: str) -> random.Random:
        return random.Random(f"greenties:{self.world.seed}:recovery {name}")

    # -------------------------------------------------------------- filings

    def _file(
        self, rng: random.Random, role: str, holders: list[Holder], year: int, *, granted: bool
    ) -> Filing:
        """Add one invention with its gazette day in a year."""
        day = rng.choice(gazette_days(year))
        published: dt.date | None
        if granted:
            lag = round(min(2600.0, max(400.0, math.exp(rng.gauss(6.92, 0.42)))))
            filed = max(
                day - dt.timedelta(days=lag), FIRST_FILING + dt.timedelta(rng.randrange(90))
            )
            published = next_gazette_day(filed + dt.timedelta(days=90 + rng.randrange(90)))
        else:
            published = day
            filed = day - dt.timedelta(days=90 + rng.randrange(400))
        era = sum(published.year >= y for y in _PROFILE_YEARS[1:])
        if role.startswith("not_green"):
            among = self.plain[era]
        else:
            among = self.mixed[era] if rng.random() < 0.4 else self.green[era]
        filing = Filing(
            role, "invention", filed, published, day if granted else None, holders,
            rng.choice(among),
        )  # fmt: skip
        self.filings.append(filing)
        return filing

    def _model(self, rng: random.Random, role: str, holders: list[Holder], year: int) -> None:
        day = rng.choice(gazette_days(year))
        kind = "design" if role == "design_joint" else "utility_model"
        filed = day - dt.timedelta(days=150 + rng.randrange(200))
        profile = rng.choice(self.designs if kind == "design" else self.models)
        self.filings.append(Filing(role, kind, filed, None, day, holders, profile))

    def _joint_holders(self, rng: random.Random, group: tuple[int, ...]) -> list[Holder]:
        order = list(group)
        rng.shuffle(order)
        holders = [self.cast.of(n) for n in order]
        if rng.random() < _ABROAD:
            holders.append(rng.choice(self.cast.abroad))
        return holders

    def write(self) -> Records:
        world = self.world
        solo: list[list[Filing]] = [[] for _ in nodes()]
        waiting: list[list[Filing]] = [[] for _ in nodes()]
        rng = self.stream("filings")
        for t, year in enumerate(YEARS):
            for group in world.groups[t]:
                self._file(rng, "joint", self._joint_holders(rng, group), year, granted=True)
            for n in range(len(nodes())):
                for _ in range(world.solo[n][t]):
                    holder = self.cast.of(n, settled=True)
                    solo[n].append(self._file(rng, "solo", [holder], year, granted=True))
                for _ in range(world.pending[n][t]):
                    holder = self.cast.of(n, settled=True)
                    waiting[n].append(
                        self._file(rng, "solo_pending", [holder], year, granted=False)
                    )
                for _ in range(poisson(rng, _WITHIN_CITY)):
                    first = self.cast.of(n)
                    holders = [first, self.cast.of(n, [first])]
                    self._file(rng, "within_city", holders, year, granted=True)
        plain = self._decoys(self.stream("decoys"))
        rng = self.stream("moves")
        for sale in world.sales:
            stock = (solo if sale.is_granted else waiting)[sale.seller]
            self._sell(rng, sale, stock)
        self._decoy_moves(rng, solo, plain)
        self._vary_holders(rng, solo)
        self._number()
        return Records(self.filings, self.moves)

    def _decoys(self, rng: random.Random) -> list[Filing]:
        n_nodes = len(nodes())
        plain = []
        for role, count in _OF_ALL_YEARS.items():
            for _ in range(count):
                year = rng.choice(YEARS)
                if role == "foreign":
                    self._file(rng, role, [rng.choice(self.cast.abroad)], year, granted=True)
                    continue
                a, b = rng.sample(range(n_nodes), 2)
                holders = [self.cast.of(a), self.cast.of(b)]
                if role in ("model_joint", "design_joint"):
                    self._model(rng, role, holders, year)
                elif role == "not_green":
                    holders = [self.cast.of(a, settled=True)]
                    plain.append(self._file(rng, role, holders, year, granted=True))
                else:
                    self._file(rng, role, holders, year, granted=role == "not_green_joint")
        return plain

    # -------------------------------------------------------------- moves

    def _days(self, rng: random.Random, year: int) -> tuple[dt.date, dt.date]:
        while True:
            days = event_days(rng, year)
            if days is not None:
                return days

    def _sell(self, rng: random.Random, sale: Sale, stock: list[Filing]) -> None:
        """Let a filing of the seller's city that was known before the year change hands."""
        filing = stock.pop(0)
        first = filing.granted if sale.is_granted else filing.published
        assert first is not None and first.year < sale.year  # noqa: PT018
        registered, gazette = self._days(rng, sale.year)
        buyer = self.cast.of(sale.buyer, filing.holders, settled=True)
        role = "sale" if sale.is_granted else "sale_pending"
        self.moves.append(Move(role, filing, buyer, registered, gazette))

    def _decoy_moves(
        self, rng: random.Random, solo: list[list[Filing]], plain: list[Filing]
    ) -> None:
        for n, stock in enumerate(solo):
            kept = []
            for filing in stock:
                assert filing.granted is not None
                if filing.granted.year == LAST_YEAR or rng.random() >= _SOLD_WITHIN:
                    kept.append(filing)
                    continue
                registered, gazette = self._days(rng, filing.granted.year + 1)
                buyer = self.cast.of(n, filing.holders, settled=True)
                self.moves.append(Move("sale_within_city", filing, buyer, registered, gazette))
            solo[n] = kept
        able = [f for f in plain if f.granted is not None and f.granted.year < LAST_YEAR]
        for filing in rng.sample(able, _SALES_NOT_GREEN):
            assert filing.granted is not None
            node = rng.choice([n for n in range(len(nodes())) if n != filing.holders[0].node])
            registered, gazette = self._days(rng, rng.randrange(filing.granted.year + 1, 2021))
            buyer = self.cast.of(node, settled=True)
            self.moves.append(Move("sale_not_green", filing, buyer, registered, gazette))

    def _vary_holders(self, rng: random.Random, solo: list[list[Filing]]) -> None:
        """Give what was never sold to persons and to organisations of any history.

        A buyer from a person could be an employer, and a new name a mere change of name: sales
        are from organisations that keep theirs.
        """
        for n, stock in enumerate(solo):
            for filing in stock:
                is_person = rng.random() < _PERSONS
                pick = self.cast.persons[n] if is_person else self.cast.organisations[n]
                filing.holders = [rng.choice(pick)]

    # -------------------------------------------------------------- numbers

    def _number(self) -> None:
        serials, documents = Serials(), DocumentNumbers()
        digit = {"invention": "1", "utility_model": "2", "design": "3"}
        for filing in sorted(self.filings, key=lambda f: f.filed):
            filing.number = serials.take(
                filing.filed.toordinal(), filing.filed.year, digit[filing.kind]
            )
        steps: list[tuple[dt.date, int, int]] = []
        for k, filing in enumerate(self.filings):
            if filing.published is not None:
                steps.append((filing.published, 0, k))
            if filing.granted is not None:
                steps.append((filing.granted, 1, k))
        for day, is_grant, k in sorted(steps):
            filing = self.filings[k]
            if filing.kind == "design":
                filing.documents["pdg"] = documents.design(day, 1)
            elif filing.kind == "utility_model":
                filing.documents["pug"] = documents.utility_model(day, 1)
            elif is_grant:
                before = filing.documents.get("pip") if day >= NEW_KINDS_FROM else None
                filing.documents["pig"] = documents.grant(day, 1, before)
            else:
                filing.documents["pip"] = documents.application(day, 1)


def write_records(world: World) -> Records:
    """Draw the records of a world."""
    return _Writer(world).write()


def land_records(
    folder: Path, world: World, records: Records, progress: Callable[[str], None]
) -> None:
    """Write yearbooks, gazette records and legal events of a world as landing files.

    Months that are there are replaced; every month of the window gets a file, empty or not.
    """
    description = f"greenties recovery 1 {world.seed} {world.alpha_degree}"
    files = LandingFiles(folder, description, "recovery")
    folder.mkdir(parents=True, exist_ok=True)
    land_yearbooks(files, world.exogenous)
    rng = random.Random(f"greenties:{world.seed}:recovery print")
    namer = Namer(rng)
    people = [
        SEPARATOR.join(namer.person() for _ in range(1 + min(5, int(rng.expovariate(0.45)))))
        for _ in range(2000)
    ]
    agents = agencies(rng, 64)
    months: dict[tuple[int, int], list[Row]] = defaultdict(list)
    for filing in records.filings:
        inventors = rng.choice(people)
        first = filing.holders[0]
        if first.party.kind == "person":
            inventors = f"{first.party.names[0][1]}{SEPARATOR}{inventors}"
        agency = rng.choice(agents)
        for source, document in filing.documents.items():
            day = filing.published if source == "pip" else filing.granted
            assert day is not None
            if not WINDOW_START <= day <= WINDOW_END:
                continue
            row = _record(rng, filing, source, document, day, inventors, agency)
            months[day.year, day.month].append(row)
            if rng.random() < _PRINTED_TWICE:
                months[day.year, day.month].append(list(row))
    moves: dict[tuple[int, int], list[Row]] = defaultdict(list)
    for move in records.moves:
        moves[move.gazette.year, move.gazette.month].append(_event(rng, move))
    for year in range(FIRST_YEAR, LAST_YEAR + 1):
        for month in range(1, 13):
            rows = sorted(months[year, month], key=lambda r: (r[4], r[0], r[3]))
            files.land("sipo_patents", year, month, PUBLICATION_FIELDS, rows)
            events = sorted(moves[year, month], key=lambda r: (r[1], r[0]))
            files.land("sipo_assignments", year, month, EVENT_FIELDS, events)
        progress(f"{year}: {sum(len(months[year, m]) for m in range(1, 13)):,} records")


def _record(  # noqa: PLR0917 (what stands in one record)
    rng: random.Random, filing: Filing, source: str, document: str, day: dt.date, inventors: str,
    agency: tuple[str | None, str | None],
) -> Row:  # fmt: skip
    names = [_as_printed(rng, h.party.name_on(day)) for h in filing.holders]
    first = filing.holders[0]
    era = (filing.filed.year >= 2010) + (filing.filed.year >= 2015)
    priority = None
    if first.node == OUTSIDE:
        earlier = filing.filed - dt.timedelta(days=330)
        priority = f"{earlier.year}-{int(filing.number[4:8]):06d} {dotted(earlier)}"
    return [
        source, HEADINGS[source], filing.profile.title, document, dotted(day), filing.number,
        dotted(filing.filed), SEPARATOR.join(names), inventors, first.addresses[era],
        filing.profile.ipc, agency[0], agency[1], priority, *[None] * 8, filing.profile.abstract,
    ]  # fmt: skip


def _as_printed(rng: random.Random, name: str) -> str:
    """Return a name, now and then with brackets of the other width."""
    if rng.random() >= _BRACKETS:
        return name
    return name.translate(str.maketrans("（）()", "()（）"))


def _event(rng: random.Random, move: Move) -> Row:
    filing, seller = move.filing, move.filing.holders[0]
    patent = Patent(
        number=0, kind="invention", filed=filing.filed, published=filing.published,
        granted=filing.granted, applicants=[seller.party], nodes=[seller.node],
        symbols=list(filing.profile.symbols), application_no=filing.number,
    )  # fmt: skip
    event = Event(
        gazette_day=move.gazette, registered=move.registered, patent=patent, type="sale",
        before=[seller.party], after=[move.buyer.party], before_nodes=[seller.node],
        after_nodes=[move.buyer.node],
    )  # fmt: skip
    printed = event_texts.tell(rng, event, nodes(), _CLEAN)
    has_ipc = 2010 <= move.gazette.year < 2015
    ipc = padded_ipc(filing.profile.symbols[0].symbol) if has_ipc else None
    return transfer_row(filing.number, event, printed, ipc)
