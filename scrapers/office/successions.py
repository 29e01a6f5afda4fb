"""Holders that follow one another otherwise than by a plain sale, drawn after everything else.

Mergers, inheritances, two transfers of one right on one day, and second sales. Records, and all
events drawn before, are the same with and without them; no transfer of a green invention among
them is a sale, so that the network of the country stays what its equation made.
"""

from __future__ import annotations

import datetime as dt
import random
from collections import defaultdict
from collections.abc import Collection, Sequence

from scrapers.office.geography import Node, new_site
from scrapers.office.ledger import OUTSIDE, Event, Party, Patent, TransferType
from scrapers.office.names import Namer
from scrapers.office.numbers import (
    FIRST_FILING,
    FIRST_YEAR,
    LAST_YEAR,
    WINDOW_END,
    event_days,
)

# Per transfer of the country: invented, such that every type can be judged in a small country.
RATES = {"merger": 0.012, "inheritance": 0.022, "same_day_chain": 0.016, "resale": 0.030}
_LEAST_MOVED = 3  # rights that a merger moves at least
# The reason stands in most of the texts; where it does not, no reader can know it.
_REASON_PRINTED = 0.85
_REASONS = {"merger": ("吸收合并", "合并"), "inheritance": ("继承",)}
_SECOND_HEIR = 0.2
_SAME_SURNAME = 0.7
_AGE = dt.timedelta(days=45)
_YEARS = range(FIRST_YEAR, LAST_YEAR + 1)


def draw_successions(
    rng: random.Random,
    *,
    patents: Sequence[Patent],
    parties: list[Party],
    events: Sequence[Event],
    taken: Collection[int],
    nodes: tuple[Node, ...],
    transfers: int,
) -> list[Event]:
    """Draw the later events of a country.

    Parameters
    ----------
    rng : random.Random
        The stream of this part; nothing else draws from it.
    patents : sequence of Patent
        Of the country; the number of their events goes up.
    parties : list of Party
        Of the country; heirs are added at the end.
    events : sequence of Event
        What was drawn before.
    taken : collection of int
        Numbers of patents of which holders are named elsewhere, or whose right ends.
    nodes : tuple of Node
    transfers : int
        Number of transfers of the country; `RATES` are relative to it.

    Returns
    -------
    list of Event
        In the order in which the gazette lists them, without texts.
    """
    drawing = _Drawing(rng, patents, parties, events, taken, nodes)
    drawing.merge(round(RATES["merger"] * transfers))
    drawing.inherit(round(RATES["inheritance"] * transfers))
    drawing.chain(round(RATES["same_day_chain"] * transfers))
    drawing.sell_again(round(RATES["resale"] * transfers))
    order = {id(event): n for n, event in enumerate(drawing.drawn)}
    return sorted(
        drawing.drawn, key=lambda e: (e.gazette_day, e.patent.application_no, order[id(e)])
    )


