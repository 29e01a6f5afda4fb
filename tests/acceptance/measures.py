"""How near the published tables of a synthetic country come to its truth."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb

TABLES = (
    "applicants", "green", "joint_edges", "transfer_edges", "panel", "applications", "events",
    "policy_years", "organisations", "transfers", "transfer_types", "owners", "damage",
    "panel_decidable", "policy_documents", "policy_instruments",
)  # fmt: skip

EDGES = """
with ours as (
    select year, city_a, city_b, n from marts.fct_joint_edges
    where basis = 'grant' and counting = 'pair'
), theirs as (
    select year::integer as year, city_a, city_b, n::decimal(18, 6) as n,
        n_decidable::decimal(18, 6) as n_decidable
    from t.truth.joint_edges where basis = 'grant' and counting = 'pair'
), both_sides as (
    select coalesce(ours.n, 0) as found, coalesce(theirs.n, 0) as true_n,
        coalesce(theirs.n_decidable, 0) as decidable
    from ours full join theirs using (year, city_a, city_b)
)
select
    sum(least(found, true_n)) / sum(found) as precision,
    sum(least(found, decidable)) / sum(decidable) as recall_decidable,
    sum(least(found, true_n)) / sum(true_n) as recall_all,
    sum(decidable) / sum(true_n) as share_decidable,
    sum(true_n) as n_true
