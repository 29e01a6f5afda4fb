"""The truth about parties: who a name is, who owns what, what an event was, what is damaged."""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterable

from scrapers.office.holdings import is_readable, spells
from scrapers.office.ledger import Event, Ledger, Party

Row = tuple[object, ...]

_REASONED = {"merger", "inheritance"}
_WHY = {
    "sale": "holders",
    "added_holder": "holders",
    "joint_to_single": "holders",
    "inventor_to_employer": "inventors",
    "intra_group": "group_name",
    "same_day_chain": "two_events_of_a_day",
    "name_change": "type_name",
    "address_change": "type_name",
}
_KINDS = {
    "licence": "licence",
    "pledge": "pledge",
    "correction": "correction",
    "holder_added": "added_holder",
    "holder_dropped": "joint_to_single",
}


def party_id(party: Party) -> str:
    """Return the id of a party: ``P`` and a number for a person, ``O`` for an organisation."""
    return f"{'P' if party.kind == 'person' else 'O'}{party.number:06d}"


def _event_key(event: Event) -> str:
    return f"{event.gazette_day.isoformat()}/{event.seq}"


def _printed_names(ledger: Ledger) -> Iterable[tuple[Party, str, str, str, bool]]:
    """Yield party, printed name, true name, form and whether it can be read, for every print."""
    for patent in ledger.patents:
        for publication in patent.publications:
            for k, party in enumerate(publication.applicants):
                true = party.name_on(publication.day)
                name = publication.names[k]
                form = publication.forms.get(k, "true" if name == true else "damaged")
                yield party, name, true, form, publication.read_names[k] == true
    for event in ledger.holder_events:
        if event.printed == ([], []):
            continue  # no text, or one that names nobody
        for parties, printed in zip((event.before, event.after), event.printed, strict=True):
            for party, name in zip(parties, printed, strict=True):
                true = event.true_names.get(name, name)
                form, is_read = event.forms.get(name, ("true", True))
                yield party, name, true, form, is_read


def organisation_rows(ledger: Ledger) -> Iterable[Row]:
    """Yield the printed names of every organisation that stands in a record or an event.

    Names of one organisation are revealed as one by an event of change of name whose text names
    both, by two documents of one application that differ in nothing but this name, and by damage
    that can be made good.
    """
    printed: Counter[tuple[int, str, str, str, bool]] = Counter()
    parties: dict[int, Party] = {}
    for party, name, true, form, is_read in _printed_names(ledger):
        if party.kind != "person":
            parties[party.number] = party
            printed[party.number, name, true, form, is_read] += 1
    revealed = {
        event.before[0].number for event in ledger.events
        if event.type == "name_change" and event.printed != ([], []) and is_readable(event)
    }  # fmt: skip
    republished = _renamed_between_documents(ledger)
    apart: dict[tuple[int, str], int] = {}  # names that stand alone, by place in order
    counts: dict[int, int] = defaultdict(int)
    for number, name, true, form, is_read in sorted(printed):
        party = parties[number]
        since, until = _validity(party, true)
        base = party_id(party)
        position = next((k for k, (_, own) in enumerate(party.names) if own == true), 0)
        if not is_read:
            key = (number, name)
            if key not in apart:
                counts[number] += 1
                apart[key] = counts[number]
            cluster, why = f"{base}.x{apart[key]}", "damaged"
        elif position and number not in revealed | republished:
            cluster, why = f"{base}.{position}", "renamed_without_event"
        else:
            cluster = base
            renamed = "renamed_with_event" if number in revealed else "renamed_between_documents"
            why = renamed if position else "name" if form == "true" else "variant"
        yield (
            name, base, party.kind, party_id(party.parent) if party.parent else "", since, until,
            true, form, printed[number, name, true, form, is_read], cluster, why,
        )  # fmt: skip


def _renamed_between_documents(ledger: Ledger) -> set[int]:
    """Return the parties of which two documents of an application differ in this name alone."""
    found: set[int] = set()
    for patent in ledger.patents:
        if len(patent.publications) < 2:
            continue
        first, second = patent.publications[:2]
        if len(first.read_names) != len(second.read_names):
            continue
        changed = [
            (old, new) for old, new, a, b in
            zip(first.applicants, second.applicants, first.read_names, second.read_names,
                strict=True)
            if a != b
        ]  # fmt: skip
        if len(changed) == 1 and changed[0][0] is changed[0][1] and changed[0][0].kind != "person":
            found.add(changed[0][0].number)
    return found