class _Drawing:
    def __init__(  # noqa: PLR0917 (the parts of a country)
        self,
        rng: random.Random,
        patents: Sequence[Patent],
        parties: list[Party],
        events: Sequence[Event],
        taken: Collection[int],
        nodes: tuple[Node, ...],
    ) -> None:
        self._rng = rng
        self._parties = parties
        self._events = events
        self._nodes = nodes
        self._namer = Namer(rng)
        self._taken = set(taken)
        self._by_party: dict[int, list[Patent]] = defaultdict(list)
        self._free: list[Patent] = []
        for patent in patents:
            for party in patent.applicants:
                self._by_party[party.number].append(patent)
            if self._is_free(patent) and patent.events == 0:
                self._free.append(patent)
        self._firms = [
            p for p in parties
            if p.kind == "firm" and _is_settled(p) and p.parent is None and not p.is_misleading
        ]  # fmt: skip
        self._seen = {p.number for e in events for p in (*e.before, *e.after)}
        self._chains = 0
        self.drawn: list[Event] = []

    def _is_free(self, patent: Patent) -> bool:
        return (
            bool(patent.publications)
            and patent.granted is not None
            and patent.granted <= WINDOW_END
            and patent.number not in self._taken
            and all(_is_settled(p) for p in patent.applicants)
        )

    def _days(self, after: dt.date) -> tuple[dt.date, dt.date] | None:
        """Return a day of registration after another day, and its gazette day."""
        first = after + _AGE
        years = [year for year in _YEARS if year >= first.year]
        for _ in range(6 if years else 0):
            days = event_days(self._rng, self._rng.choice(years))
            if days is not None and days[0] >= first:
                return days
        return None

    def _firm(self, but: Collection[Party], node: int | None = None) -> Party:
        firms = self._firms
        if node is not None:
            firms = [p for p in firms if p.homes[0][1] == node] or firms
        barred = {q.number for p in but for q in (p, p.parent) if q is not None}
        while True:
            firm = self._rng.choice(firms)
            if firm.number not in barred:
                return firm
            firms = self._firms

    def _note(
        self, kind: TransferType, patent: Patent, days: tuple[dt.date, dt.date],
        before: list[Party], after: list[Party], *, reason: str = "", chain_id: str = "",
    ) -> None:  # fmt: skip
        registered, gazette = days
        patent.events += 1
        self._taken.add(patent.number)
        self.drawn.append(
            Event(
                gazette_day=gazette,
                registered=registered,
                patent=patent,
                type=kind,
                before=before,
                after=after,
                before_nodes=[p.node_on(registered) for p in before],
                after_nodes=[p.node_on(registered) for p in after],
                reason=reason,
                chain_id=chain_id,
            )
        )

    def _reason(self, kind: str) -> str:
        word = self._rng.choice(_REASONS[kind])
        return word if self._rng.random() < _REASON_PRINTED else ""

    def _new_chain(self, letter: str) -> str:
        self._chains += 1
        return f"{letter}{self._chains:05d}"

    def _take(self, wanted: int, able: list[Patent]) -> list[Patent]:
        """Return patents that no event of this drawing concerns yet, in random order."""
        able = [p for p in able if p.number not in self._taken]
        return self._rng.sample(able, min(wanted, len(able)))

    def merge(self, wanted: int) -> None:
        """Let firms that file no more be taken over with every right that they hold alone."""
        able = [
            p for p in self._firms
            if p.number not in self._seen and len(p.names) == 1
            and len(self._by_party[p.number]) >= _LEAST_MOVED
        ]  # fmt: skip
        self._rng.shuffle(able)
        merged: set[int] = set()
        for firm in able:
            if len(merged) >= wanted:
                return
            known = self._by_party[firm.number]
            moved = [
                p for p in known
                if len(p.applicants) == 1 and p.events == 0 and self._is_free(p)
            ]  # fmt: skip
            if len(moved) < _LEAST_MOVED or firm.number in merged:
                continue
            last = max(
                max(p.filed, p.published or p.filed, p.granted or p.filed) for p in known
            )  # fmt: skip
            days = self._days(last)
            if days is None:
                continue
            node = firm.homes[0][1] if self._rng.random() < 0.5 else None
            buyer = self._firm([firm], node)
            if buyer.number in merged:
                continue
            merged.add(firm.number)
            self._firms = [p for p in self._firms if p is not firm]
            reason, chain_id = self._reason("merger"), self._new_chain("M")
            for patent in moved:
                self._note(
                    "merger", patent, days, [firm], [buyer], reason=reason, chain_id=chain_id
                )

    def inherit(self, wanted: int) -> None:
        """Let rights of single persons pass to one or two heirs in the same city."""
        able = [p for p in self._free if [a.kind for a in p.applicants] == ["person"]]
        for patent in self._take(wanted, able):
            person = patent.applicants[0]
            node = person.homes[0][1]
            days = self._days(patent.granted or patent.filed)
            if node == OUTSIDE or days is None:
                continue
            heirs = [self._heir(person, node)]
            if self._rng.random() < _SECOND_HEIR:
                heirs.append(self._heir(person, node))
            reason = self._reason("inheritance")
            self._note("inheritance", patent, days, [person], heirs, reason=reason)

    def _heir(self, person: Party, node: int) -> Party:
        name = self._namer.person()
        if self._rng.random() < _SAME_SURNAME:
            name = person.names[0][1][0] + name[1:]
        heir = Party(
            number=len(self._parties),
            kind="person",
            names=[(FIRST_FILING, name)],
            homes=[(FIRST_FILING, node, new_site(self._rng, self._nodes[node]))],
        )
        self._parties.append(heir)
        return heir

    def chain(self, wanted: int) -> None:
        """Let rights pass through a second holder to a third one on one day."""
        for patent in self._take(wanted, self._free):
            days = self._days(patent.granted or patent.filed)
            if days is None or patent.nodes[0] == OUTSIDE:
                continue
            first = list(patent.applicants)
            middle = [self._firm(first)]
            last = [self._firm([*first, *middle])]
            chain_id = self._new_chain("C")
            self._note("same_day_chain", patent, days, first, middle, chain_id=chain_id)
            self._note("same_day_chain", patent, days, middle, last, chain_id=chain_id)

    def sell_again(self, wanted: int) -> None:
        """Let rights outside the green network be sold a second time."""
        able = [
            e for e in self._events
            if e.type == "sale" and e.patent.events == 1 and e.registered is not None
            and not (e.patent.is_invention and e.patent.is_paper7) and self._is_free(e.patent)
            and all(_is_settled(p) for p in e.after)
        ]  # fmt: skip
        for event in self._rng.sample(able, min(wanted, len(able))):
            assert event.registered is not None
            days = self._days(event.registered)
            if days is None:
                continue
            buyer = self._firm([*event.before, *event.after])
            self._note("sale", event.patent, days, list(event.after), [buyer])


def _is_settled(party: Party) -> bool:
    """Whether a party sits in one city of the country all the time."""
    return len(party.homes) == 1 and party.homes[0][1] != OUTSIDE