from both_sides
"""


def open_country(folder: Path) -> duckdb.DuckDBPyConnection:
    """Return a connection to what a data folder published, with the truth as ``t.truth``."""
    connection = duckdb.connect()
    connection.execute("attach ':memory:' as t")
    connection.execute("create schema t.truth")
    connection.execute(f"attach '{folder / 'published.duckdb'}' as p (read_only)")
    connection.execute("use p")
    for name in TABLES:
        connection.execute(
            f"create table t.truth.{name} as from read_csv("
            f"'{folder / 'truth' / name}.csv', header = true, all_varchar = true, quote = '\"')"
        )
    return connection


def one(connection: duckdb.DuckDBPyConnection, query: str) -> tuple[Any, ...]:
    """Return the only row of a query."""
    rows = connection.sql(query).fetchall()
    assert len(rows) == 1
    return tuple(rows[0])


def plain(name: str) -> str:
    """Return a name as the warehouse compares names: width, case and blanks do not count."""
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", name)).lower()


@dataclass(frozen=True, slots=True)
class Edges:
    """Joint edges between cities, by grant and pair."""

    precision: float
    recall_decidable: float
    recall_all: float
    share_decidable: float
    n_true: float


def joint_edges(connection: duckdb.DuckDBPyConnection) -> Edges:
    """Compare the joint edges of all years."""
    return Edges(*map(float, one(connection, EDGES)))


@dataclass(slots=True)
class Types:
    """Types of events among those that the records decide."""

    scores: dict[str, tuple[float, float, float, int]] = field(default_factory=dict)
    confusion: Counter[tuple[str, str]] = field(default_factory=Counter)

    @property
    def macro_f1(self) -> float:
        """Mean F1 of the true types."""
        return sum(f1 for *_, f1, _ in self.scores.values()) / len(self.scores)


def event_types(connection: duckdb.DuckDBPyConnection) -> Types:
    """Compare the types of all events about holders, names and encumbrances.

    Several events of one application on one day are matched by the names that they print.
    """
    ours: dict[tuple[str, str], list[tuple[str, str]]] = defaultdict(list)
    for number, day, kind, before, after in connection.sql(
        "select replace(application_no, '.', ''), gazette_date::varchar, transfer_type, "
        "before_names, after_names from marts.fct_assignments order by all"
    ).fetchall():
        ours[number, day].append((kind, _joined(before, "; ") + ">" + _joined(after, "; ")))
    found = Types()
    theirs = connection.sql(
        "select application_no, gazette_date, type, before, after from t.truth.transfer_types "
        "where is_repeat = '0' and decidable = '1' and (type <> 'correction' or before <> '') "
        "order by all"
    ).fetchall()
    for number, day, kind, before, after in theirs:
        # What is printed twice under two names, or of one kind only, leaves no choice.
        able = ours.get((number, day), [])
        wanted = _joined(before, "|") + ">" + _joined(after, "|")
        best = sorted(
            range(len(able)), key=lambda k: (able[k][1] != wanted, able[k][0] != kind)
        )[:1]  # fmt: skip
        found.confusion[kind, able.pop(best[0])[0] if best else "not found"] += 1
    for kind in sorted({true for true, _ in found.confusion}):
        right = found.confusion[kind, kind]
        n_true = sum(n for (true, _), n in found.confusion.items() if true == kind)
        n_said = sum(n for (_, said), n in found.confusion.items() if said == kind)
        precision, recall = right / max(n_said, 1), right / n_true
        f1 = 2 * precision * recall / max(precision + recall, 1e-12)
        found.scores[kind] = (precision, recall, f1, n_true)
    return found


def _joined(names: str | None, separator: str) -> str:
    # Names of persons are keyed in what is published: only their number can be compared.
    parts = [plain(name) for name in (names or "").split(separator) if name]
    return "|".join(sorted(p for p in parts if len(p) > 5 and not p.startswith("keyed:")))


@dataclass(frozen=True, slots=True)
class Clusters:
    """Pairs of names of organisations that are joined, against those that should be."""

    precision: float
    recall_decidable: float
    recall_all: float
    n_joined: int
    n_decidable: int
    n_true: int
    n_names: int
    n_unpublished: int


def clusters(connection: duckdb.DuckDBPyConnection) -> Clusters:
    """Compare the entities of organisations pairwise."""
    entity = {
        plain(name): entity_id for name, entity_id in connection.sql(
            "select published_name, entity_id from marts.dim_applicants "
            "where published_name is not null and entity_id is not null"
        ).fetchall()
    }  # fmt: skip
    organisation: dict[str, set[str]] = defaultdict(set)
    decidable: dict[str, set[str]] = defaultdict(set)
    for name, true_id, decidable_id in connection.sql(
        "select name, organisation_id, decidable_id from t.truth.organisations "
        "where form <> 'glued'"
    ).fetchall():
        organisation[plain(name)].add(true_id)
        decidable[plain(name)].add(decidable_id)
    # A printed name of two organisations belongs to both: no pair with it can be wrong for sure.
    # A name that only a document has whose list was not taken is no applicant of what is published.
    names = {name for name, ids in organisation.items() if len(ids) == 1 and name in entity}
    joined = _pairs({name: entity[name] for name in names})
    true = _pairs({name: next(iter(organisation[name])) for name in names})
    known = _pairs(
        {name: next(iter(decidable[name])) for name in names if len(decidable[name]) == 1}
    )
    right = joined & true
    return Clusters(
        precision=len(right) / max(len(joined), 1),
        recall_decidable=len(known & joined) / max(len(known), 1),
        recall_all=len(right) / max(len(true), 1),
        n_joined=len(joined),
        n_decidable=len(known),
        n_true=len(true),
        n_names=len(names),
        n_unpublished=len(organisation.keys() - entity.keys()),
    )


def _pairs(group_of: dict[str, str]) -> set[tuple[str, str]]:
    members: dict[str, list[str]] = defaultdict(list)
    for name in sorted(group_of):
        members[group_of[name]].append(name)
    return {
        (a, b) for names in members.values() for k, a in enumerate(names) for b in names[k + 1 :]
    }


@dataclass(frozen=True, slots=True)
class Located:
    """Shares of applicants that sit in a city and are put there."""

    first_right: float
    first_wrong: float
    others_right: float
    others_wrong: float
    decidable_right: float
    n_first: int
    n_others: int


LOCATED = """
with ours as (
    select p.publication_no, a.applicant_seq, a.adcode
    from marts.fct_application_applicants as a
    inner join marts.fct_publications as p using (publication_id)
), theirs as (
    select publication_no, applicant_seq::integer as applicant_seq,
        any_value(node_code) as node_code, min(decidable) as decidable
    from t.truth.applicants
    group by all having count(*) = 1
), judged as (
    select t.applicant_seq = 1 as is_first, t.decidable = '1' as is_decidable,
        coalesce(o.adcode = t.node_code, false) as is_right,
        coalesce(o.adcode <> t.node_code, false) as is_wrong
    from theirs as t inner join ours as o using (publication_no, applicant_seq)
    where t.node_code is not null
)
select
    avg(is_right::integer) filter (is_first), avg(is_wrong::integer) filter (is_first),
    avg(is_right::integer) filter (not is_first), avg(is_wrong::integer) filter (not is_first),
    avg(is_right::integer) filter (not is_first and is_decidable),
    count(*) filter (is_first), count(*) filter (not is_first)
