"""The truth of a country as files, computed from its ledger and from nothing else."""

from __future__ import annotations

import csv
import io
import json
from collections import defaultdict
from collections.abc import Iterable
from fractions import Fraction

from scrapers.office.events import event_type
from scrapers.office.evidence import Decider, Verdict
from scrapers.office.geography import nodes
from scrapers.office.holdings import is_found
from scrapers.office.ledger import OUTSIDE, Event, Ledger, Patent, Publication
from scrapers.office.numbers import FIRST_YEAR, LAST_YEAR
from scrapers.office.truth_panel import panel_decidable_rows
from scrapers.office.truth_parties import (
    damage_rows,
    organisation_rows,
    owner_rows,
    party_id,
    transfer_type_rows,
)
from scrapers.office.wording import wording_of

YEARS = range(FIRST_YEAR, LAST_YEAR + 1)
_TOOL_KINDS = ("supply", "demand", "environment")
_NO_TRANSFERS = ("name_change", "address_change")


def _csv(header: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(sorted(tuple(row) for row in rows))
    return buffer.getvalue()


def _number(value: Fraction | int) -> str:
    return f"{float(value):.6f}"


def _code(node: int) -> str:
    return "" if node == OUTSIDE else nodes()[node].code


def truth_files(ledger: Ledger) -> dict[str, str]:
    """Return every file of the truth by name."""
    decider = Decider(ledger)
    verdicts: dict[int, dict[str, set[int]]] = {}
    judged: dict[int, list[tuple[int, Verdict]]] = {}  # of the grant, else of any record
    applicant_rows: list[tuple[object, ...]] = []
    for patent in ledger.patents:
        decided: dict[str, set[int]] = {}
        for publication in patent.publications:
            cities: set[int] = set()
            rows: list[tuple[int, Verdict]] = []
            for k, party in enumerate(publication.applicants):
                node = patent.nodes[patent.applicants.index(party)]
                seq, read = publication.positions[k], publication.read_names[k]
                verdict = decider.judge(
                    party, read, node, patent.filed, is_first=k == 0,
                    ambiguous=publication.is_address_ambiguous,
                    is_name_damaged=read != party.name_on(publication.day),
                )  # fmt: skip
                if verdict.decidable:
                    cities.add(node)
                rows.append((node, verdict))
                applicant_rows.append(
                    (
                        publication.publication_no, patent.application_no, seq,
                        publication.names[k], _code(node), int(verdict.decidable), verdict.why,
                        party_id(party), party.name_on(publication.day),
                    )
                )  # fmt: skip
            decided[publication.source] = cities
            if publication.source == "pig":
                judged[patent.number] = rows
        verdicts[patent.number] = decided

    joint = _joint_edges(ledger, verdicts)
    transfers = _transfer_edges(ledger, decider)
    panel = _panel(ledger, joint, transfers)
    files = {
        "applicants.csv": _csv(
            ("publication_no", "application_no", "applicant_seq", "name", "node_code",
             "decidable", "why", "party_id", "true_name"),
            applicant_rows,
        ),
        "organisations.csv": _csv(
            ("name", "organisation_id", "kind", "parent_id", "valid_from", "valid_to",
             "true_name", "form", "n_printed", "decidable_id", "why"),
            organisation_rows(ledger),
        ),
        "owners.csv": _csv(
            ("application_no", "party_id", "owner", "numerator", "denominator", "valid_from",
             "valid_to", "event", "decidable"),
            owner_rows(ledger),
        ),
        "transfer_types.csv": _csv(
            ("gazette_date", "seq", "application_no", "type", "before", "after", "is_repeat",
             "decidable", "why", "chain_id"),
            transfer_type_rows(ledger),
        ),
        "damage.csv": _csv(
            ("record", "key", "application_no", "field", "position", "kind", "true_value",
             "printed_value", "decidable"),
            damage_rows(ledger),
        ),
        "green.csv": _csv(
            ("application_no", "symbol", "topic", "paper_category"),
            {
                (p.application_no, s.symbol, topic, category)
                for p in ledger.patents if p.publications and p.is_invention
                for s in p.symbols for topic, category in s.topics
            },
        ),
        "applications.csv": _csv(
            ("application_no", "filing_date", "grant_date", "kind", "is_green_paper7_any_prefix"),
            [
                (
                    p.application_no, p.filed.isoformat(), _granted_in_window(p), p.kind,
                    int(p.is_invention and p.is_paper7),
                )
                for p in ledger.patents if p.publications
            ],
        ),
        "joint_edges.csv": _csv(
            ("year", "city_a", "city_b", "basis", "counting", "n", "n_decidable"),
            [
                (year, _code(a), _code(b), basis, counting, _number(n), _number(decidable))
                for (year, a, b, basis, counting), (n, decidable) in joint.items()
            ],
        ),
        "transfer_edges.csv": _csv(
            ("year", "from_city", "to_city", "type", "n", "n_decidable"),
            [
                (year, _code(a), _code(b), kind, len(seen), len(decidable))
                for (year, a, b, kind), (seen, _, decidable) in transfers.items()
            ],
        ),
        "transfers.csv": _csv(
            ("gazette_date", "seq", "application_no", "type", "registered", "from_cities",
             "to_cities", "is_green_invention", "is_granted", "has_text", "decidable",
             "from_parties", "to_parties", "chain_id"),
            [_transfer_row(e) for e in [*ledger.events, *ledger.later_events]],
        ),
        "events.csv": _csv(
            ("gazette_date", "seq", "is_repeat", "application_no", "event_type", "kind", "subtype",
             "effective_date", "reference_no", "before", "after", "wording"),
            _event_rows(ledger),
        ),
        "policy_documents.csv": _csv(
            ("document_id", "province_code", "year", "published", "n_issuers", "issuers", "supply",
             "demand", "environment", "tool_score", "repeats", "is_correction", "is_counted"),
            [
                (
                    d.document_id, d.province_code, d.year, d.published, len(d.issuers),
                    "|".join(d.issuers), *(int(k in d.kinds) for k in _TOOL_KINDS), d.score,
                    d.repeats, int(d.is_correction), int(not d.is_superseded),
                )
                for d in ledger.policy
            ],
        ),
        "policy_instruments.csv": _csv(
            ("document_id", "paragraph", "kind", "instrument", "sentence"),
            [
                (d.document_id, paragraph, kind, instrument, sentence)
                for d in ledger.policy for kind, instrument, paragraph, sentence in d.instruments
            ],
        ),
        "policy_years.csv": _policy_years(ledger),
        "panel.csv": panel,
        "panel_decidable.csv": _csv(
            ("adcode", "year", "column_name", "value", "decidable", "why"),
            panel_decidable_rows(ledger, decider, judged, panel),
        ),
        "equation.csv": _equation(ledger),
        "coefficients.json": _json_text(ledger.coefficients),
    }  # fmt: skip
    files["manifest.json"] = _json_text(_manifest(ledger, joint, transfers, applicant_rows))
    return files


def _json_text(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2, sort_keys=True) + "\n"


def _granted_in_window(patent: Patent) -> str:
    if patent.granted is None or not FIRST_YEAR <= patent.granted.year <= LAST_YEAR:
        return ""
    return patent.granted.isoformat()


Joint = dict[tuple[int, int, int, str, str], tuple[Fraction, Fraction]]
# Patents, granted ones among them, decidable ones; by application number.
Transfers = dict[tuple[int, int, int, str], tuple[set[str], set[str], set[str]]]


def _basis_publication(patent: Patent, basis: str) -> Publication | None:
    if basis == "grant":
        return next((p for p in patent.publications if p.source == "pig"), None)
    return patent.publications[0] if patent.publications else None


def _joint_edges(ledger: Ledger, verdicts: dict[int, dict[str, set[int]]]) -> Joint:
    edges: Joint = {}
    for patent in ledger.patents:
        cities = patent.cities
        if not patent.is_invention or not patent.is_paper7 or len(cities) < 2:
            continue
        pairs = [(a, b) for k, a in enumerate(cities) for b in cities[k + 1 :]]
        for basis in ("application", "grant"):
            publication = _basis_publication(patent, basis)
            if publication is None:
                continue
            year = publication.day.year if basis == "grant" else patent.filed.year
            decided = verdicts[patent.number][publication.source]
            for counting in ("pair", "whole", "fractional"):
                weight = Fraction(1, len(pairs)) if counting == "fractional" else Fraction(1)
                for a, b in pairs:
                    key = (year, a, b, basis, counting)
                    n, known = edges.get(key, (Fraction(0), Fraction(0)))
                    both = weight if a in decided and b in decided else Fraction(0)
                    edges[key] = (n + weight, known + both)
    return edges


def _is_granted_at(event: Event) -> bool:
    granted = event.patent.granted
    return granted is not None and event.registered is not None and granted <= event.registered


def _city_pairs(event: Event) -> list[tuple[int, int]]:
    before = {n for n in event.before_nodes if n != OUTSIDE}
    after = {n for n in event.after_nodes if n != OUTSIDE}
    return sorted((a, b) for a in before for b in after if a != b)


def _transfer_edges(ledger: Ledger, decider: Decider) -> Transfers:
    edges: Transfers = {}
    for event in [*ledger.events, *ledger.later_events]:
        if event.type in _NO_TRANSFERS or event.registered is None:
            continue
        if not event.patent.is_invention or not event.patent.is_paper7:
            continue
        known = _known_cities(event, decider)
        number = event.patent.application_no
        for a, b in _city_pairs(event):
            key = (event.registered.year, a, b, event.type)
            seen, granted, decidable = edges.setdefault(key, (set(), set(), set()))
            seen.add(number)
            if _is_granted_at(event):
                granted.add(number)
            if is_found(event) and a in known[0] and b in known[1]:
                decidable.add(number)
    return edges


def _known_cities(event: Event, decider: Decider) -> tuple[set[int], set[int]]:
    assert event.registered is not None
    sides: list[set[int]] = []
    for parties, places in ((event.before, event.before_nodes), (event.after, event.after_nodes)):
        known = set()
        for party, node in zip(parties, places, strict=True):
            own = party.number in event.own_address
            verdict = decider.judge(
                party, party.name_on(event.registered), node, event.registered,
                is_first=own, ambiguous=False, is_name_damaged=party.number in event.unread,
            )  # fmt: skip
            if verdict.decidable:
                known.add(node)
        sides.append(known)
    return sides[0], sides[1]


def _transfer_row(event: Event) -> tuple[object, ...]:
    return (
        event.gazette_day.isoformat(), event.seq, event.patent.application_no, event.type,
        event.registered.isoformat() if event.registered else "",
        "|".join(_code(n) or "outside" for n in event.before_nodes),
        "|".join(_code(n) or "outside" for n in event.after_nodes),
        int(event.patent.is_invention and event.patent.is_paper7),
        int(_is_granted_at(event)), int(event.has_text), int(event.decidable),
        "|".join(map(party_id, event.before)), "|".join(map(party_id, event.after)),
        event.chain_id,
    )  # fmt: skip


_KIND_OF_EVENT = {
    "added_holder": "holder_added",
    "joint_to_single": "holder_dropped",
    "name_change": "rename",
    "address_change": "address_change",
}


def _event_rows(ledger: Ledger) -> Iterable[tuple[object, ...]]:
    """Yield every row of the table of events with what its text says, and nothing else."""
    for event in [*ledger.events, *ledger.later_events]:
        for repeat in range(event.repeats):
            yield (
                event.gazette_day.isoformat(), event.seq + repeat, int(repeat > 0),
                event.application_no or event.patent.application_no, event_type(event),
                _KIND_OF_EVENT.get(event.type, "transfer"), event.type,
                event.registered.isoformat() if event.registered and event.has_text else "", "",
                *map("|".join, event.printed), wording_of(event.text, event.gazette_day),
            )  # fmt: skip
    for proceeding in ledger.proceedings:
        for repeat, listed_type in enumerate([proceeding.event_type, *proceeding.repeats]):
            yield (
                proceeding.gazette_day.isoformat(), proceeding.seq + repeat, int(repeat > 0),
                proceeding.application_no or proceeding.patent.application_no, listed_type,
                proceeding.kind,
                proceeding.subtype,
                proceeding.effective.isoformat() if proceeding.effective else "",
                proceeding.reference_no, "|".join(proceeding.before), "|".join(proceeding.after),
                wording_of(proceeding.text, proceeding.gazette_day),
            )  # fmt: skip


def _panel(ledger: Ledger, joint: Joint, transfers: Transfers) -> str:
    n_nodes = len(nodes())
    rsi: dict[tuple[int, int], Fraction] = defaultdict(Fraction)
    partners: dict[tuple[int, int], set[int]] = defaultdict(set)
    for (year, a, b, basis, counting), (n, _) in joint.items():
        if basis == "grant" and counting == "pair":
            for own, other in ((a, b), (b, a)):
                rsi[own, year] += n
                partners[own, year].add(other)
    granted: dict[tuple[int, int], int] = defaultdict(int)
    for patent in ledger.patents:
        publication = _basis_publication(patent, "grant")
        if publication is not None and patent.is_paper7:
            for city in patent.cities:
                granted[city, publication.day.year] += 1
    gtr: dict[tuple[int, int], int] = defaultdict(int)
    out: dict[tuple[int, int], set[int]] = defaultdict(set)
    into: dict[tuple[int, int], set[int]] = defaultdict(set)
    for (year, a, b, kind), (_, with_grant, _) in transfers.items():
        if kind == "sale":
            gtr[a, year] += len(with_grant)
            out[a, year].add(b)
            into[b, year].add(a)
    rows = []
    for node in range(n_nodes):
        for year in YEARS:
            key = (node, year)
            k = len(partners[key])
            rows.append(
                (
                    _code(node), year, int(rsi[key]), k,
                    _number(rsi[key] / k if k else Fraction(0)), granted[key], gtr[key],
                    f"{k / (n_nodes - 1):.12f}", f"{len(out[key]) / (n_nodes - 1):.12f}",
                    f"{len(into[key]) / (n_nodes - 1):.12f}",
                )
            )  # fmt: skip
    return _csv(
        ("adcode", "year", "rsi", "extensive", "intensive", "gpatent", "gtr", "copatent_degree",
         "transfer_out_degree", "transfer_in_degree"),
        rows,
    )  # fmt: skip


def _policy_years(ledger: Ledger) -> str:
    printed = {
        (r["province_code"], int(r["year"])): (r["policy_actors"], r["policy_tools"])
        for r in ledger.provinces
    }
    counted: dict[tuple[str, int], list[tuple[int, int]]] = defaultdict(list)
    for document in ledger.policy:
        if not document.is_superseded:
            key = (document.province_code, document.year)
            counted[key].append((len(document.issuers), document.score))
    return _csv(
        ("province_code", "year", "documents", "zts", "gjs", "policy_actors", "policy_tools"),
        [
            (
                code, year, len(found),
                _number(Fraction(sum(n for n, _ in found), len(found))),
                _number(Fraction(sum(score for _, score in found), len(found))),
                *printed.get((code, year), ("", "")),
            )
            for (code, year), found in counted.items()
        ],
    )  # fmt: skip


def _equation(ledger: Ledger) -> str:
    names = sorted(ledger.equation[0].terms) if ledger.equation else []
    return _csv(
        ("adcode", "year", "n", "m", *names),
        [
            (_code(e.node), e.year, e.n, f"{e.m:.9f}", *(f"{e.terms[k]:.9f}" for k in names))
            for e in ledger.equation
        ],
    )


def _manifest(
    ledger: Ledger, joint: Joint, transfers: Transfers, applicants: list[tuple[object, ...]]
) -> dict[str, object]:
    grants = [
        p for p in ledger.patents
        if p.is_invention and p.is_paper7 and len(p.cities) > 1 and _basis_publication(p, "grant")
    ]  # fmt: skip
    edge_total = sum((n for (*_, b, c), (n, _) in joint.items() if (b, c) == ("grant", "pair")),
                     Fraction(0))  # fmt: skip
    edge_known = sum((d for (*_, b, c), (_, d) in joint.items() if (b, c) == ("grant", "pair")),
                     Fraction(0))  # fmt: skip
    by_source: dict[str, int] = defaultdict(int)
    for patent in ledger.patents:
        for publication in patent.publications:
            by_source[publication.source] += 1
    by_type: dict[str, int] = defaultdict(int)
    for event in [*ledger.events, *ledger.later_events]:
        by_type[event.type] += 1
    by_kind: dict[str, int] = defaultdict(int)
    for damage in ledger.damage:
        by_kind[damage.kind] += 1
    is_enriched = ledger.shares == "enriched"
    return {
        "synthetic": True,
        "notice": "Synthetic country with known truth. "
        + (
            "Enriched in green and joint inventions on purpose: its shares are not those of China."
            if is_enriched
            else "Shares as measured in the real gazette."
        ),
        "seed": ledger.seed,
        "records": ledger.records,
        "preset": ledger.preset,
        "shares": ledger.shares,
        "dirt": ledger.dirt.level,
        "dirt_rates": ledger.dirt.rates(),
        "counts": {
            "damage": dict(sorted(by_kind.items())),
            "publications": dict(sorted(by_source.items())),
            "events": dict(sorted(by_type.items())),
            "applicant_rows": len(applicants),
            "joint_green_grants_between_cities": len(grants),
            "joint_edges_grant_pair": float(edge_total),
            "joint_edges_grant_pair_decidable": float(edge_known),
            "transfer_edge_cells": len(transfers),
        },
        "definitions": {
            "decidable": " ".join((Decider.__doc__ or "").split()),
            "year": "grant: announcement; application: filing; transfer: registration",
            "green": "any symbol in one of the paper's seven classes; inventions only",
        },
    }
