"""Which names are one organisation: links that rules found, the residue that a model weighs.

Rules stand in dbt (``int_applicant_links``); what they leave open (``int_applicant_residue``) is
weighed by splink, whose parameters are fixed (seed ``linkage_parameters``). Here the links are put
together, strongest first, and two names that a decision keeps apart are never joined, however long
the chain between them. Same links, same entities: nothing depends on the order of rows.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

RULES = (
    "manual",
    "spelling",
    "same_legal_form",
    "rename_event",
    "two_publications",
    "linked",
)
"""Rules that join names, in the order in which equally sure ones are heard."""


class LinkageError(ValueError):
    """Links that name nobody, or say something that no rule says."""


_LINKS = """
select a.applicant_id as a, b.applicant_id as b, l.rule, cast(l.confidence as double) as confidence
from intermediate.int_applicant_links as l
inner join intermediate.int_applicant_names_parsed as a on l.name_a = a.applicant_name
inner join intermediate.int_applicant_names_parsed as b on l.name_b = b.applicant_name
order by all
"""
_DECISIONS = """
select a.applicant_id as a, b.applicant_id as b, d.decision
from intermediate.int_applicant_decisions as d
inner join intermediate.int_applicant_names_parsed as a on d.name_a = a.applicant_name
inner join intermediate.int_applicant_names_parsed as b on d.name_b = b.applicant_name
where d.problem is null
order by all
"""
_NAMES = """
select n.applicant_id, u.first_printed
from intermediate.int_applicant_names_parsed as n
inner join intermediate.int_applicant_uses as u on n.applicant_name = u.applicant_name
where n.applicant_name in (
    select l.name_a from intermediate.int_applicant_links as l
    union select l.name_b from intermediate.int_applicant_links as l
    union select d.name_a from intermediate.int_applicant_decisions as d
    union select d.name_b from intermediate.int_applicant_decisions as d
)
order by all
"""


def link_applicants(connection: DuckDBPyConnection) -> pl.DataFrame:
    """Read links and decisions from the warehouse and put them together.

    Returns
    -------
    pl.DataFrame
        As `entities`.
    """
    links = connection.execute(_LINKS).pl()
    decisions = connection.execute(_DECISIONS).pl()
    names = connection.execute(_NAMES).pl()
    merges = decisions.filter(pl.col("decision") == "merge").select(
        "a", "b", pl.lit("manual").alias("rule"), pl.lit(1.0).alias("confidence")
    )
    splits = decisions.filter(pl.col("decision") == "split").select("a", "b")
    return entities(pl.concat([links, merges]), list(splits.iter_rows()), names)


class _Groups:
    """Union-find whose unions can be refused.

    A group knows the groups that it must never become one with.
    """

    def __init__(self, apart: Iterable[tuple[str, str]]) -> None:
        self._parent: dict[str, str] = {}
        self._apart: dict[str, set[str]] = {}
        for a, b in apart:
            self._apart.setdefault(a, set()).add(b)
            self._apart.setdefault(b, set()).add(a)

    def find(self, name: str) -> str:
        root = name
        while (above := self._parent.get(root, root)) != root:
            root = above
        while (above := self._parent.get(name, name)) != root:
            self._parent[name] = root
            name = above
        return root

    def join(self, a: str, b: str) -> bool | None:
        """Join two groups; None when they are one already, False when they must stay apart."""
        a, b = sorted((self.find(a), self.find(b)))
        if a == b:
            return None
        if b in self._apart.get(a, ()):
            return False
        self._parent[b] = a
        others = self._apart.pop(b, set())
        for other in others:
            self._apart[other].discard(b)
            self._apart[other].add(a)
        if others:
            self._apart.setdefault(a, set()).update(others)
        return True


def entities(
    links: pl.DataFrame, apart: Iterable[tuple[str, str]], names: pl.DataFrame
) -> pl.DataFrame:
    """Put links together to entities.

    Parameters
    ----------
    links : pl.DataFrame
        Columns ``a, b`` (ids of names), ``rule`` (one of `RULES`), ``confidence`` (0 to 1).
    apart : iterable of pairs of str
        Ids of names that are never one entity.
    names : pl.DataFrame
        Columns ``applicant_id, first_printed`` (date, may be null) of every name in a link.

    Returns
    -------
    pl.DataFrame
        One row per name that shares its entity with another: ``applicant_id, entity_id,
        entity_rule, confidence``, sorted. An entity bears the id of its first printed name, on
        ties the smaller one, whose rule is ``own_name``. The rule and confidence of any other name
        are those of the weakest link on the strongest way to it.

    Raises
    ------
    LinkageError
        If a link bears an unknown rule or the id of an unknown name.
    """
    unknown = set(links["rule"]) - set(RULES)
    if unknown:
        raise LinkageError(f"no rule of linkage is called {sorted(unknown)[0]!r}")
    printed = {
        str(name): ("9999" if day is None else str(day))
        for name, day in names.select("applicant_id", "first_printed").iter_rows()
    }
    order = {rule: rank for rank, rule in enumerate(RULES)}
    sure = sorted(
        {
            (-float(confidence), order[rule], *sorted((a, b)))
            for a, b, rule, confidence in links.select("a", "b", "rule", "confidence").iter_rows()
            if a != b
        }
    )
    strangers = {name for *_, a, b in sure for name in (a, b)} - printed.keys()
    if strangers:
        raise LinkageError(f"a link bears the id of no known name: {sorted(strangers)[0]}")
    groups = _Groups(apart)
    tree: dict[str, list[tuple[str, str, float]]] = {}
    for strength, rank, a, b in sure:
        if groups.join(a, b):
            tree.setdefault(a, []).append((b, RULES[rank], -strength))
            tree.setdefault(b, []).append((a, RULES[rank], -strength))
    members: dict[str, list[str]] = {}
    for name in tree:
        members.setdefault(groups.find(name), []).append(name)
    rows = [
        row
        for group in members.values()
        for row in _described(min(group, key=lambda name: (printed[name], name)), tree)
    ]
    return pl.DataFrame(
        sorted(rows),
        schema={
            "applicant_id": pl.String,
            "entity_id": pl.String,
            "entity_rule": pl.String,
            "confidence": pl.Float64,
        },
        orient="row",
    )


def _described(
    first: str, tree: dict[str, list[tuple[str, str, float]]]
) -> list[tuple[str, str, str, float]]:
    """Rule and confidence of every name, walking from the first one along the links."""
    rows = [(first, first, "own_name", 1.0)]
    waiting = [(first, "own_name", 1.0)]
    seen = {first}
    while waiting:
        name, rule, confidence = waiting.pop()
        for other, link_rule, link_confidence in tree[name]:
            if other in seen:
                continue
            seen.add(other)
            weakest = (
                (link_rule, link_confidence)
                if link_confidence <= confidence
                else (rule, confidence)
            )
            rows.append((other, first, *weakest))
            waiting.append((other, *weakest))
    return rows
