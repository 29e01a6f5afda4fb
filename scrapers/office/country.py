"""Builds a synthetic country with known truth and writes it to the office's store.

Everything in it is invented but the names, codes and places of its cities and the symbols of the
classification. Same seed and parameters, same country, on every machine.
"""

from __future__ import annotations

import datetime as dt
import math
import random
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import accumulate
from pathlib import Path
from typing import TypeVar

from scrapers.office import events as event_texts
from scrapers.office.bulk import write_bulk
from scrapers.office.damage import damage_records
from scrapers.office.dirt import DEFAULT, DIRT, LEVELS, DirtLevel
from scrapers.office.geography import Node, new_site, nodes, print_address
from scrapers.office.ledger import (
    OUTSIDE,
    CityYearTruth,
    Event,
    Ledger,
    Party,
    PartyKind,
    Patent,
    PatentKind,
    Preset,
    Proceeding,
    Publication,
    Shares,
    Symbol,
    Texts,
    TransferType,
)
from scrapers.office.names import Namer
from scrapers.office.numbers import (
    FIRST_FILING,
    FIRST_YEAR,
    LONG_DOCUMENTS_FROM,
    LONG_NUMBERS_FROM,
    NEW_KINDS_FROM,
    WINDOW_END,
    WINDOW_START,
    DocumentNumbers,
    application_number,
    event_days,
    gazette_days,
    next_gazette_day,
)
from scrapers.office.policy import draw_policy_documents, undamaged
from scrapers.office.proceedings import Registry
from scrapers.office.store import STORE_NAME, write_store, write_truth
from scrapers.office.successions import draw_successions
from scrapers.office.symbols import read_symbols
from scrapers.office.texts import draw_texts
from scrapers.office.world import (
    COEFFICIENTS,
    SHOCK_SD,
    Matcher,
    calibrate_year,
    country_gravity,
    fixed_effects,
    poisson,
    round_preserving,
)
from scrapers.office.yearbook import YEARS, Exogenous, draw_exogenous

__all__ = ["build_country", "draw_country", "write_bulk", "write_truth"]

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Mix:
    """Numbers of patents of each sort per gazette record, and shares of what happens to them."""

    joint_granted: float  # green, granted, applicants in different cities
    joint_pending: float  # the same, never granted
    joint_growth: float
    solo_granted: float  # green, granted, one city
    solo_pending: float
    plain_granted: float  # inventions that are not green
    plain_pending: float
    person_coapplicants: float
    plain_joint: float
    sales_out: float  # green, granted, sold to another city
    sales_out_pending: float
    sales_within: float
    other_transfers: float  # not green
    added: float
    dropped: float
    intra_group: float
    to_employer: float
    renames_per_transfer: float = 0.75
    foreign: float = 0.13
    neighbour: float = 0.02
    solo_growth: float = 1.17


MIXES: dict[tuple[Shares, Preset], Mix] = {
    ("enriched", "realistic"): Mix(
        joint_granted=0.118, joint_pending=0.048, joint_growth=1.27,
        solo_granted=0.066, solo_pending=0.045, plain_granted=0.072, plain_pending=0.100,
        person_coapplicants=0.32, plain_joint=0.10,
        sales_out=0.025, sales_out_pending=0.006, sales_within=0.006, other_transfers=0.017,
        added=0.0025, dropped=0.0010, intra_group=0.0020, to_employer=0.0020,
    ),
    ("enriched", "recovery"): Mix(
        joint_granted=0.185, joint_pending=0.010, joint_growth=1.03,
        solo_granted=0.085, solo_pending=0.020, plain_granted=0.040, plain_pending=0.040,
        person_coapplicants=0.32, plain_joint=0.10,
        sales_out=0.030, sales_out_pending=0.004, sales_within=0.004, other_transfers=0.010,
        added=0.0015, dropped=0.0010, intra_group=0.0010, to_employer=0.0010,
    ),
    ("natural", "realistic"): Mix(
        joint_granted=0.0052, joint_pending=0.0065, joint_growth=1.27,
        solo_granted=0.021, solo_pending=0.030, plain_granted=0.105, plain_pending=0.210,
        person_coapplicants=0.42, plain_joint=0.09,
        sales_out=0.0012, sales_out_pending=0.0008, sales_within=0.0040, other_transfers=0.020,
        added=0.0008, dropped=0.0003, intra_group=0.0008, to_employer=0.0012,
        foreign=0.078, neighbour=0.012,
    ),
    ("natural", "recovery"): Mix(
        joint_granted=0.0052, joint_pending=0.0065, joint_growth=1.03,
        solo_granted=0.021, solo_pending=0.030, plain_granted=0.105, plain_pending=0.210,
        person_coapplicants=0.42, plain_joint=0.09,
        sales_out=0.0012, sales_out_pending=0.0008, sales_within=0.0040, other_transfers=0.020,
        added=0.0008, dropped=0.0003, intra_group=0.0008, to_employer=0.0012,
        foreign=0.078, neighbour=0.012,
    ),
}  # fmt: skip

# Applications without a grant grow faster: those of the last years are not decided yet.
_UNDECIDED_GROWTH = 1.25
_DESIGN_SHARE = 0.24  # of what is left after the inventions; the others are utility models
_DESIGN_CLASSES = [
    "26-05",
    "14-02",
    "06-01",
    "09-03",
    "12-11",
    "23-01",
    "15-05",
    "07-02",
    "02-06",
    "21-01",
    "13-03",
    "11-01",
]
_SYMBOLS_PER_PATENT = (29, 35, 16, 9, 5, 3, 2, 1)
_DIGIT = {"invention": "1", "pct_invention": "8", "utility_model": "2", "design": "3"}


@dataclass(slots=True)
class _Pool:
    """Applicants of one city by kind, busy ones first."""

    members: dict[PartyKind, list[Party]] = field(default_factory=lambda: defaultdict(list))
    weights: dict[PartyKind, list[float]] = field(default_factory=dict)

    def close(self) -> None:
        for kind, parties in self.members.items():
            self.weights[kind] = list(accumulate((k + 3.0) ** -0.9 for k in range(len(parties))))

    def draw(self, rng: random.Random, kind: PartyKind) -> Party:
        if not self.members.get(kind):
            kind = "firm"
        return rng.choices(self.members[kind], cum_weights=self.weights[kind])[0]