def _validity(party: Party, name: str) -> tuple[str, str]:
    for k, (first, own) in enumerate(party.names):
        if own == name:
            later = party.names[k + 1][0] if k + 1 < len(party.names) else None
            return (
                first.isoformat() if k else "",
                (later - dt.timedelta(days=1)).isoformat() if later else "",
            )
    return "", ""


def owner_rows(ledger: Ledger) -> Iterable[Row]:
    """Yield the owners of every granted invention with their shares, spell by spell."""
    for spell in spells(ledger):
        yield (
            spell.patent.application_no, party_id(spell.party), spell.party.name_on(spell.since),
            spell.share.numerator, spell.share.denominator, spell.since.isoformat(),
            spell.until.isoformat() if spell.until else "",
            _event_key(spell.event) if spell.event else "filing", int(spell.is_decidable),
        )  # fmt: skip


def transfer_type_rows(ledger: Ledger) -> Iterable[Row]:
    """Yield the true type of every event about holders, names or encumbrances.

    A further row of an event on its day is marked as a repeat.
    """
    for event in [*ledger.events, *ledger.later_events]:
        decidable, why = _type_verdict(event)
        for repeat in range(event.repeats):
            yield (
                event.gazette_day.isoformat(), event.seq + repeat, event.patent.application_no,
                event.type, "|".join(event.printed[0]), "|".join(event.printed[1]),
                int(repeat > 0), int(decidable), why, event.chain_id,
            )  # fmt: skip
    for proceeding in ledger.proceedings:
        kind = _KINDS.get(proceeding.kind)
        if kind is None:
            continue
        why = "holders" if proceeding.event is not None else "type_name"
        decidable = True
        if kind == "correction" and not proceeding.has_text:
            decidable, why = False, "no_text"  # its name does not say what is corrected
        if proceeding.application_no:
            decidable, why = False, "number_damaged"
        if proceeding.event is not None:
            decidable = decidable and is_readable(proceeding.event)
        for repeat in range(1 + len(proceeding.repeats)):
            yield (
                proceeding.gazette_day.isoformat(), proceeding.seq + repeat,
                proceeding.patent.application_no, kind, "|".join(proceeding.before),
                "|".join(proceeding.after), int(repeat > 0), int(decidable), why, "",
            )  # fmt: skip


def _type_verdict(event: Event) -> tuple[bool, str]:
    if event.application_no:
        return False, "number_damaged"
    if not event.has_text:
        return False, "no_text"
    if event.type in _REASONED:
        return bool(event.reason), "reason_in_text" if event.reason else "no_reason_given"
    if not is_readable(event):
        return False, "name_damaged"
    return True, _WHY[event.type]


def damage_rows(ledger: Ledger) -> Iterable[Row]:
    """Yield every damaged value."""
    for d in ledger.damage:
        yield (
            d.record, d.key, d.application_no, d.field, d.position, d.kind, d.true_value,
            d.printed_value, int(d.decidable),
        )  # fmt: skip
    for event in ledger.holder_events:
        own = list(event.damage)
        if event.repeats > 1:
            own.append(("row", "repeated", "", "", True))
        for field, kind, true, printed, intact in own:
            yield (
                "event", _event_key(event), event.patent.application_no, field, 0, kind, true,
                printed, int(intact),
            )  # fmt: skip
    for proceeding in ledger.proceedings:
        key = f"{proceeding.gazette_day.isoformat()}/{proceeding.seq}"
        number = proceeding.patent.application_no
        for k, listed_type in enumerate(proceeding.repeats, start=1):
            kind = "repeated" if listed_type == proceeding.event_type else "listed_twice"
            yield (
                "event", key, number, "row", k, kind, proceeding.event_type, listed_type, 1
            )  # fmt: skip
        if proceeding.application_no:
            yield (
                "event", key, number, "application_no", 0, "event_number_slip", number,
                proceeding.application_no, 0,
            )  # fmt: skip
        if proceeding.bare_text_of:
            yield (
                "event", key, number, "text", 0, "text_lost", proceeding.bare_text_of,
                proceeding.text, 0,
            )  # fmt: skip