from judged
"""


def located(connection: duckdb.DuckDBPyConnection) -> Located:
    """Compare the cities of all applicants of the documents whose lists were taken."""
    return Located(*one(connection, LOCATED))


PANEL = """
with ours as (
    unpivot (
        select adcode, year, rsi::double as rsi, extensive::double as extensive,
            gpatent::double as gpatent, gtr::double as gtr,
            copatent_degree::double as copatent_degree,
            transfer_out_degree::double as transfer_out_degree,
            transfer_in_degree::double as transfer_in_degree
        from marts.fct_node_years
    ) on columns(* exclude (adcode, year)) into name column_name value value
), judged as (
    select t.column_name, t.adcode, t.year::integer as year, t.value::double as true_value,
        o.value, t.decidable = '1' as is_decidable, t.why,
        abs(coalesce(o.value, -1) - t.value::double) <= 1e-9 as is_right
    from t.truth.panel_decidable as t
    left join ours as o
        on t.adcode = o.adcode and t.year::integer = o.year and t.column_name = o.column_name
)
"""


@dataclass(frozen=True, slots=True)
class Cells:
    """Cells of one column of the panel."""

    column: str
    n: int
    n_decidable: int
    n_decidable_with_value: int
    n_decidable_wrong: int
    n_right: int


def panel_cells(connection: duckdb.DuckDBPyConnection) -> list[Cells]:
    """Compare every cell of the panel, column by column."""
    rows = connection.sql(
        PANEL + "select column_name, count(*), count(*) filter (is_decidable), "
        "count(*) filter (is_decidable and true_value > 0), "
        "count(*) filter (is_decidable and not is_right), count(*) filter (is_right) "
        "from judged group by all order by all"
    ).fetchall()
    return [Cells(*row) for row in rows]


def wrong_decidable_cells(connection: duckdb.DuckDBPyConnection) -> list[tuple[Any, ...]]:
    """Return the cells that the records decide and that are not as they should be."""
    return connection.sql(
        PANEL + "select column_name, adcode, year, true_value, value from judged "
        "where is_decidable and not is_right order by all"
    ).fetchall()


OWNERS = """
with ours as (
    select replace(a.application_no, '.', '') as application_no, o.valid_from, o.valid_to,
        list_sort(list(round(o.numerator::double / o.denominator::double, 9))) as shares
    from marts.fct_patent_owners as o
    inner join marts.fct_applications as a using (application_id)
    group by all
), theirs_days as (
    select distinct application_no, valid_from as day from t.truth.owners
), theirs as (
    select d.application_no, d.day::date as day,
        list_sort(list(round(o.numerator::double / o.denominator::double, 9))) as shares,
        min(o.decidable) = '1' as is_decidable
    from theirs_days as d
    inner join t.truth.owners as o
        on d.application_no = o.application_no and o.valid_from <= d.day
        and (o.valid_to is null or o.valid_to > d.day)
    group by all
), changed as (
    select application_no from theirs group by all having count(*) > 1
)
select
    avg((o.shares is not distinct from t.shares)::integer) filter (t.is_decidable), count(*),
    count(*) filter (t.is_decidable and o.shares is distinct from t.shares)
from theirs as t
left join ours as o
    on t.application_no = o.application_no and o.valid_from <= t.day
    and (o.valid_to is null or o.valid_to > t.day)
where t.application_no in (select application_no from changed)
"""


def owner_shares(connection: duckdb.DuckDBPyConnection) -> tuple[float, int, int]:
    """Return the share of right states of rights that changed hands, their number, wrong ones."""
    share, n, wrong = one(connection, OWNERS)
    return float(share), int(n), int(wrong)


def as_table(header: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    """Return rows as a Markdown table."""
    lines = [list(header), *([str(cell) for cell in row] for row in rows)]
    text = [f"| {' | '.join(line)} |" for line in lines]
    text.insert(1, "|" + "---|" * len(lines[0]))
    return "\n".join(text)