_SOLO_KINDS: tuple[tuple[PartyKind, ...], tuple[int, ...]] = (
    ("firm", "university", "institute", "person", "government"), (64, 21, 6, 8, 1),
)  # fmt: skip
_FIRST_KINDS: tuple[tuple[PartyKind, ...], tuple[int, ...]] = (
    ("firm", "university", "institute", "person", "government"), (52, 29, 10, 7, 2),
)  # fmt: skip
_CO_KINDS: dict[PartyKind, tuple[tuple[PartyKind, ...], tuple[int, ...]]] = {
    "university": (("firm", "university", "institute", "government"), (66, 17, 12, 5)),
    "firm": (("firm", "university", "institute", "government"), (47, 37, 14, 2)),
    "institute": (("firm", "university", "institute", "government"), (55, 25, 15, 5)),
    "government": (("firm", "university", "institute", "government"), (50, 30, 15, 5)),
    "person": (("firm", "university", "institute", "government"), (90, 5, 5, 0)),
}


class CountryBuilder:
    """Draws one country; every part has its own stream, so that parts can be read alone."""

    def __init__(
        self,
        *,
        seed: int,
        records: int,
        preset: Preset,
        shares: Shares,
        dirt: DirtLevel = "default",
        progress: Progress,
    ) -> None:
        if records < 1:
            raise ValueError(f"a country has at least one record, not {records}")
        self.seed = seed
        self.records = records
        self.preset: Preset = preset
        self.shares: Shares = shares
        self.dirt = DIRT[dirt]
        self.mix = MIXES[shares, preset]
        self.progress = progress
        self.parties: list[Party] = []
        self.patents: list[Patent] = []
        self.events: list[Event] = []
        self.equation: list[CityYearTruth] = []
        self.nodes: tuple[Node, ...] = nodes()
        symbols = read_symbols()
        self.green = [s for s in symbols if s.is_paper7]
        self.near_green = [s for s in symbols if s.topics and not s.is_paper7]
        self.plain = [s for s in symbols if not s.topics]
        self._record_count = 0
        self._symbol_cache: dict[tuple[str, int], tuple[list[Symbol], list[int]]] = {}
        self._node_weights: list[float] = []
        self._abroad: list[Party] = []

    def stream(self, name: str) -> random.Random:
        """Return the random stream of a part of the country."""
        # A text seed is hashed by the generator itself: no dependence on hash randomisation.
        return random.Random(f"greenties:{self.seed}:{name}")

    # ------------------------------------------------------------------ parties

    def _new_party(self, kind: PartyKind, name: str, node: int, rng: random.Random) -> Party:
        site = new_site(rng, self.nodes[node]) if node != OUTSIDE else None
        party = Party(
            number=len(self.parties),
            kind=kind,
            names=[(FIRST_FILING, name)],
            homes=[(FIRST_FILING, node, site)],
        )
        self.parties.append(party)
        return party

    def _populate(self, exogenous: Exogenous) -> list[_Pool]:
        rng = self.stream("parties")
        namer = self._namer = Namer(self.stream("names"))
        pools = [_Pool() for _ in self.nodes]
        scale = self.records / 60_000.0
        for n, size in enumerate(exogenous.size):
            wanted = max(4, round(60.0 * size * max(scale, 0.02) ** 0.8))
            for k in range(wanted):
                kind: PartyKind = rng.choices(
                    ("firm", "university", "institute", "government"), weights=(72, 9, 13, 6)
                )[0]
                if k == 0:
                    kind = "firm"
                elif k == 1 and size > 0.3:
                    kind = "university"
                self._organise(rng, namer, pools[n], n, kind=kind, exogenous=exogenous)
            for _ in range(max(3, round(45.0 * size * max(scale, 0.02) ** 0.8))):
                pools[n].members["person"].append(self._new_party("person", namer.person(), n, rng))
        self._found_utilities(rng, namer, pools, exogenous)
        self._found_branches(rng, namer, pools, exogenous)
        self._rename_and_move(rng, namer, pools, exogenous)
        for pool in pools:
            pool.close()
        for _ in range(max(20, self.records // 60)):
            outside = rng.random() < self.mix.neighbour / (self.mix.neighbour + self.mix.foreign)
            name, place, is_person = namer.neighbour() if outside else namer.foreigner()
            party = self._new_party("person" if is_person else "firm", name, OUTSIDE, rng)
            party.outside = place
            self._abroad.append(party)
        return pools

    def _organise(
        self, rng: random.Random, namer: Namer, pool: _Pool, n: int, *, kind: PartyKind,
        exogenous: Exogenous,
    ) -> None:  # fmt: skip
        node = self.nodes[n]
        place = rng.choices(("city", "province", "none"), weights=(42, 20, 38))[0]
        if place == "province" and node.is_municipality:
            place = "city"
        if kind == "firm" and rng.random() < 0.012:
            other = self._draw_other_node(rng, exogenous, n)
            party = self._new_party(kind, namer.misleading(self.nodes[other]), n, rng)
            party.is_misleading = True
            party.misleads_to = (other,)
        else:
            party = self._new_party(kind, namer.organisation(node, kind, place), n, rng)
            if place == "city":
                party.place_in_name = n
        pool.members[kind].append(party)

    def _found_utilities(
        self, rng: random.Random, namer: Namer, pools: list[_Pool], exogenous: Exogenous
    ) -> None:
        # Nationwide enterprises sit in the largest city and file with everybody.
        seat = max(range(len(self.nodes)), key=lambda n: exogenous.size[n])
        for number in range(8):
            party = self._new_party("firm", namer.utility(number), seat, rng)
            pools[seat].members["firm"].insert(number, party)

    def _found_branches(
        self, rng: random.Random, namer: Namer, pools: list[_Pool], exogenous: Exogenous
    ) -> None:
        parents = [
            p for p in self.parties
            if p.kind in ("firm", "university", "institute") and not p.is_misleading
        ]  # fmt: skip
        for _ in range(round(len(parents) * 0.045)):
            parent = rng.choice(parents)
            home = parent.homes[0][1]
            n = self._draw_other_node(rng, exogenous, home)
            made = namer.branch(parent.names[0][1], self.nodes[n])
            if made is None:
                continue
            name, placed = made
            branch = self._new_party(parent.kind, name, n, rng)
            branch.parent = parent
            branch.place_in_name = n if placed else None
            members = pools[n].members[parent.kind]
            members.insert(rng.randrange(len(members) + 1), branch)

    def _rename_and_move(
        self, rng: random.Random, namer: Namer, pools: list[_Pool], exogenous: Exogenous
    ) -> None:
        for party in list(self.parties):
            if party.kind == "person" or party.parent is not None:
                continue
            draw = rng.random()
            day = dt.date(rng.randrange(2005, 2020), rng.randrange(1, 13), rng.randrange(1, 29))
            if draw < 0.05:
                name = namer.renamed(party.names[0][1])
                if name is not None:
                    party.names.append((day, name))
            elif draw < 0.085 and party.place_in_name is None and party.kind == "firm":
                old = party.homes[0][1]
                new = self._draw_other_node(rng, exogenous, old)
                party.homes.append((day, new, new_site(rng, self.nodes[new])))
                members = pools[new].members[party.kind]
                members.insert(rng.randrange(len(members) + 1), party)

    def _draw_other_node(self, rng: random.Random, exogenous: Exogenous, but: int) -> int:
        if not self._node_weights:
            self._node_weights = list(accumulate(s**0.8 for s in exogenous.size))
        while True:
            n = rng.choices(range(len(self.nodes)), cum_weights=self._node_weights)[0]
            if n != but:
                return n

    # ------------------------------------------------------------------ patents

    def _choose_symbols(
        self, rng: random.Random, sort: str, year: int, n_symbols: int
    ) -> list[Symbol]:
        def among(which: str) -> Symbol:
            key = (which, year)
            if key not in self._symbol_cache:
                source = {"green": self.green, "near": self.near_green, "plain": self.plain}[which]
                usable = [s for s in source if s.first_year <= year]
                self._symbol_cache[key] = usable, list(accumulate(s.weight for s in usable))
            usable, weights = self._symbol_cache[key]
            return rng.choices(usable, cum_weights=weights)[0]

        chosen: list[Symbol] = []
        if sort == "green":
            green_at = rng.randrange(n_symbols) if n_symbols > 1 and rng.random() < 0.3 else 0
            for k in range(n_symbols):
                if k == green_at:
                    chosen.append(among("green"))
                else:
                    draw = rng.random()
                    which = "green" if draw < 0.25 else "near" if draw < 0.35 else "plain"
                    chosen.append(among(which))
        else:
            first = "near" if rng.random() < 0.06 else "plain"
            chosen = [among(first)] + [among("plain") for _ in range(n_symbols - 1)]
        return list(dict.fromkeys(chosen))

    def _grant_lag(self, rng: random.Random, kind: PatentKind) -> int:
        if kind == "invention":
            return round(min(3000.0, max(400.0, math.exp(rng.gauss(6.92, 0.42)))))
        if kind == "pct_invention":
            return round(min(3400.0, max(900.0, math.exp(rng.gauss(7.27, 0.28)))))
        middle, low = (5.59, 160.0) if kind == "utility_model" else (5.36, 95.0)
        return round(max(low, math.exp(rng.gauss(middle, 0.22))))

    def _publication_lag(self, rng: random.Random, kind: PatentKind) -> int:
        # Two modes: early publication on request, and the rule of eighteen months.
        if kind == "pct_invention":
            return round(max(560.0, rng.gauss(680.0, 70.0)))
        if rng.random() < 0.70:
            return round(min(300.0, max(50.0, math.exp(rng.gauss(4.56, 0.32)))))
        return round(min(680.0, max(530.0, rng.gauss(556.0, 18.0))))

    def _draw_day(self, rng: random.Random, year: int) -> dt.date:
        return rng.choice(gazette_days(year))

    def _new_patent(
        self, rng: random.Random, kind: PatentKind, *, grant_day: dt.date | None,
        publication_day: dt.date | None,
    ) -> Patent:  # fmt: skip
        """Return a patent with its days; applicants and symbols follow."""
        published = None
        if grant_day is not None:
            filed = grant_day - dt.timedelta(days=self._grant_lag(rng, kind))
            if filed < FIRST_FILING:
                room = (grant_day - FIRST_FILING).days
                filed = FIRST_FILING + dt.timedelta(days=rng.randrange(max(1, room // 3)))
            if kind in ("invention", "pct_invention"):
                lag = self._publication_lag(rng, kind)
                published = next_gazette_day(filed + dt.timedelta(days=lag))
                if published > grant_day - dt.timedelta(days=90):
                    lag = 60 + rng.randrange(60)
                    published = next_gazette_day(filed + dt.timedelta(days=lag))
        else:
            assert publication_day is not None
            published = publication_day
            filed = publication_day - dt.timedelta(days=self._publication_lag(rng, kind))
        patent = Patent(
            number=len(self.patents),
            kind=kind,
            filed=filed,
            published=published,
            granted=grant_day,
            applicants=[],
            nodes=[],
            symbols=[],
        )
        self.patents.append(patent)
        self._record_count += sum(
            1 for day in (published, grant_day)
            if day is not None and WINDOW_START <= day <= WINDOW_END
        )  # fmt: skip
        return patent

    def _settle(
        self, rng: random.Random, patent: Patent, applicants: list[Party], sort: str
    ) -> None:
        patent.applicants = list(dict.fromkeys(applicants))
        patent.nodes = [p.node_on(patent.filed) for p in patent.applicants]
        n_symbols = 1 + rng.choices(range(8), weights=_SYMBOLS_PER_PATENT)[0]
        if patent.kind == "design":
            patent.design_class = rng.choice(_DESIGN_CLASSES)
            return
        first_gazette = patent.published or patent.granted
        assert first_gazette is not None
        year = max(first_gazette.year, FIRST_YEAR)
        patent.symbols = self._choose_symbols(rng, sort, year, n_symbols)

    def _party_at(
        self, rng: random.Random, pools: list[_Pool], node: int, kind: PartyKind, *,
        day: dt.date, but: list[Party],
    ) -> Party:  # fmt: skip
        for attempt in range(60):
            party = pools[node].draw(rng, kind if attempt < 20 else "firm")
            if party.node_on(day) == node and party not in but:
                return party
        name = self._namer.organisation(self.nodes[node], "firm", "none")
        return self._new_party("firm", name, node, rng)

    def _co_kind(self, rng: random.Random, first: PartyKind) -> PartyKind:
        share = 0.75 if first == "person" else self.mix.person_coapplicants
        if rng.random() < share:
            return "person"
        kinds, weights = _CO_KINDS[first]
        return rng.choices(kinds, weights=weights)[0]

    def _joint_patent(
        self, rng: random.Random, pools: list[_Pool], group: tuple[int, ...], size: list[float],
        *, grant_day: dt.date | None, publication_day: dt.date | None, sort: str,
    ) -> Patent:  # fmt: skip
        kind: PatentKind = "pct_invention" if rng.random() < 0.05 else "invention"
        patent = self._new_patent(rng, kind, grant_day=grant_day, publication_day=publication_day)
        order = list(group)
        rng.shuffle(order)
        if rng.random() < 0.3:
            order.sort(key=lambda n: -size[n])
        kinds, weights = _FIRST_KINDS
        first_kind = rng.choices(kinds, weights=weights)[0]
        applicants = [self._party_at(rng, pools, order[0], first_kind, day=patent.filed, but=[])]
        for node in order[1:]:
            co_kind = self._co_kind(rng, applicants[0].kind)
            applicants.append(
                self._party_at(rng, pools, node, co_kind, day=patent.filed, but=applicants)
            )
        if rng.random() < 0.10:
            node = rng.choice(order)
            co_kind = self._co_kind(rng, applicants[0].kind)
            applicants.append(
                self._party_at(rng, pools, node, co_kind, day=patent.filed, but=applicants)
            )
        if rng.random() < 0.015:
            for _ in range(rng.randrange(3, 7)):
                applicants.append(
                    self._party_at(rng, pools, order[0], "person", day=patent.filed, but=applicants)
                )
        if rng.random() < 0.02:
            applicants.append(rng.choice(self._abroad))
        self._settle(rng, patent, applicants, sort)
        return patent

    def _solo_patent(
        self, rng: random.Random, pools: list[_Pool], node: int | None, *, kind: PatentKind | None,
        grant_day: dt.date | None, publication_day: dt.date | None, sort: str,
    ) -> Patent:  # fmt: skip
        """Return a patent of one city, or of a place outside when `node` is None."""
        if kind is None:
            pct_share = 0.72 if node is None else 0.05
            kind = "pct_invention" if rng.random() < pct_share else "invention"
        patent = self._new_patent(rng, kind, grant_day=grant_day, publication_day=publication_day)
        if node is None:
            applicants = [rng.choice(self._abroad)]
            if rng.random() < 0.05:
                applicants.append(rng.choice(self._abroad))
            self._settle(rng, patent, applicants, sort)
            return patent
        kinds, weights = _SOLO_KINDS
        if kind in ("utility_model", "design"):
            weights = (66, 8, 3, 22, 1)
        first_kind = rng.choices(kinds, weights=weights)[0]
        applicants = [self._party_at(rng, pools, node, first_kind, day=patent.filed, but=[])]
        joint_share = {"utility_model": 0.03, "design": 0.01}.get(kind, 0.09)
        while rng.random() < joint_share and len(applicants) < 6:
            co_kind = self._co_kind(rng, applicants[0].kind)
            applicants.append(
                self._party_at(rng, pools, node, co_kind, day=patent.filed, but=applicants)
            )
            joint_share = 0.2
        self._settle(rng, patent, applicants, sort)
        return patent

    # ------------------------------------------------------------------ the sequence of years

    def build(self) -> Ledger:
        """Draw the country and return its ledger."""
        self.progress("yearbooks and cities")
        exogenous = draw_exogenous(self.stream("exogenous"))
        pools = self._populate(exogenous)
        self.progress(f"{len(self.parties):,} applicants")
        self._solo_layer(pools, exogenous)
        self._joint_layer(pools, exogenous)
        self._decoys(pools, exogenous)
        self.progress(f"{len(self.patents):,} patents, {self._record_count:,} gazette records")
        self._renames()
        self._give_numbers()
        self._publish()
        self._tell_events()
        texts = draw_texts(self.stream("texts"), self.patents)
        proceedings = self._proceedings(texts)
        later = self._later_events()
        n_events = len(self.events) + len(proceedings) + len(later)
        self.progress(f"{n_events:,} legal events")
        policy = draw_policy_documents(self.stream("policy"), exogenous.province_rows)
        ledger = Ledger(
            seed=self.seed,
            records=self.records,
            preset=self.preset,
            shares=self.shares,
            parties=self.parties,
            patents=self.patents,
            events=self.events,
            equation=self.equation,
            coefficients={
                "preset": self.preset,
                "equation": "ln(1 + rsi) = city + year + sum of coefficient x regressor + shock",
                "coefficients": COEFFICIENTS[self.preset],
                "shock_sd": SHOCK_SD[self.preset],
                "recovery_is_claimed": self.preset == "recovery",
                "note": "year effects are set so that the expected total follows the growth asked; "
                "counts below zero are censored",
            },
            cities=exogenous.city_rows,
            provinces=exogenous.province_rows,
            texts=texts,
            proceedings=proceedings,
            policy=policy if self.dirt.has_policy_damage else undamaged(policy),
            later_events=later,
            dirt=self.dirt,
        )
        damage_records(ledger, self.stream("damage"))
        return ledger

    def _later_events(self) -> list[Event]:
        """Draw mergers, inheritances, chains and second sales, after everything else."""
        changes = ("name_change", "address_change")
        later = draw_successions(
            self.stream("successions"),
            patents=self.patents,
            parties=self.parties,
            events=self.events,
            taken=self._registry.patents_spoken_of,
            nodes=self.nodes,
            transfers=sum(e.type not in changes for e in self.events),
        )
        rng = self.stream("succession texts")
        for event in later:
            event_texts.tell(rng, event, self.nodes, self.dirt)
        return later

    @staticmethod
    def _spread(total: float, growth: float) -> list[float]:
        weights = [growth**k for k in range(len(YEARS))]
        return [total * w / sum(weights) for w in weights]

    def _solo_layer(self, pools: list[_Pool], exogenous: Exogenous) -> None:
        """Draw the green patents of single cities, which come from outside the equation."""
        rng = self.stream("solo")
        size = [s**0.8 for s in exogenous.size]
        total_size = sum(size)
        self._solo_counts = [[0] * len(YEARS) for _ in self.nodes]
        self._pending: list[list[Patent]] = [[] for _ in self.nodes]
        self._held: list[list[Patent]] = [[] for _ in self.nodes]
        granted = self._spread(self.mix.solo_granted * self.records, self.mix.solo_growth)
        pending = self._spread(
            self.mix.solo_pending * self.records, self.mix.solo_growth * _UNDECIDED_GROWTH
        )
        for t, year in enumerate(YEARS):
            for n in range(len(self.nodes)):
                share = size[n] / total_size
                for _ in range(poisson(rng, granted[t] * share)):
                    patent = self._solo_patent(
                        rng, pools, n, kind=None, grant_day=self._draw_day(rng, year),
                        publication_day=None, sort="green",
                    )  # fmt: skip
                    self._solo_counts[n][t] += 1
                    self._held[n].append(patent)
                for _ in range(poisson(rng, pending[t] * share)):
                    patent = self._solo_patent(
                        rng, pools, n, kind=None, grant_day=None,
                        publication_day=self._draw_day(rng, year), sort="green",
                    )  # fmt: skip
                    self._pending[n].append(patent)
            for kind_share, day in ((granted[t], "grant"), (pending[t], "publication")):
                for _ in range(poisson(rng, kind_share * (self.mix.foreign + self.mix.neighbour))):
                    on = self._draw_day(rng, year)
                    self._solo_patent(
                        rng, pools, None, kind=None,
                        grant_day=on if day == "grant" else None,
                        publication_day=on if day == "publication" else None, sort="green",
                    )  # fmt: skip
        for held, waiting in zip(self._held, self._pending, strict=True):
            held.sort(key=_grant_order)
            waiting.sort(key=lambda p: (p.published or p.filed, p.number))

    def _joint_layer(self, pools: list[_Pool], exogenous: Exogenous) -> None:
        """Run the panel equation year by year: counts, matching, patents, transfers."""
        rng = self.stream("joint")
        shocks = self.stream("shocks")
        plan = self.stream("transfers")
        beta = COEFFICIENTS[self.preset]
        sd = SHOCK_SD[self.preset]
        n_nodes = len(self.nodes)
        gravity = self._gravity = country_gravity()
        mu = fixed_effects(self.stream("effects"), exogenous.size, self.preset)
        hub = None
        if self.preset == "realistic":
            hub = max(range(n_nodes), key=lambda n: exogenous.size[n])
        matcher = Matcher(rng, gravity, hub)
        pending_matcher = Matcher(self.stream("pending"), gravity, hub)
        pending_rng = self.stream("pending patents")
        granted = self._spread(self.mix.joint_granted * self.records, self.mix.joint_growth)
        pending = self._spread(
            self.mix.joint_pending * self.records, self.mix.joint_growth * _UNDECIDED_GROWTH
        )
        degree = [0] * n_nodes
        gtr = [0] * n_nodes
        for t, year in enumerate(YEARS):
            before = max(0, t - 1)
            terms: list[dict[str, float]] = []
            base: list[float] = []
            for n, node in enumerate(self.nodes):
                x = {
                    "hsr": float(node.hsr_year is not None and node.hsr_year <= year),
                    "innovative": float(
                        node.innovative_year is not None and node.innovative_year <= year
                    ),
                    "dige_lag": exogenous.dige[n][before],
                    "ln_solo_lag": math.log1p(self._solo_counts[n][t - 1] if t else 0),
                    "ln_gtr_lag": math.log1p(gtr[n]),
                    "copatent_degree_lag": degree[n] / (n_nodes - 1),
                    "copatent_betweenness_lag": 0.0,
                }
                x["city_effect"], x["shock"] = mu[n], shocks.gauss(0.0, sd)
                terms.append(x)
                base.append(mu[n] + x["shock"] + sum(beta[name] * x[name] for name in beta))
            year_effect = calibrate_year(base, 2.0 * granted[t])
            counts = [round_preserving(rng, b + year_effect) for b in base]
            # Joint applications that never became patents follow the same sizes.
            shadow = [poisson(pending_rng, c * pending[t] / max(granted[t], 1e-9)) for c in counts]
            groups = matcher.match(counts)
            for n in range(n_nodes):
                terms[n]["year_effect"] = year_effect
                m = base[n] + year_effect
                self.equation.append(CityYearTruth(n, year, terms[n], m, counts[n]))
            partners: dict[int, set[int]] = defaultdict(set)
            for group in groups:
                for a in group:
                    partners[a].update(b for b in group if b != a)
                patent = self._joint_patent(
                    rng, pools, group, exogenous.size, grant_day=self._draw_day(rng, year),
                    publication_day=None, sort="green",
                )  # fmt: skip
                patent.is_joint_planned = True
            degree = [len(partners[n]) for n in range(n_nodes)]
            for group in pending_matcher.match(shadow):
                self._joint_patent(
                    pending_rng, pools, group, exogenous.size, grant_day=None,
                    publication_day=self._draw_day(pending_rng, year), sort="green",
                )  # fmt: skip
            gtr = self._transfers_of(plan, year, pools, exogenous)
        self._other_transfers(self.stream("other transfers"), pools, exogenous)

    def _decoys(self, pools: list[_Pool], exogenous: Exogenous) -> None:
        """Fill the gazette with what is not green, not an invention, or not of the country."""
        rng = self.stream("decoys")
        weights = list(accumulate(exogenous.size))
        matcher = self._gravity

        def city() -> int:
            return rng.choices(range(len(self.nodes)), cum_weights=weights)[0]

        def other(n: int) -> int:
            near = matcher.rows[n]
            able = [near[k] * exogenous.size[k] ** 0.8 for k in range(len(self.nodes))]
            return rng.choices(range(len(self.nodes)), weights=able)[0]

        self._plain: list[Patent] = []
        abroad = self.mix.foreign + self.mix.neighbour
        for share, is_grant in ((self.mix.plain_granted, True), (self.mix.plain_pending, False)):
            by_year = self._spread(share * self.records, 1.13)
            for t, year in enumerate(YEARS):
                for _ in range(poisson(rng, by_year[t])):
                    if self._record_count + 2 > self.records:
                        break
                    day = self._draw_day(rng, year)
                    grant, publication = (day, None) if is_grant else (None, day)
                    if rng.random() < abroad * (1.4 if is_grant else 1.0):
                        patent = self._solo_patent(
                            rng, pools, None, kind=None, grant_day=grant,
                            publication_day=publication, sort="plain",
                        )  # fmt: skip
                    elif rng.random() < self.mix.plain_joint / 2.0:
                        n = city()
                        patent = self._joint_patent(
                            rng, pools, (n, other(n)), exogenous.size, grant_day=grant,
                            publication_day=publication, sort="plain",
                        )  # fmt: skip
                    else:
                        patent = self._solo_patent(
                            rng, pools, city(), kind=None, grant_day=grant,
                            publication_day=publication, sort="plain",
                        )  # fmt: skip
                    self._plain.append(patent)
        left = self.records - self._record_count
        if left < 0:
            raise ValueError(
                f"{self.records} records are too few for the plan: {-left} too many were drawn"
            )
        designs = round(left * _DESIGN_SHARE)
        year_weights = list(accumulate(1.2**k for k in range(len(YEARS))))
        for k in range(left):
            kind: PatentKind = "design" if k < designs else "utility_model"
            year = rng.choices(YEARS, cum_weights=year_weights)[0]
            node = None if rng.random() < 0.004 else city()
            sort = "green" if kind == "utility_model" and rng.random() < 0.09 else "plain"
            patent = self._solo_patent(
                rng, pools, node, kind=kind, grant_day=self._draw_day(rng, year),
                publication_day=None, sort=sort,
            )  # fmt: skip
            self._plain.append(patent)

    # ------------------------------------------------------------------ transfers

    def _take(
        self, rng: random.Random, stock: list[Patent], day: dt.date, *, granted: bool
    ) -> Patent | None:
        """Take a patent out of a stock that can be transferred on a day."""

        # Stocks stand in order of their days: what is old enough is a prefix.
        def since(patent: Patent) -> dt.date:
            first = patent.granted if granted else patent.published
            assert first is not None
            return first

        known = bisect_left(stock, day - dt.timedelta(days=45), key=since)
        for _ in range(min(known, 12)):
            position = rng.randrange(known)
            holders = stock[position].applicants
            # A mover is left out: where it sits depends on the day of the record.
            if all(len(p.homes) == 1 for p in holders):
                return stock.pop(position)
        return None

    def _record(
        self, rng: random.Random, patent: Patent, days: tuple[dt.date, dt.date],
        kind: TransferType, after: list[Party],
    ) -> None:  # fmt: skip
        registered, gazette = days
        patent.events += 1
        self.events.append(
            Event(
                gazette_day=gazette,
                registered=registered,
                patent=patent,
                type=kind,
                before=list(patent.applicants),
                after=after,
                before_nodes=[p.node_on(registered) for p in patent.applicants],
                after_nodes=[p.node_on(registered) for p in after],
                repeat_draw=rng.random() if gazette.year >= 2010 else 1.0,
            )
        )

    def _transfers_of(
        self, rng: random.Random, year: int, pools: list[_Pool], exogenous: Exogenous
    ) -> list[int]:
        """Draw the sales of green inventions between cities of one year.

        Returns
        -------
        list of int
            Granted patents sold out of each city, each once per city of destination.
        """
        n_nodes = len(self.nodes)
        t = year - FIRST_YEAR
        gtr = [0] * n_nodes
        out = [s**0.8 for s in exogenous.size]
        into = [s**0.6 for s in exogenous.size]
        plan = (
            (self.mix.sales_out, self._held, True),
            (self.mix.sales_out_pending, self._pending, False),
        )
        for share, stock, granted in plan:
            for _ in range(poisson(rng, self._spread(share * self.records, 1.15)[t])):
                days = event_days(rng, year)
                seller = rng.choices(range(n_nodes), weights=out)[0]
                if days is None:
                    continue
                patent = self._take(rng, stock[seller], days[0], granted=granted)
                if patent is None:
                    continue
                near = self._gravity.rows[seller]
                weights = [into[k] * near[k] for k in range(n_nodes)]
                buyer = rng.choices(range(n_nodes), weights=weights)[0]
                cities = [buyer]
                if rng.random() < 0.04:
                    second = rng.choices(range(n_nodes), weights=weights)[0]
                    if second not in (buyer, seller):
                        cities.append(second)
                after: list[Party] = []
                for city in cities:
                    after.append(
                        self._buyer(rng, pools, city, day=days[0], patent=patent, taken=after)
                    )
                if rng.random() < 0.08:
                    after.append(
                        self._buyer(rng, pools, buyer, day=days[0], patent=patent, taken=after)
                    )
                self._record(rng, patent, days, "sale", after)
                if granted:
                    gtr[seller] += len(cities)
        return gtr

    def _buyer(
        self, rng: random.Random, pools: list[_Pool], node: int, *, day: dt.date,
        patent: Patent, taken: list[Party],
    ) -> Party:  # fmt: skip
        kind: PartyKind = "person" if rng.random() < 0.04 else "firm"
        barred = [*patent.applicants, *taken]
        relatives = _relatives(patent.applicants)
        for _ in range(30):
            party = self._party_at(rng, pools, node, kind, day=day, but=barred)
            if len(party.homes) == 1 and not relatives & _relatives([party]):
                return party
        name = self._namer.organisation(self.nodes[node], "firm", "none")
        return self._new_party("firm", name, node, rng)

    def _other_transfers(
        self, rng: random.Random, pools: list[_Pool], exogenous: Exogenous
    ) -> None:
        """Draw the transfers of green inventions that are no sale to another city."""
        n_nodes = len(self.nodes)
        years = list(accumulate(1.15**k for k in range(len(YEARS))))
        weights = [s**0.8 for s in exogenous.size]
        joint = [p for p in self.patents if p.is_joint_planned and len(p.applicants) == 2]
        joint.sort(key=_grant_order)
        persons = [
            [p for p in held if len(p.applicants) == 1 and p.applicants[0].kind == "person"]
            for held in self._held
        ]
        for held, own in zip(self._held, persons, strict=True):
            kept = set(map(id, own))
            held[:] = [p for p in held if id(p) not in kept]
        branches: dict[int, list[Party]] = defaultdict(list)
        for party in self.parties:
            if party.parent is not None:
                branches[party.parent.number].append(party)
        groups = [
            patent for held in self._held for patent in held
            if len(patent.applicants) == 1 and branches.get(patent.applicants[0].number)
        ]  # fmt: skip
        groups.sort(key=_grant_order)
        taken = set(map(id, groups))
        for held in self._held:
            held[:] = [p for p in held if id(p) not in taken]

        def seats() -> int:
            return rng.choices(range(n_nodes), weights=weights)[0]

        plan: tuple[tuple[TransferType, float], ...] = (
            ("sale", self.mix.sales_within),
            ("added_holder", self.mix.added),
            ("joint_to_single", self.mix.dropped),
            ("inventor_to_employer", self.mix.to_employer),
            ("intra_group", self.mix.intra_group),
        )
        for kind, share in plan:
            for _ in range(poisson(rng, share * self.records)):
                days = event_days(rng, rng.choices(YEARS, cum_weights=years)[0])
                if days is None:
                    continue
                seller = seats()
                if kind == "joint_to_single":
                    stock = joint
                elif kind == "intra_group":
                    stock = groups
                elif kind == "inventor_to_employer":
                    stock = persons[seller]
                else:
                    stock = self._held[seller]
                patent = self._take(rng, stock, days[0], granted=True)
                if patent is None:
                    continue
                if kind == "joint_to_single":
                    after = [rng.choice(patent.applicants)]
                elif kind == "intra_group":
                    after = [rng.choice(branches[patent.applicants[0].number])]
                elif kind == "added_holder":
                    node = seats()
                    buyer = self._buyer(rng, pools, node, day=days[0], patent=patent, taken=[])
                    after = [*patent.applicants, buyer]
                else:
                    node = patent.nodes[0]
                    if node == OUTSIDE:
                        continue
                    after = [self._buyer(rng, pools, node, day=days[0], patent=patent, taken=[])]
                    if kind == "inventor_to_employer" and after[0].kind == "person":
                        continue
                self._record(rng, patent, days, kind, after)

    def _renames(self) -> None:
        """Draw transfers of what is not green, and the renames that are no transfers."""
        rng = self.stream("renames")
        wanted = poisson(rng, self.mix.other_transfers * self.records)
        stock = sorted((p for p in self._plain if p.granted is not None), key=_grant_order)
        firms = [p for p in self.parties if p.kind == "firm" and len(p.homes) == 1]
        years = list(accumulate(1.06**k for k in range(len(YEARS))))
        for _ in range(wanted):
            days = event_days(rng, rng.choices(YEARS, cum_weights=years)[0])
            if days is None:
                continue
            patent = self._take(rng, stock, days[0], granted=True)
            if patent is None:
                continue
            buyer = rng.choice(firms)
            if buyer in patent.applicants:
                continue
            self._record(rng, patent, days, "sale", [buyer])
            self.events[-1].text_draw = rng.random()
        transfers = len(self.events)
        # Renames: of organisations that have changed their name, and of addresses.
        by_holder: dict[int, list[Patent]] = defaultdict(list)
        for patent in self.patents:
            if patent.granted is not None and len(patent.applicants) == 1:
                by_holder[patent.applicants[0].number].append(patent)
        changed: list[tuple[Patent, dt.date]] = []
        for party in self.parties:
            if len(party.names) > 1:
                day = party.names[1][0]
                changed += [
                    (p, day) for p in by_holder[party.number]
                    if p.granted is not None and p.granted < day and p.events == 0
                ]  # fmt: skip
        rng.shuffle(changed)
        wanted = round(transfers * self.mix.renames_per_transfer)
        for patent, since in changed[: wanted // 2]:
            gazette = next_gazette_day(since + dt.timedelta(days=30 + rng.randrange(400)))
            if WINDOW_START <= gazette <= WINDOW_END:
                self._note(patent, gazette, "name_change")
        calm = [
            p for p in self.patents
            if p.granted is not None and p.events == 0 and len(p.applicants) == 1
            and p.nodes[0] != OUTSIDE and len(p.applicants[0].homes) == 1
        ]  # fmt: skip
        calm.sort(key=_grant_order)
        missed = 0
        while len(self.events) - transfers < wanted and missed < 2000:
            days = event_days(rng, rng.choices(YEARS, cum_weights=years)[0])
            found = None if days is None else self._take(rng, calm, days[0], granted=True)
            if days is None or found is None:
                missed += 1
                continue
            self._note(found, days[1], "address_change")

    def _note(self, patent: Patent, gazette: dt.date, kind: TransferType) -> None:
        patent.events += 1
        nodes_then = [p.node_on(gazette) for p in patent.applicants]
        self.events.append(
            Event(
                gazette_day=gazette,
                registered=None,
                patent=patent,
                type=kind,
                before=list(patent.applicants),
                after=list(patent.applicants),
                before_nodes=nodes_then,
                after_nodes=nodes_then,
            )
        )

    # ------------------------------------------------------------------ numbers and pages

    def _give_numbers(self) -> None:
        rng = self.stream("numbers")
        runs: dict[tuple[int, bool, str], list[Patent]] = defaultdict(list)
        for patent in self.patents:
            era = patent.filed >= LONG_NUMBERS_FROM
            runs[patent.filed.year, era, _DIGIT[patent.kind]].append(patent)
        for key in sorted(runs):
            patents = sorted(runs[key], key=lambda p: (p.filed, p.number))
            room = 9_400_000 if key[1] else 90_000
            step = max(1, min(97 if key[1] else 23, room // (len(patents) + 1)))
            serial = 120_000 if key[1] else 1_200
            for patent in patents:
                serial += 1 + rng.randrange(step)
                patent.application_no = application_number(patent.filed, patent.kind, serial)

    def _publish(self) -> None:
        """Give out document numbers, in order of days, and print names and addresses."""
        rng = self.stream("documents")
        numbers = DocumentNumbers()
        documents: dict[int, str] = {}
        steps: list[tuple[dt.date, int, int, Patent]] = []
        for patent in self.patents:
            if patent.published is not None:
                steps.append((patent.published, 0, patent.number, patent))
            if patent.granted is not None:
                steps.append((patent.granted, 1, patent.number, patent))
        steps.sort(key=lambda s: s[:3])
        early = sum(1 for s in steps if s[0] < LONG_DOCUMENTS_FROM)
        step = max(1, min(61, 300_000 // (early + 1)))
        for day, is_grant, number, patent in steps:
            jump = 1 + rng.randrange(step)
            if patent.kind == "design":
                source, document = "pdg", numbers.design(day, jump)
            elif patent.kind == "utility_model":
                source, document = "pug", numbers.utility_model(day, jump)
            elif is_grant:
                source = "pig"
                before = documents.get(number) if day >= NEW_KINDS_FROM else None
                document = numbers.grant(day, jump, before)
            else:
                source, document = "pip", numbers.application(day, jump)
                documents[number] = document
            if WINDOW_START <= day <= WINDOW_END:
                applicants = self._printed_applicants(rng, patent, source)
                patent.publications.append(
                    Publication(
                        source=source,
                        day=day,
                        applicants=applicants,
                        names=[p.name_on(day) for p in applicants],
                        publication_no=document,
                    )
                )
        addresses = self.stream("addresses")
        inventors = self.stream("inventors")
        for patent in self.patents:
            self._print_address(addresses, patent)
            self._name_inventors(inventors, patent)

    def _printed_applicants(self, rng: random.Random, patent: Patent, source: str) -> list[Party]:
        # The two documents of an application do not always list the same people in the same order;
        # the cities stay.
        if source != "pig" or len(patent.applicants) < 3:
            return list(patent.applicants)
        first, *others = patent.applicants
        draw = rng.random()
        if draw < self.dirt.reordered:
            return [first, *reversed(others)]
        if draw < self.dirt.reordered + self.dirt.coapplicant_left_out:
            left = patent.applicants[-1]
            if left.kind == "person" and patent.nodes[-1] in patent.nodes[:-1]:
                return list(patent.applicants[:-1])
        return list(patent.applicants)

    def _print_address(self, rng: random.Random, patent: Patent) -> None:
        first = patent.applicants[0]
        site = first.site_on(patent.filed)
        if site is None:
            patent.address = first.outside
            return
        node = self.nodes[patent.nodes[0]]
        address = print_address(rng, node, site, patent.filed.year, self.dirt)
        patent.address = address.glued
        patent.address_damage = address.damage
        patent.is_address_ambiguous = address.is_ambiguous

    def _name_inventors(self, rng: random.Random, patent: Patent) -> None:
        persons = [p.name_on(patent.filed) for p in patent.applicants if p.kind == "person"]
        if rng.random() < 0.003 and not persons:
            patent.inventors = ["不公告发明人"]
            return
        count = 1 + min(9, int(rng.expovariate(0.45)))
        namer = self._inventor_namer(rng)
        if patent.nodes[0] == OUTSIDE:
            is_japan = patent.applicants[0].outside.startswith("日本")
            names = [namer.foreign_inventor(is_japan) for _ in range(count)]
        else:
            names = [namer.person() for _ in range(max(0, count - len(persons)))]
        patent.inventors = list(dict.fromkeys(persons + names))

    def _inventor_namer(self, rng: random.Random) -> Namer:
        if not hasattr(self, "_inventors"):
            self._inventors = Namer(rng)
        return self._inventors

    def _proceedings(self, texts: dict[int, Texts]) -> list[Proceeding]:
        registry = Registry(
            self.stream("proceedings"),
            patents=self.patents,
            parties=self.parties,
            nodes=self.nodes,
            texts=texts,
            events=self.events,
            dirt=self.dirt,
        )
        self._registry = registry
        changes = ("name_change", "address_change")
        return registry.draw(sum(e.type not in changes for e in self.events))

    def _tell_events(self) -> None:
        rng = self.stream("event texts")
        self.events.sort(key=lambda e: (e.gazette_day, e.patent.application_no, e.type))
        for event in self.events:
            event_texts.tell(rng, event, self.nodes, self.dirt)


def _grant_order(patent: Patent) -> tuple[dt.date, int]:
    assert patent.granted is not None
    return patent.granted, patent.number


def _relatives(parties: list[Party]) -> set[int]:
    """Return the numbers of some parties and of their parents."""
    return {q.number for p in parties for q in (p, p.parent) if q is not None}


def draw_country(
    *,
    seed: int,
    records: int,
    preset: Preset = "realistic",
    shares: Shares = "enriched",
    dirt: DirtLevel = "default",
    progress: Progress | None = None,
) -> Ledger:
    """Draw a country in memory.

    Parameters
    ----------
    seed
        Seed of every stream.
    records
        Number of gazette records of 2006-2020, all four kinds together.
    preset
        ``realistic`` (many zeros, no claim of recovery) or ``recovery`` (few zeros, no effect of
        centrality planted).
    shares
        ``enriched`` in green and joint inventions, or ``natural``.
    dirt
        How damaged the records are: ``0``, ``default`` or ``heavy``.
    progress
        Called with a line of text at every step.

    Returns
    -------
    Ledger
        Everything that is true in the country.
    """
    return CountryBuilder(
        seed=seed,
        records=records,
        preset=preset,
        shares=shares,
        dirt=dirt,
        progress=progress or (lambda _: None),
    ).build()


def build_country(
    directory: Path,
    truth: Path | None = None,
    *,
    seed: int,
    records: int,
    preset: str = "realistic",
    shares: str = "enriched",
    dirt: str = DEFAULT.level,
    progress: Progress | None = None,
) -> None:
    """Draw a country and write ``country.sqlite`` into a folder, complete or not at all.

    Parameters
    ----------
    directory
        Folder of the office; made when missing.
    truth
        Folder for the truth; without it the truth stays in the store, where `write_truth` finds it.
    seed, records, preset, shares, dirt, progress
        As for `draw_country`.

    Raises
    ------
    ValueError
        When preset, shares or dirt are none of those known, or records is below one.
    """
    ledger = draw_country(
        seed=seed,
        records=records,
        preset=_one_of(preset, _PRESETS),
        shares=_one_of(shares, _SHARES),
        dirt=_one_of(dirt, LEVELS),
        progress=progress,
    )
    write_store(directory, ledger)
    if truth is not None:
        write_truth(truth, directory)
    if progress is not None:
        progress(f"store written: {directory / STORE_NAME}")


_PRESETS: tuple[Preset, ...] = ("realistic", "recovery")
_SHARES: tuple[Shares, ...] = ("enriched", "natural")

T = TypeVar("T", bound=str)


def _one_of(value: str, known: tuple[T, ...]) -> T:
    for option in known:
        if option == value:
            return option
    raise ValueError(f"{value!r} is none of {', '.join(known)}")
