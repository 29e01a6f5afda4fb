"""What the published records of a country reveal about the place of a name."""

from __future__ import annotations

import datetime as dt
from bisect import bisect_left
from collections import defaultdict
from dataclasses import dataclass
from functools import cache

from scrapers.office.geography import nodes
from scrapers.office.ledger import OUTSIDE, Ledger, Party

Evidence = dict[str, list[tuple[dt.date, int]]]
_LONG_NAME = 3  # characters from which on few people share the name of a person


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether the published records decide where an applicant sits, and why.

    ``is_certain`` is stricter: no reader could be led elsewhere. ``points`` are the nodes to which
    anything about the name points, right or wrong.
    """

    decidable: bool
    why: str
    is_certain: bool = False
    points: frozenset[int] = frozenset()


class Decider:
    """Knows what the published records of a country reveal about the place of a name.

    A later applicant is decidable when its name stands first, with an address, on some record; when
    it has an address of its own in a transfer of wording A; or when its name contains its place.
    Names that stand for people in several cities decide nothing, nor does a record from before or
    after a move.
    """

    def __init__(self, ledger: Ledger) -> None:
        first: Evidence = defaultdict(list)
        own: Evidence = defaultdict(list)
        for patent in ledger.patents:
            for publication in patent.publications:
                node = patent.nodes[patent.applicants.index(publication.applicants[0])]
                if node == OUTSIDE or publication.is_address_ambiguous:
                    continue
                first[publication.read_names[0]].append((patent.filed, node))
        for event in [*ledger.events, *ledger.later_events]:
            if event.gazette_day.year >= 2010 or event.registered is None:
                continue
            sides = zip(
                event.before + event.after, event.before_nodes + event.after_nodes, strict=True
            )
            for party, node in sides:
                is_told = party.number in event.own_address and party.number not in event.unread
                if is_told and node != OUTSIDE:
                    own[party.name_on(event.registered)].append((event.registered, node))
        heard: dict[str, set[int]] = defaultdict(set)  # any other address of a holder
        for event in ledger.holder_events:
            day = event.registered or event.gazette_day
            is_change = event.registered is None and event.gazette_day.year < 2010
            sides = zip(
                event.before + event.after, event.before_nodes + event.after_nodes, strict=True
            )
            for party, node in sides:
                if (is_change or party.number in event.own_address) and node != OUTSIDE:
                    heard[party.name_on(day)].add(node)
        self._heard = heard
        self._first = {name: sorted(seen) for name, seen in first.items()}
        self._own = {name: sorted(seen) for name, seen in own.items()}

    def judge(
        self,
        party: Party,
        name: str,
        node: int,
        day: dt.date,
        *,
        is_first: bool,
        ambiguous: bool,
        is_name_damaged: bool = False,
    ) -> Verdict:
        """Return the verdict on one applicant of one publication, or on one holder of an event.

        Parameters
        ----------
        party : Party
        name : str
            What a reader makes of the printed name.
        node : int
            Where the party truly is on the day.
        day : datetime.date
        is_first : bool
            Whether an address is printed with the name.
        ambiguous : bool
            Whether that address says nothing.
        is_name_damaged : bool
            Whether the printed name cannot be made good.
        """
        if node == OUTSIDE:
            return Verdict(is_first, "outside", is_certain=True)
        if is_first:
            if ambiguous:
                points = frozenset({node, *self._places(name)})
                return Verdict(False, "address_ambiguous", points=points)
            return Verdict(True, "address", is_certain=True)
        seen = self._first.get(name, [])
        addressed = self._own.get(name, [])
        places = {n for _, n in seen} | {n for _, n in addressed}
        points = frozenset(self._points(party, name) | {node})
        if is_name_damaged:
            return Verdict(False, "name_damaged", points=points)
        if party.kind == "person" and len(places) > 1:
            return Verdict(False, "shared_name", points=points)
        # One record proves little for the name of a person that many may bear.
        n_witnesses = len(set(seen)) + len(set(addressed))  # two documents of one day are one
        is_certain = (
            places == {node}
            and self._heard.get(name, {node}) == {node}
            and (party.kind != "person" or len(name) >= _LONG_NAME or n_witnesses > 1)
        )
        if seen and _nearest(seen, day) == node:
            return Verdict(True, "first_elsewhere", is_certain, points)
        if not seen and addressed and _nearest(addressed, day) == node:
            return Verdict(True, "own_address_in_transfer", is_certain, points)
        if not places and party.place_in_name == node:
            is_certain = self._heard.get(name, {node}) == {node}
            return Verdict(True, "place_in_name", is_certain, points)
        if places:
            return Verdict(False, "other_place_elsewhere", points=points)
        why = "misleading_name" if party.is_misleading else "no_evidence"
        return Verdict(False, why, points=points)

    def _places(self, name: str) -> set[int]:
        seen = self._first.get(name, []) + self._own.get(name, [])
        return {n for _, n in seen} | self._heard.get(name, set())

    def _points(self, party: Party, name: str) -> set[int]:
        found = self._places(name) | set(party.misleads_to)
        if party.kind != "person":
            found |= _places_in(name)
        if party.parent is not None:
            for _, own in party.parent.names:
                found |= self._points(party.parent, own)
        return found


def _nearest(seen: list[tuple[dt.date, int]], day: dt.date) -> int:
    position = bisect_left(seen, (day, -2))
    around = seen[max(0, position - 1) : position + 1]
    return min(around, key=lambda s: abs((s[0] - day).days))[1]


@cache
def _place_words() -> dict[str, frozenset[int]]:
    words: dict[str, set[int]] = defaultdict(set)
    for n, node in enumerate(nodes()):
        for word in (node.short_name, *(name for name, _, _ in node.names)):
            if len(word) > 1:
                words[word].add(n)
        for county in node.counties:
            if len(county.name) > 2:
                words[county.name].add(n)
                words[county.name[:-1]].add(n)
    return {word: frozenset(found) for word, found in words.items()}


@cache
def _places_in(name: str) -> frozenset[int]:
    words = _place_words()
    found: set[int] = set()
    for start in range(len(name)):
        for end in range(start + 2, min(len(name), start + 12) + 1):
            found |= words.get(name[start:end], frozenset())
    return frozenset(found)
