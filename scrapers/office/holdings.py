"""Who owns which share of a right, from the day of filing on."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction

from scrapers.office.ledger import Event, Ledger, Party, Patent

Shares = dict[int, Fraction]  # by number of the party; they add up to one

_NO_MOVES = ("name_change", "address_change")


@dataclass(frozen=True, slots=True)
class Spell:
    """One owner of one right with a constant share; ``until`` is exclusive, None when open."""

    patent: Patent
    party: Party
    share: Fraction
    since: dt.date
    until: dt.date | None
    event: Event | None  # that began the spell, None for the filing
    is_decidable: bool


def moved(shares: Mapping[int, Fraction], after: Iterable[int]) -> Shares:
    """Return the shares after an event.

    Parameters
    ----------
    shares : mapping
        Shares by owner before the event.
    after : iterable of int
        Owners after the event.

    Returns
    -------
    dict
        Those who leave give all they have, those who arrive receive it in equal parts. Where
        nobody leaves, each one who arrives receives ``1 / n_after``; where nobody arrives, what
        leaves goes to those who stay in their proportions.
    """
    owners = list(dict.fromkeys(after))
    arriving = [p for p in owners if p not in shares]
    staying = {p: share for p, share in shares.items() if p in owners}
    given = sum((s for p, s in shares.items() if p not in owners), Fraction(0))
    if not arriving:
        kept = 1 - given
        return {p: s / kept for p, s in staying.items()}
    if not given:
        part = Fraction(1, len(owners))
        left = 1 - part * len(arriving)
        return {p: s * left for p, s in staying.items()} | dict.fromkeys(arriving, part)
    return staying | dict.fromkeys(arriving, given / len(arriving))


def moves_by_patent(ledger: Ledger) -> dict[int, list[Event]]:
    """Return the events that move shares, by patent and in the order in which they count."""
    found: dict[int, list[Event]] = defaultdict(list)
    for event in ledger.holder_events:
        if event.type not in _NO_MOVES:
            found[event.patent.number].append(event)
    for events in found.values():
        events.sort(key=lambda e: (e.registered or e.gazette_day, e.gazette_day, e.seq))
    return found


def spells(ledger: Ledger) -> Iterable[Spell]:
    """Yield the owners of every granted invention with a record.

    Raises
    ------
    ValueError
        If an event names other holders than those that own the right by then: a defect of the
        country.
    """
    moves = moves_by_patent(ledger)
    parties = {p.number: p for p in ledger.parties}
    for patent in ledger.patents:
        if not (patent.is_invention and any(p.source == "pig" for p in patent.publications)):
            continue
        shares: Shares = {p.number: Fraction(1, len(patent.applicants)) for p in patent.applicants}
        begun: dict[int, tuple[dt.date, Event | None]] = dict.fromkeys(shares, (patent.filed, None))
        is_decidable = True
        known = dict.fromkeys(shares, True)
        for event in moves.get(patent.number, []):
            if {p.number for p in event.before} != shares.keys():
                raise ValueError(
                    f"{patent.application_no}: {event.type} of {event.gazette_day} is not from the "
                    "owners of that day"
                )
            day = event.registered or event.gazette_day
            new = moved(shares, (p.number for p in event.after))
            is_decidable = is_decidable and is_readable(event)
            for number, share in shares.items():
                if new.get(number) != share:
                    since, cause = begun.pop(number)
                    yield Spell(patent, parties[number], share, since, day, cause, known[number])
            for number, share in new.items():
                if shares.get(number) != share:
                    begun[number] = (day, event)
                    known[number] = is_decidable
            shares = new
        for number, share in shares.items():
            since, cause = begun[number]
            yield Spell(patent, parties[number], share, since, None, cause, known[number])


def is_found(event: Event) -> bool:
    """Whether an event names its parties, and the right and the day as they truly are."""
    lost = {field for field, *_, intact in event.damage if not intact}
    return event.has_text and not lost & {"application_no", "registered"}


def is_readable(event: Event) -> bool:
    """Whether the records tell which right an event concerns and who held and holds it."""
    return event.has_text and all(intact for *_, intact in event.damage)
