"""Why a cell of the panel differs between two builds: each explained, with amounts that add up.

Two published databases are compared. Counts of patents and events are followed through
``marts.fct_cell_applications`` to the patents that came, went or changed, and from there to what
happened to these: a new record, a correction, a withdrawal, another name of an applicant, another
place, another tag. What no record explains is explained by what differs between the builds as
wholes: settings, boundaries, inventory, other seeds, code.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from orchestration.raw import landing_columns

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

CAUSES: dict[str, str] = {
    "new_record": "a record, event or table that the older build did not know",
    "correction": "a record or event whose content changed",
    "withdrawal": "a record, event or table that the newer build does not know",
    "rename": "a name of an applicant belongs to another organisation than before",
    "event_type": "an event is of another type or year than before",
    "inventory_edition": "the patent is tagged by another list or edition of the inventory",
    "boundary": "an applicant is in another place, by changed tables of places and boundaries",
    "location": "an applicant is in another place, by a rule or by evidence of other records",
    "settings": "the method settings differ",
    "seed": "another table of the project differs",
    "code": "code or packages differ",
    "unexplained": "nothing that differs between the builds explains it",
}
"""Causes of a changed cell, the first that applies counts, and what they mean."""

COLUMNS: dict[str, tuple[str, str]] = {
    "adcode": ("varchar not null", "City (行政区划代码)."),
    "year": ("integer not null", "Calendar year."),
    "column_name": (
        "varchar not null",
        "Column of `marts.fct_city_years`; row for the cell's row.",
    ),
    "old_value": ("varchar", "Value in the older build; null when missing or absent."),
    "new_value": ("varchar", "Value in the newer build; null when missing or absent."),
    "difference": ("double", "New less old; null when one of them is no number."),
    "cause": ("varchar not null", "Cause (变动原因), docs/revisions.md."),
    "amount": ("double", "Part of the difference due to this cause, where causes add up."),
    "n_links": ("bigint", "Patents, events or months behind it (count)."),
    "detail": ("varchar", "Some of them, or what differs."),
}
"""Columns of a revision table, their types and comments. **Grain:** cell and cause."""

_KEY = ("adcode", "year", "column_name", "cause")
_MAX_NAMED = 3
_NOT_CELLS = {"adcode", "year", "settings_hash"}
# Columns that count links of `marts.fct_cell_applications`: variables behind them. The first group
# is counted as it stands, so that causes add up to the difference.
_ADDITIVE = {"rsi", "extensive", "gpatent", "gtr", "n_joint_applications"}
_LINKED: dict[str, tuple[str, ...]] = {
    **{name: (name,) for name in sorted(_ADDITIVE)},
    "intensive": ("rsi", "extensive"),
    "copatent_degree": ("extensive",),
    "transfer_out_degree": ("transfer_out_degree",),
    "transfer_in_degree": ("transfer_in_degree",),
}
# Columns that depend on every tie of the year.
_OF_THE_NETWORK: dict[str, tuple[str, ...]] = {
    "copatent_betweenness": ("extensive",),
    "n_active_copatent": ("extensive",),
    "transfer_betweenness": ("transfer_out_degree",),
    "n_active_transfer": ("transfer_out_degree",),
}
_YEARBOOKS = ("citystat_city_years", "imported_yearbook_values")
_PROVINCES = ("citystat_province_years", "imported_yearbook_values")
_POLICIES = (*_PROVINCES, "policy_documents", "imported_policy_documents")
_GAZETTES = ("sipo_patents", "sipo_assignments", "gazette_csv", "imported_publications")
# Columns that are read from tables, and whether only the tables of the cell's own year count.
_SOURCES: dict[str, tuple[tuple[str, ...], bool]] = {
    "dige": (_YEARBOOKS, False), "er": (_YEARBOOKS, False), "er_clipped": (_YEARBOOKS, False),
    "ln_pgdp": (_YEARBOOKS, True), "ins": (_YEARBOOKS, True), "fin": (_YEARBOOKS, True),
    "ln_fdi": (_YEARBOOKS, True), "ln_tech": (_PROVINCES, True), "qrate": (_PROVINCES, True),
    "zts": (_POLICIES, True), "gjs": (_POLICIES, True), "rps": (_POLICIES, True),
    "is_policy_gap": (_POLICIES, True), "n_months_landed": (_GAZETTES, True),
    "is_grant_truncated": (_GAZETTES, False),
}  # fmt: skip
_PUBLICATIONS = {
    "sipo_patents": "publication_no",
    "gazette_csv": "publication_no",
    "imported_publications": "publication_no",
}
_POINTERS = ("source_file", "source_row", "raw_pointer")
# Seeds and tables of a user that say what lies where.
_PLACES = {
    "prefectures", "divisions", "province_administered_units", "aliases", "place_abbreviations",
    "postcode_prefixes", "county_stems_in_names", "foreign_places", "city_table", "units_table",
    "alias_table",
}  # fmt: skip
_INVENTORIES = {
    "ipc_green_inventory", "ipc_green_inventory_legacy", "ipc_green_inventory_successors",
    "ipc_hierarchy_gaps", "ipc_subclasses", "inventory_table",
}  # fmt: skip
_KNOWLEDGE_SETTINGS = {"as_of", "as_of_basis"}  # they change what is known, not how it is counted


class RevisionError(RuntimeError):
    """Two databases that cannot be compared."""


@dataclass(slots=True)
class Differences:
    """What differs between two builds as wholes."""

    settings: list[str] = field(default_factory=list)
    places: list[str] = field(default_factory=list)
    inventories: list[str] = field(default_factory=list)
    seeds: list[str] = field(default_factory=list)
    code: list[str] = field(default_factory=list)
    months: dict[str, list[str]] = field(default_factory=dict)  # cause -> table YYYY-MM

    def reasons(self) -> list[tuple[str, str]]:
        """Causes that can be behind anything, with what differs, the likeliest first."""
        found = [
            ("settings", self.settings),
            ("boundary", self.places),
            ("inventory_edition", self.inventories),
            ("seed", self.seeds),
            ("code", self.code),
            *((cause, self.months[cause]) for cause in CAUSES if cause in self.months),
        ]
        return [(cause, _some(names)) for cause, names in found if names]


def write_revisions(
    connection: DuckDBPyConnection,
    *,
    old: str,
    new: str,
    landing_dir: Path | None,
    table: str,
) -> None:
    """Explain every changed cell of ``marts.fct_city_years`` and store the rows.

    Parameters
    ----------
    connection : DuckDBPyConnection
        Has both databases attached.
    old, new : str
        Names under which they are attached.
    landing_dir : Path or None
        Landing folder of the newer build; superseded files in it show which records were
        corrected. Without it a correction that changes neither number, title nor date is taken for
        what it did: another place, another tag.
    table : str
        Table to create, with schema; columns :data:`COLUMNS`.

    Raises
    ------
    RevisionError
        If one of them is no release of greenties.
    """
    for side in (old, new):
        missing = {"fct_city_years", "fct_landed_months"} - set(_tables(connection, side, "marts"))
        if missing:
            raise RevisionError(
                f"{side} has no table marts.{min(missing)}: no release of greenties"
            )
    _store_cells(connection, old, new)
    differences = _differences(connection, old, new)
    with_links = all(
        "fct_cell_applications" in _tables(connection, side, "marts") for side in (old, new)
    )
    _store_unit_causes(
        connection,
        old,
        new,
        differences,
        landing_dir if with_links else None,
        with_links=with_links,
    )
    _store_table_causes(connection, old, new)
    _store_targets(connection)
    reasons = differences.reasons() or [("unexplained", "")]
    _explain(connection, reasons[0], table)


def create_table(connection: DuckDBPyConnection, table: str) -> None:
    """Create an empty revision table, unless it is there."""
    columns = ", ".join(f"{name} {kind}" for name, (kind, _) in COLUMNS.items())
    connection.execute(
        f"create table if not exists {table} ({columns}, primary key ({', '.join(_KEY)}))"
    )


def _store_cells(connection: DuckDBPyConnection, old: str, new: str) -> None:
    """``changed``: cells whose text differs, floats at nine significant digits."""
    for side, name in ((old, "cells_old"), (new, "cells_new")):
        described = connection.execute(f"describe {side}.marts.fct_city_years").fetchall()
        columns = {str(c): str(kind) for c, kind, *_ in described if c not in _NOT_CELLS}
        texts = ", ".join(
            f"format('{{:.9g}}', {c}) as {c}" if kind in {"DOUBLE", "FLOAT"}
            else f"rtrim(rtrim(cast({c} as varchar), '0'), '.') as {c}" if "DECIMAL" in kind
            else f"cast({c} as varchar) as {c}"
            for c, kind in columns.items()
        )  # fmt: skip
        connection.execute(
            f"create or replace temp table {name} as "
            f"unpivot (select adcode, year, 'present' as row, {texts} "
            f"from {side}.marts.fct_city_years) "
            f"on row, {', '.join(columns)} into name column_name value value"
        )
    connection.execute(
        """
        create or replace temp table changed as
        select
            coalesce(o.adcode, n.adcode) as adcode,
            cast(coalesce(o.year, n.year) as integer) as year,
            coalesce(o.column_name, n.column_name) as column_name,
            o.value as old_value,
            n.value as new_value,
            try_cast(n.value as double) - try_cast(o.value as double) as difference
        from cells_old as o
        full join cells_new as n
            on o.adcode = n.adcode and o.year = n.year and o.column_name = n.column_name
        where o.value is distinct from n.value
        """
    )


def _differences(connection: DuckDBPyConnection, old: str, new: str) -> Differences:
    found = Differences()
    found.settings = [
        str(name)
        for (name,) in connection.execute(
            f"select coalesce(o.name, n.name) as name from {old}.meta.method_settings as o "
            f"full join {new}.meta.method_settings as n on o.name = n.name "
            "where o.value is distinct from n.value order by 1"
        ).fetchall()
        if name not in _KNOWLEDGE_SETTINGS
    ]
    both = all("build_parts" in _tables(connection, side, "meta") for side in (old, new))
    if both:
        parts = connection.execute(
            "select coalesce(o.part_kind, n.part_kind), coalesce(o.part_name, n.part_name) "
            f"from {old}.meta.build_parts as o full join {new}.meta.build_parts as n "
            "on o.part_kind = n.part_kind and o.part_name = n.part_name "
            "where o.part_hash is distinct from n.part_hash order by 1, 2"
        ).fetchall()
        for kind, name in parts:
            if kind == "seed" and name in _PLACES:
                found.places.append(str(name))
            elif kind == "seed" and name in _INVENTORIES:
                found.inventories.append(str(name))
            elif kind == "seed":
                found.seeds.append(str(name))
            else:
                found.code.append(str(name))
    found.code += _whole_hashes(connection, old, new, named=bool(both))
    for cause, names in _changed_months(connection, old, new).items():
        found.months[cause] = names
    return found


def _whole_hashes(connection: DuckDBPyConnection, old: str, new: str, *, named: bool) -> list[str]:
    """Hashes of a build as a whole that differ; a release may not say which part it was."""
    columns = ["greenties_version", "python_version", "package_versions", "person_key"]
    if not named:
        columns = ["dbt_hash", "code_hash", *columns]
    rows = [
        connection.execute(f"select {', '.join(columns)} from {side}.meta.builds").fetchone()
        for side in (old, new)
    ]
    before, after = rows
    if before is None or after is None:
        return []
    return [c for c, a, b in zip(columns, before, after, strict=True) if a != b]


def _changed_months(connection: DuckDBPyConnection, old: str, new: str) -> dict[str, list[str]]:
    connection.execute(
        f"""
        create or replace temp table months_changed as
        select
            coalesce(n.table_name, o.table_name) as table_name,
            coalesce(n.landing_month, o.landing_month) as landing_month,
            o.content_id as old_content,
            n.content_id as new_content,
            case
                when o.content_id is null or o.content_id like '%@%' then 'new_record'
                when n.content_id is null or n.content_id like '%@%' then 'withdrawal'
                else 'correction'
            end as cause
        from {old}.marts.fct_landed_months as o
        full join {new}.marts.fct_landed_months as n
            on o.table_name = n.table_name and o.landing_month = n.landing_month
        where o.content_id is distinct from n.content_id
        """
    )
    found: dict[str, list[str]] = {}
    for cause, name in connection.execute(
        "select cause, table_name || ' ' || strftime(landing_month, '%Y-%m') from months_changed "
        "order by 1, 2"
    ).fetchall():
        found.setdefault(str(cause), []).append(str(name))
    return found


def _store_unit_causes(
    connection: DuckDBPyConnection,
    old: str,
    new: str,
    differences: Differences,
    landing_dir: Path | None,
    *,
    with_links: bool,
) -> None:
    """``unit_causes``: every unit that a variable counts once and that changed, with its cause."""
    if not with_links:
        connection.execute(
            "create or replace temp table unit_causes (variable varchar, adcode varchar, "
            "year integer, amount double, cause varchar, detail varchar)"
        )
        return
    unit = (
        "case when variable in ('extensive', 'transfer_out_degree', 'transfer_in_degree') "
        "then other_city when variable = 'gtr' then application_id || '|' || other_city "
        "else application_id end"
    )
    for side, name in ((old, "links_old"), (new, "links_new")):
        connection.execute(
            f"create or replace temp table {name} as select link_id, variable, adcode, "
            f"cast(year as integer) as year, {unit} as unit, other_city, application_id, "
            f"assignment_id, weight from {side}.marts.fct_cell_applications"
        )
    connection.execute(
        """
        create or replace temp table link_changes as
        select
            coalesce(o.variable, n.variable) as variable,
            coalesce(o.adcode, n.adcode) as adcode,
            coalesce(o.year, n.year) as year,
            coalesce(o.unit, n.unit) as unit,
            coalesce(o.application_id, n.application_id) as application_id,
            coalesce(o.assignment_id, n.assignment_id) as assignment_id,
            coalesce(n.weight, 0) - coalesce(o.weight, 0) as change,
            o.link_id is null or n.link_id is null as is_come_or_gone
        from links_old as o
        full join links_new as n on o.link_id = n.link_id
        where o.weight is distinct from n.weight or o.link_id is null or n.link_id is null
        """
    )
    # What is counted once may move from one link to another without any change of the count.
    connection.execute(
        """
        create or replace temp table units_changed as
        select c.variable, c.adcode, c.year, c.unit, cast(sum(c.change) as double) as amount
        from link_changes as c
        group by c.variable, c.adcode, c.year, c.unit
        having sum(c.change) <> 0
        """
    )
    connection.execute(
        """
        create or replace temp table suspects as
        select distinct c.application_id, c.assignment_id
        from link_changes as c
        inner join units_changed as u
            on c.variable = u.variable and c.adcode = u.adcode and c.year = u.year
            and c.unit = u.unit
        """
    )
    _store_application_causes(connection, old, new, differences, landing_dir)
    _store_event_causes(connection, old, new, differences)
    order = "case cause " + " ".join(
        f"when '{cause}' then {rank}" for rank, cause in enumerate(CAUSES)
    ) + " end"  # fmt: skip
    connection.execute(
        f"""
        create or replace temp table unit_causes as
        with told as (
            select c.variable, c.adcode, c.year, c.unit, a.cause, a.detail, c.is_come_or_gone
            from link_changes as c
            inner join application_causes as a on c.application_id = a.application_id
            union all
            select c.variable, c.adcode, c.year, c.unit, e.cause, e.detail, c.is_come_or_gone
            from link_changes as c
            inner join event_causes as e on c.assignment_id = e.assignment_id
        ),
        ranked as (
            select t.*, row_number() over (
                partition by t.variable, t.adcode, t.year, t.unit
                order by t.is_come_or_gone desc, {order}, t.detail
            ) as place
            from told as t
        )
        select u.variable, u.adcode, u.year, u.amount, r.cause, r.detail
        from units_changed as u
        left join ranked as r
            on u.variable = r.variable and u.adcode = r.adcode and u.year = r.year
            and u.unit = r.unit and r.place = 1
        """
    )


def _store_application_causes(
    connection: DuckDBPyConnection,
    old: str,
    new: str,
    differences: Differences,
    landing_dir: Path | None,
) -> None:
    """``application_causes``: what happened to the patents behind changed links."""
    connection.execute("create or replace temp table found (application_id varchar, cause varchar, "
                       "detail varchar)")  # fmt: skip
    publications = "(select p.publication_id, p.application_id, p.publication_no, p.title, " \
        "p.filing_date, p.publication_date, p.n_applicants, p.source_table, p.source_file, " \
        "p.source_row, p.raw_pointer from {side}.marts.fct_publications as p " \
        "where p.application_id in (select s.application_id from suspects as s))"  # fmt: skip
    for side, name in ((old, "publications_old"), (new, "publications_new")):
        source = publications.format(side=side)
        connection.execute(f"create or replace temp table {name} as from {source}")
    connection.execute(
        """
        insert into found
        select coalesce(n.application_id, o.application_id), case
            when o.publication_id is null then 'new_record'
            when n.publication_id is null then 'withdrawal'
            else 'correction'
        end, coalesce(n.publication_no, o.publication_no)
        from publications_old as o
        full join publications_new as n on o.publication_id = n.publication_id
        where o.publication_id is null or n.publication_id is null
            or o.title is distinct from n.title or o.filing_date is distinct from n.filing_date
            or o.publication_date is distinct from n.publication_date
            or o.n_applicants is distinct from n.n_applicants
            or o.application_id <> n.application_id
        """
    )
    if landing_dir is not None:
        _find_corrections(connection, landing_dir)
    for other in (old, new):
        _require(connection, other, "fct_application_applicants")
    entity = all(
        "entity_id" in _columns(connection, side, "fct_application_applicants")
        for side in (old, new)
    )
    organisation = "entity_id" if entity else "applicant_id"
    connection.execute(
        f"""
        create or replace temp table applicants_changed as
        with o as (
            select a.* from {old}.marts.fct_application_applicants as a
            where a.application_id in (select s.application_id from suspects as s)
        ),
        n as (
            select a.* from {new}.marts.fct_application_applicants as a
            where a.application_id in (select s.application_id from suspects as s)
        )
        select
            n.application_id,
            o.{organisation} is distinct from n.{organisation} as is_renamed,
            o.adcode is distinct from n.adcode or o.confidence is distinct from n.confidence
                as is_moved,
            n.publication_id || ', applicant ' || n.applicant_seq || ': '
            || coalesce(o.adcode, '?') || ' by ' || coalesce(o.city_rule, o.reason, 'no rule')
            || ', then ' || coalesce(n.adcode, '?')
            || ' by ' || coalesce(n.city_rule, n.reason, 'no rule')
                as detail
        from o
        inner join n on o.application_id = n.application_id and o.applicant_seq = n.applicant_seq
        """
    )
    place = "boundary" if differences.places else "location"
    named = _some(differences.places)
    connection.execute(
        """
        insert into found
        select a.application_id, case when a.is_moved then ? else 'rename' end,
            if(a.is_moved and ? <> '', ? || '; ', '') || a.detail
        from applicants_changed as a where a.is_moved or a.is_renamed
        """,
        [place, named, named],
    )
    tagged = _blame_for_tags(differences)
    connection.execute(
        f"""
        insert into found
        select n.application_id, ?, ?
        from {old}.marts.fct_applications as o
        inner join {new}.marts.fct_applications as n on o.application_id = n.application_id
        where o.is_green is distinct from n.is_green
            and n.application_id in (select s.application_id from suspects as s)
        """,
        list(tagged),
    )
    _keep_first(connection, "found", "application_id", "application_causes")


def _blame_for_tags(differences: Differences) -> tuple[str, str]:
    """Why a patent whose record did not change is tagged otherwise."""
    edition = [name for name in differences.settings if name == "inventory_edition"]
    if edition or differences.inventories:
        return "inventory_edition", _some([*edition, *differences.inventories])
    reasons = [r for r in differences.reasons() if r[0] in {"settings", "seed", "code"}]
    return reasons[0] if reasons else ("unexplained", "")


def _store_event_causes(
    connection: DuckDBPyConnection, old: str, new: str, differences: Differences
) -> None:
    """``event_causes``: the same for events."""
    for side, name in ((old, "events_old"), (new, "events_new")):
        connection.execute(
            f"create or replace temp table {name} as select e.assignment_id, e.application_id, "
            "e.application_no, e.gazette_date, e.transfer_type, e.year, e.is_granted_at_event, "
            "e.before_cities, e.after_cities, "
            "e.application_no || ', ' || coalesce(cast(e.gazette_date as varchar), '?') as detail "
            f"from {side}.marts.fct_assignments as e where e.application_id in "
            "(select s.application_id from suspects as s where s.assignment_id is not null)"
        )
    place = "boundary" if differences.places else "location"
    connection.execute(
        """
        create or replace temp table found as
        -- an event that changed has another id; the same patent and gazette day tell the two
        select n.assignment_id, case
            when exists (
                select 1 from events_old as x
                where x.application_id = n.application_id
                    and x.gazette_date is not distinct from n.gazette_date
                    and x.assignment_id not in (select y.assignment_id from events_new as y)
            ) then 'correction' else 'new_record' end as cause, n.detail
        from events_new as n
        where n.assignment_id not in (select o.assignment_id from events_old as o)
        union all
        select o.assignment_id, case
            when exists (
                select 1 from events_new as x
                where x.application_id = o.application_id
                    and x.gazette_date is not distinct from o.gazette_date
                    and x.assignment_id not in (select y.assignment_id from events_old as y)
            ) then 'correction' else 'withdrawal' end as cause, o.detail
        from events_old as o
        where o.assignment_id not in (select n.assignment_id from events_new as n)
        union all
        select n.assignment_id, case
            when o.transfer_type <> n.transfer_type or o.year is distinct from n.year
                or o.is_granted_at_event is distinct from n.is_granted_at_event then 'event_type'
            else ? end as cause,
            n.detail || ': ' || o.transfer_type || ' ' || coalesce(cast(o.year as varchar), '?')
            || ', then ' || n.transfer_type || ' ' || coalesce(cast(n.year as varchar), '?')
        from events_old as o
        inner join events_new as n on o.assignment_id = n.assignment_id
        where o.transfer_type <> n.transfer_type or o.year is distinct from n.year
            or o.is_granted_at_event is distinct from n.is_granted_at_event
            or o.before_cities is distinct from n.before_cities
            or o.after_cities is distinct from n.after_cities
        """,
        [place],
    )
    _keep_first(connection, "found", "assignment_id", "event_causes")


def _keep_first(connection: DuckDBPyConnection, source: str, key: str, target: str) -> None:
    order = "case f.cause " + " ".join(
        f"when '{cause}' then {rank}" for rank, cause in enumerate(CAUSES)
    ) + " end"  # fmt: skip
    connection.execute(
        f"create or replace temp table {target} as select r.{key}, r.cause, r.detail from ("
        f"select f.*, row_number() over (partition by f.{key} order by {order}, f.detail) as place "
        f"from {source} as f) as r where r.place = 1"
    )


def _find_corrections(connection: DuckDBPyConnection, landing_dir: Path) -> None:
    """Compare the rows of months whose content changed; superseded files stay in the landing."""
    months = connection.execute(
        "select table_name, landing_month, old_content, new_content from months_changed "
        "where old_content is not null and new_content is not null order by all"
    ).fetchall()
    for table, month, before, after in months:
        if table not in _PUBLICATIONS:
            continue
        folder = landing_dir / table / f"landing_month={month}"
        files = [folder / f"{str(content).split('@')[0]}.parquet" for content in (before, after)]
        if not all(path.is_file() for path in files) or files[0] == files[1]:
            continue
        kept = [c for c in landing_columns(table) if c not in _POINTERS]
        number = _PUBLICATIONS[table]
        sides = [
            f"(select {number} as number, md5(cast(row({', '.join(kept)}) as varchar)) as content, "
            f"source_file, source_row, raw_pointer from read_parquet({_literal(str(path))}, "
            "hive_partitioning = false))"
            for path in files
        ]
        connection.execute(
            f"""
            insert into found
            select distinct p.application_id, 'correction', p.publication_no
            from {sides[1]} as n
            inner join publications_new as p
                on p.source_table = ? and n.source_file = p.source_file
                and n.source_row = p.source_row and n.raw_pointer = p.raw_pointer
            where n.content not in (select o.content from {sides[0]} as o)
                and n.number in (select o.number from {sides[0]} as o)
            """,
            [table],
        )


def _store_table_causes(connection: DuckDBPyConnection, old: str, new: str) -> None:
    """``table_causes``: cells read from yearbooks and documents, by what was landed of them."""
    rows: list[tuple[str, str, bool]] = [
        (column, table, own) for column, (tables, own) in _SOURCES.items() for table in tables
    ]
    connection.execute(
        "create or replace temp table sources (column_name varchar, table_name varchar, "
        "is_own_year boolean)"
    )
    connection.executemany("insert into sources values (?, ?, ?)", rows)
    connection.execute(
        """
        create or replace temp table table_causes as
        select
            c.adcode, c.year, c.column_name, m.cause,
            count(*) as n_links,
            string_agg(m.table_name || ' ' || strftime(m.landing_month, '%Y-%m'), ', '
                order by m.table_name, m.landing_month) as detail
        from (
            select c.*, regexp_replace(c.column_name, '_lag1$', '') as base_column,
                if(c.column_name like '%\\_lag1' escape '\\', c.year - 1, c.year) as base_year
            from changed as c
        ) as c
        inner join sources as s on c.base_column = s.column_name
        inner join months_changed as m
            on s.table_name = m.table_name
            and (not s.is_own_year or year(m.landing_month) = c.base_year)
        group by c.adcode, c.year, c.column_name, m.cause
        """
    )


def _store_targets(connection: DuckDBPyConnection) -> None:
    """``targets``: which links stand behind a column."""
    connection.execute(
        "create or replace temp table targets (column_name varchar, variable varchar, "
        "years_back integer, is_whole_year boolean, is_additive boolean)"
    )
    rows: list[tuple[str, str, int, bool, bool]] = []
    for name, variables in {**_LINKED, **_OF_THE_NETWORK}.items():
        for variable in variables:
            whole = name in _OF_THE_NETWORK
            for column in (name, f"ln_{name}"):
                additive = column in _ADDITIVE
                rows.append((column, variable, 0, whole, additive))
                rows.append((f"{column}_lag1", variable, 1, whole, additive))
    connection.executemany("insert into targets values (?, ?, ?, ?, ?)", rows)


def _explain(connection: DuckDBPyConnection, rest: tuple[str, str], table: str) -> None:
    """Put causes together; what they leave of a difference is due to what differs as a whole."""
    create_table(connection, table)
    connection.execute(
        f"""
        insert into {table} by name
        with present as (
            select c.adcode, c.year from changed as c where c.column_name = 'row'
        ),
        -- A row that only one build has: its year was not landed, or another sample was asked for.
        years as (
            select distinct cast(o.year as integer) as year, 'old' as side from cells_old as o
            union all
            select distinct cast(n.year as integer) as year, 'new' as side from cells_new as n
        ),
        one_sided as (
            select y.year, if(bool_or(y.side = 'new'), 'new_record', 'withdrawal') as cause
            from years as y group by y.year having count(distinct y.side) = 1
        ),
        cells as (
            select
                c.*,
                coalesce(p.adcode is not null, false) as is_row_new,
                y.cause as row_cause,
                if(c.column_name like '%\\_lag1' escape '\\', z.cause, null) as past_cause
            from changed as c
            left join present as p on c.adcode = p.adcode and c.year = p.year
            left join one_sided as y on c.year = y.year
            left join one_sided as z on c.year - 1 = z.year
        ),
        own as (
            select
                c.adcode, c.year, c.column_name, coalesce(u.cause, $rest) as cause,
                sum(u.amount) as amount, bool_and(t.is_additive) as is_additive,
                count(*) as n_links,
                coalesce(
                    array_to_string(
                        list_slice(list_sort(list_distinct(list(u.detail))), 1, {_MAX_NAMED}), '; '
                    ), $rest_detail
                ) as detail
            from cells as c
            inner join targets as t on c.column_name = t.column_name
            inner join unit_causes as u
                on t.variable = u.variable and u.year = c.year - t.years_back
                and (t.is_whole_year or u.adcode = c.adcode)
            where not c.is_row_new
            group by c.adcode, c.year, c.column_name, coalesce(u.cause, $rest)
        ),
        told as (
            select c.adcode, c.year, c.column_name, c.row_cause as cause,
                cast(null as double) as amount, false as is_additive, 1 as n_links,
                'the year' as detail
            from cells as c where c.is_row_new and c.row_cause is not null
            union all
            select o.adcode, o.year, o.column_name, o.cause,
                if(o.is_additive, o.amount, null), o.is_additive, o.n_links, o.detail
            from own as o
            union all
            select t.adcode, t.year, t.column_name, t.cause, null, false, t.n_links,
                left(t.detail, 200)
            from table_causes as t
            inner join cells as c
                on t.adcode = c.adcode and t.year = c.year and t.column_name = c.column_name
            where not c.is_row_new
            union all
            select c.adcode, c.year, c.column_name, c.past_cause, null, false, 1, 'the year before'
            from cells as c where not c.is_row_new and c.past_cause is not null
        ),
        merged as (
            select t.adcode, t.year, t.column_name, t.cause, sum(t.amount) as amount,
                sum(t.n_links) as n_links, max(t.detail) as detail, bool_or(t.is_additive) as adds
            from told as t
            group by t.adcode, t.year, t.column_name, t.cause
        ),
        sums as (
            select m.adcode, m.year, m.column_name, sum(m.amount) as amount, bool_or(m.adds) as adds
            from merged as m group by m.adcode, m.year, m.column_name
        ),
        -- nothing told, or told less than the difference
        rests as (
            select c.adcode, c.year, c.column_name,
                if(coalesce(s.adds, false), coalesce(c.difference, 0) - s.amount, null) as amount
            from cells as c
            left join sums as s
                on c.adcode = s.adcode and c.year = s.year and c.column_name = s.column_name
            where s.adcode is null
                or (s.adds and abs(coalesce(c.difference, 0) - s.amount) > 1e-6)
        ),
        complete as (
            select m.adcode, m.year, m.column_name, m.cause, m.amount, m.n_links, m.detail
            from merged as m
            union all
            select r.adcode, r.year, r.column_name, $rest, r.amount, null, $rest_detail
            from rests as r
        )
        select
            x.adcode, x.year, x.column_name,
            c.old_value, c.new_value, c.difference,
            x.cause,
            sum(x.amount) as amount,
            cast(sum(x.n_links) as bigint) as n_links,
            max(x.detail) as detail
        from complete as x
        inner join cells as c
            on x.adcode = c.adcode and x.year = c.year and x.column_name = c.column_name
        group by all
        order by x.year, x.adcode, x.column_name, x.cause
        """,
        {"rest": rest[0], "rest_detail": rest[1]},
    )


def _require(connection: DuckDBPyConnection, side: str, table: str) -> None:
    if table not in _tables(connection, side, "marts"):
        raise RevisionError(f"{side} has no table marts.{table}: no release of greenties")


def _tables(connection: DuckDBPyConnection, side: str, schema: str) -> list[str]:
    rows = connection.execute(
        "select table_name from duckdb_tables() where database_name = ? and schema_name = ?",
        [side, schema],
    ).fetchall()
    return [str(name) for (name,) in rows]


def _columns(connection: DuckDBPyConnection, side: str, table: str) -> list[str]:
    rows = connection.execute(
        "select column_name from duckdb_columns() where database_name = ? "
        "and schema_name = 'marts' and table_name = ?",
        [side, table],
    ).fetchall()
    return [str(name) for (name,) in rows]


def _some(names: Iterable[str]) -> str:
    listed = list(names)
    more = f" and {len(listed) - _MAX_NAMED:,} more" if len(listed) > _MAX_NAMED else ""
    return ", ".join(listed[:_MAX_NAMED]) + more


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def summary(connection: DuckDBPyConnection, table: str) -> list[tuple[Any, ...]]:
    """Column, cause, changed cells and sum of amounts, the most frequent first."""
    return connection.execute(
        f"select column_name, cause, count(*) as n_cells, sum(amount) as amount from {table} "
        "group by all order by n_cells desc, column_name, cause"
    ).fetchall()
