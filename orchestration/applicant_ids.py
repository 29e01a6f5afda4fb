"""What became of the ids of applicants from one release to the next.

An ``applicant_id`` is made from a name and never means another one; an entity bears the id of one
of its names and means for ever the organisation that this name belongs to. More records may show
that two organisations are one, or that one is two: then ids lead elsewhere, and every release
keeps the log of all such changes in ``meta.applicant_id_changes``. It compares releases, so two
releases of the same data may differ in it, and it has no fingerprint.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

COLUMNS: tuple[tuple[str, str, str], ...] = (
    ("change_no", "bigint", "Number of the change (序号), from 1, through all releases."),
    ("build_id", "varchar", "Build whose release showed it first, `meta.builds`."),
    ("applicant_id", "varchar", "Id that leads elsewhere, `marts.dim_applicants`."),
    (
        "change",
        "varchar",
        "merged (its organisation was joined with another), split (it was taken out of one), "
        "regrouped (both), renumbered (same organisation, whose id is now that of another of its "
        "names), withdrawn (no record names it any more), returned.",
    ),
    ("entity_id_before", "varchar", "Entity it led to in the release before; empty for returned."),
    (
        "entity_id_after",
        "varchar",
        "Entity it leads to now; of a withdrawn id that of the names it was one with, empty "
        "when none of them is left.",
    ),
)

Change = tuple[str, str, str | None, str | None]
"""Id, kind of change, entity before, entity after."""


def id_changes(
    before: Mapping[str, str], after: Mapping[str, str], gone: Mapping[str, str | None]
) -> list[Change]:
    """Compare two releases.

    Parameters
    ----------
    before, after : mapping of str to str
        Entity of every id in the release before and in this one.
    gone : mapping of str to str or None
        Ids withdrawn earlier and not returned since, with the entity they led to last.

    Returns
    -------
    list of tuple
        Sorted by id; ids that lead where they led are not in it, nor are new ones.
    """
    members_before = _members(before)
    members_after = _members(after)
    changes: list[Change] = []
    for applicant, entity in sorted(before.items()):
        now = after.get(applicant)
        company = {other for other in members_before[entity] if other in after}
        if now is None:
            led_to = {after[other] for other in company}
            # where its old company was split, nobody can say whose it would be
            changes.append(
                (applicant, "withdrawn", entity, led_to.pop() if len(led_to) == 1 else None)
            )
        elif now != entity:
            later = {other for other in members_after[now] if other in before}
            if later == company:
                kind = "renumbered"
            elif later > company:
                kind = "merged"
            elif later < company:
                kind = "split"
            else:
                kind = "regrouped"
            changes.append((applicant, kind, entity, now))
    for applicant in sorted(gone.keys() & after.keys()):
        changes.append((applicant, "returned", None, after[applicant]))
    return sorted(changes)


def resolve(
    applicant: str, current: Mapping[str, str], log: Mapping[str, str | None]
) -> str | None:
    """Return the entity that an id of any release leads to now, None when nothing of it is left.

    Parameters
    ----------
    current : mapping of str to str
        Entity of every id of this release.
    log : mapping of str to str or None
        ``entity_id_after`` of the last change of every id in ``meta.applicant_id_changes``.
    """
    seen: set[str] = set()
    at: str | None = applicant
    while at is not None and at not in current:
        if at in seen:
            return None
        seen.add(at)
        at = log.get(at)
    return None if at is None else current[at]


def _members(entities: Mapping[str, str]) -> dict[str, set[str]]:
    members: dict[str, set[str]] = defaultdict(set)
    for applicant, entity in entities.items():
        members[entity].add(applicant)
    return members


def write_id_changes(
    connection: DuckDBPyConnection, build_id: str, *, new: str, old: str | None
) -> int:
    """Create ``meta.applicant_id_changes`` of a release that is being made.

    Parameters
    ----------
    connection : DuckDBPyConnection
        Writable connection with a schema ``meta``.
    new, old : str
        Names of the databases of this release and, when there is one, of the release before.

    Returns
    -------
    int
        Changes in all.
    """
    kinds = ", ".join(f"{name} {kind}" for name, kind, _ in COLUMNS)
    connection.execute(
        f'create table "{new}".meta.applicant_id_changes ({kinds}, primary key (change_no))'
    )
    names = ", ".join(name for name, _, _ in COLUMNS)
    told: list[tuple[int, str, str, str, str | None, str | None]] = []
    if old is not None and _has(connection, old, "meta", "applicant_id_changes"):
        told = connection.execute(
            f'select {names} from "{old}".meta.applicant_id_changes order by change_no'
        ).fetchall()
    if old is not None and _has_entities(connection, old) and _has_entities(connection, new):
        last = {applicant: (change, after) for _, _, applicant, change, _, after in told}
        gone = {a: after for a, (change, after) in last.items() if change == "withdrawn"}
        changes = id_changes(*_affected(connection, old, new, set(gone)), gone)
        told += [
            (number, build_id, *change) for number, change in enumerate(changes, len(told) + 1)
        ]
    if told:
        connection.executemany(
            f'insert into "{new}".meta.applicant_id_changes values (?, ?, ?, ?, ?, ?)',
            [list(row) for row in told],
        )
    return len(told)


def _affected(
    connection: DuckDBPyConnection, old: str, new: str, gone: set[str]
) -> tuple[dict[str, str], dict[str, str]]:
    """Entities before and after, of the groups alone in which anything changed."""
    connection.execute(
        f"""
        create or replace temp table touched as
        with moved as (
            select o.entity_id as before_id, n.entity_id as after_id
            from "{old}".marts.dim_applicants as o
            left join "{new}".marts.dim_applicants as n on o.applicant_id = n.applicant_id
            where n.entity_id is distinct from o.entity_id
        ),
        company as (
            select o.applicant_id from "{old}".marts.dim_applicants as o
            where o.entity_id in (select m.before_id from moved as m)
        ),
        later as (
            select n.entity_id from "{new}".marts.dim_applicants as n
            where n.applicant_id in (select c.applicant_id from company as c)
        )
        select c.applicant_id from company as c
        union
        select n.applicant_id from "{new}".marts.dim_applicants as n
        where n.entity_id in (select l.entity_id from later as l)
        """
    )
    if gone:
        connection.executemany("insert into touched values (?)", [[name] for name in sorted(gone)])
    before, after = (
        dict(
            connection.execute(
                f'select d.applicant_id, d.entity_id from "{database}".marts.dim_applicants as d '
                "where d.applicant_id in (select t.applicant_id from touched as t)"
            ).fetchall()
        )
        for database in (old, new)
    )
    connection.execute("drop table touched")
    return before, after


def _has(connection: DuckDBPyConnection, database: str, schema: str, table: str) -> bool:
    return bool(
        connection.execute(
            "select 1 from duckdb_tables() where database_name = ? and schema_name = ? "
            "and table_name = ?",
            [database, schema, table],
        ).fetchall()
    )


def _has_entities(connection: DuckDBPyConnection, database: str) -> bool:
    return bool(
        connection.execute(
            "select 1 from duckdb_columns() where database_name = ? and schema_name = 'marts' "
            "and table_name = 'dim_applicants' and column_name = 'entity_id'",
            [database],
        ).fetchall()
    )
