"""Which cells of the panel the published records decide, and what leaves the others open."""

from __future__ import annotations

import csv
import io
from collections import defaultdict
from collections.abc import Iterable

from scrapers.office.evidence import Decider, Verdict
from scrapers.office.geography import node_index
from scrapers.office.holdings import is_found
from scrapers.office.ledger import OUTSIDE, Event, Ledger, Party
from scrapers.office.names import is_generic
from scrapers.office.truth_parties import Row

COLUMNS = (
    "rsi", "extensive", "copatent_degree", "gpatent", "gtr", "transfer_out_degree",
    "transfer_in_degree",
)  # fmt: skip
_JOINT = ("rsi", "extensive", "copatent_degree")
_SOLD = ("gtr", "transfer_out_degree")
_BOUGHT = ("transfer_in_degree",)

Open = dict[tuple[int, int, str], set[str]]  # node, year, column: what leaves it open


def panel_decidable_rows(
    ledger: Ledger, decider: Decider, judged: dict[int, list[tuple[int, Verdict]]], panel: str
) -> Iterable[Row]:
    """Yield every cell of the panel with whether the records decide it.

    A cell is decided when every applicant and holder that it is made of is certain, and when
    nothing about an uncertain one points to its city: a wrong reading could add to it.

    Parameters
    ----------
    ledger : Ledger
    decider : Decider
    judged : dict
        Node and verdict of every applicant of a grant, by number of the patent.
    panel : str
        The file ``panel.csv``.
    """
    open_cells: Open = defaultdict(set)
    for patent in ledger.patents:
        rows = judged.get(patent.number)
        if rows and patent.is_invention and patent.is_paper7 and patent.granted is not None:
            _open_by_applicants(open_cells, patent.granted.year, rows)
    for event in [*ledger.events, *ledger.later_events]:
        if event.patent.is_invention and event.patent.is_paper7:
            _open_by_event(open_cells, event, decider)
    index = node_index()
    for row in csv.DictReader(io.StringIO(panel)):
        for column in COLUMNS:
            why = open_cells.get((index[row["adcode"]], int(row["year"]), column), set())
            yield (
                row["adcode"], int(row["year"]), column, row[column], int(not why),
                "|".join(sorted(why)),
            )  # fmt: skip


def _open_by_applicants(open_cells: Open, year: int, rows: list[tuple[int, Verdict]]) -> None:
    unsure = [(node, verdict) for node, verdict in rows if not verdict.is_certain]
    if not unsure:
        return
    able = {node for node, verdict in rows if verdict.is_certain and node != OUTSIDE}
    certain = frozenset(able)
    for node, verdict in unsure:
        touched = {n for n in (node, *verdict.points) if n != OUTSIDE}
        able |= touched
        for city in touched - certain:
            open_cells[city, year, "gpatent"].add(verdict.why)
    if len(able) > 1:
        why = {verdict.why for _, verdict in unsure}
        for city in able:
            for column in _JOINT:
                open_cells[city, year, column] |= why


def _open_by_event(open_cells: Open, event: Event, decider: Decider) -> None:
    if event.registered is None:
        return
    sides = []
    reasons: set[str] = set()
    for parties, places in ((event.before, event.before_nodes), (event.after, event.after_nodes)):
        found: set[int] = set()
        for party, node in zip(parties, places, strict=True):
            verdict = decider.judge(
                party, party.name_on(event.registered), node, event.registered,
                is_first=party.number in event.own_address, ambiguous=False,
                is_name_damaged=party.number in event.unread,
            )  # fmt: skip
            found |= {node, *verdict.points} - {OUTSIDE}
            if not verdict.is_certain:
                reasons.add(verdict.why)
        sides.append(found)
    if not is_found(event):
        reasons.add("event_damaged")
    if _may_be_mistaken(event):
        reasons.add("type_unclear")
    if not reasons:
        return
    year = event.registered.year
    for node in sides[0]:
        for column in _SOLD:
            open_cells[node, year, column] |= reasons
    for node in sides[1]:
        for column in _BOUGHT:
            open_cells[node, year, column] |= reasons


def _may_be_mistaken(event: Event) -> bool:
    """Whether a reader can take a sale for something else, or something else for a sale."""
    if event.type in ("merger", "inheritance"):
        return not event.reason
    if event.type == "sale":
        from_persons = all(p.kind == "person" for p in event.before)
        return (from_persons and any(p.kind != "person" for p in event.after)) or _is_alike(
            event.before, event.after
        )
    return event.type == "inventor_to_employer"


def _is_alike(before: list[Party], after: list[Party]) -> bool:
    """Whether a name on one side shares two characters of a trade name with one on the other."""
    for old in before:
        for new in after:
            if old.kind == "person" or new.kind == "person":
                continue
            a, b = old.names[0][1], new.names[0][1]
            shared = {a[k : k + 2] for k in range(len(a) - 1)}
            shared &= {b[k : k + 2] for k in range(len(b) - 1)}
            if any(not is_generic(pair) for pair in shared):
                return True
    return False
