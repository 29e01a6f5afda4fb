"""Schema ``raw`` of the warehouse: views over the landing files that count, and their context.

Landing Parquet is never copied into the warehouse. Every call rebuilds all relations from the
``current.json`` files, so a superseded or removed month can never linger in a view.
"""

from __future__ import annotations

import calendar
import dataclasses
import hashlib
import json
import types
import typing
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from orchestration.dbt_macros import macro_sql
from orchestration.method import MethodSettings
from scrapers.errors import LandingError
from scrapers.items import LANDING_TABLES, Party
from scrapers.landing import archive_of, read_ledger, versions

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

RAW_SCHEMA = "raw"

IMPORT_REJECTION_COLUMNS: dict[str, str] = {
    "source_table": "varchar",
    "source_file": "varchar",
    "source_row": "bigint",
    "field": "varchar",
    "value": "varchar",
    "reason": "varchar",
    "rule": "varchar",
    "raw_pointer": "varchar",
}

_SCALARS: dict[type, str] = {str: "varchar", int: "bigint", bool: "boolean"}
_METHOD_TYPES: dict[type, str] = {
    int: "integer",
    bool: "boolean",
    Decimal: "decimal(4, 2)",
    str: "varchar",
    tuple: "varchar[]",
    date: "date",
    type(None): "date",  # the one setting without a value is a day
}
# The day on which a row became known, of tables whose rows have one. The others are known from the
# first day of their landing month on: yearbooks from January of their year.
_GAZETTE_DAYS: dict[str, str] = {
    "sipo_patents": "publication_date",
    "sipo_assignments": "event_date",
    "policy_documents": "published_date",
    "gazette_csv": "publication_date",
    "imported_publications": "publication_date",
    "imported_events": "event_date",
    "imported_policy_documents": "published_date",
}


class RawLayerError(RuntimeError):
    """A landing folder that does not keep the promises of docs/landing.md."""


@dataclass(frozen=True, slots=True)
class LandedMonth:
    """One ``current.json``: the file that counts for a table and month."""

    table_name: str
    landing_month: date
    path: Path
    rows: int
    content_id: str
    sha256: str
    site_counters: str  # canonical JSON
    synthetic: bool
    bytes: int | None = None  # of the file
    pages: int | None = None  # what follows is unknown of imports, and of months of old versions
    page_bytes: int | None = None
    archive: str | None = None  # below the data folder
    stated: int | None = None  # records by the total that the site states
    received: int | None = None  # records on the pages
    rejected: int | None = None
    known_until: date | None = None  # rows of later days are left out


def landing_columns(table: str) -> dict[str, str]:
    """Return column names and SQL types of a landing table, in the order of ``scrapers.items``.

    Raises
    ------
    KeyError
        If the table is unknown.
    TypeError
        If a field has a type that no landing file can hold.
    """
    return _dataclass_columns(LANDING_TABLES[table])


def landed_months(landing_dir: Path, method: MethodSettings | None = None) -> list[LandedMonth]:
    """Read every ``current.json`` below the landing folder, sorted by table and month.

    Parameters
    ----------
    landing_dir : Path
    method : MethodSettings, optional
        With ``as_of``, what was known on that day: by gazette, months that began until then, the
        last one up to the day; by load, the newest version of every month that was landed until
        then. Without it, or without a day, everything.

    Raises
    ------
    RawLayerError
        If a ``current.json`` cannot be read, disagrees with its folder, or names a missing file; if
        a version that counted on the day is gone.
    """
    told = _told_by_the_ledger(landing_dir)
    day = method.as_of if method is not None else None
    by_load = method is not None and method.as_of_basis == "load"
    history = _landing_history(landing_dir) if day is not None and by_load else {}
    months: list[LandedMonth] = []
    for table in LANDING_TABLES:
        for pointer in sorted((landing_dir / table).glob("landing_month=*/current.json")):
            month: LandedMonth | None = _read_current(table, pointer)
            assert month is not None
            if day is not None and by_load:
                month = _landed_until(pointer, month, day, history)
            elif day is not None:
                month = _printed_until(month, day)
            if month is None:
                continue
            key = (table, f"{month.landing_month}", month.content_id)
            months.append(dataclasses.replace(month, **told.get(key, {})))
    return months


def _printed_until(month: LandedMonth, day: date) -> LandedMonth | None:
    """The month as far as its gazette was printed on a day, None when it was not begun."""
    first = month.landing_month
    if first > day:
        return None
    last = first.replace(day=calendar.monthrange(first.year, first.month)[1])
    if last <= day or month.table_name not in _GAZETTE_DAYS:
        return month
    return dataclasses.replace(month, known_until=day)


def _landed_until(
    pointer: Path, month: LandedMonth, day: date, history: dict[tuple[str, str], list[Any]]
) -> LandedMonth | None:
    """The version of a month that counted at the end of a day (UTC), None when there was none."""
    landing_dir = pointer.parents[2]
    name = f"{month.landing_month:%Y-%m}"
    lines = history.get((month.table_name, f"{month.landing_month}"), [])
    known = [line for line in lines if str(line["at"])[:10] <= f"{day}"]
    if not lines:  # a ledger that is gone: the manifest alone says when its file was landed
        at = str(json.loads(pointer.read_text(encoding="utf-8")).get("landed_at", ""))
        return month if at[:10] <= f"{day}" else None
    if not known:
        return None
    line = known[-1]
    if line["content_id"] == month.content_id:
        return month
    for version in versions(landing_dir, month.table_name, name):
        if version["content_id"] == line["content_id"] and version["file"] is not None:
            path = Path(version["file"])
            return dataclasses.replace(
                month,
                path=path,
                rows=int(version["rows"]),
                content_id=version["content_id"],
                sha256=str(line.get("sha256") or _file_sha256(path)),
                site_counters=json.dumps(
                    version["site_counters"], sort_keys=True, ensure_ascii=False
                ),
                bytes=_integer(line.get("bytes")),
                pages=_integer(line.get("pages")),
                page_bytes=_integer(line.get("page_bytes")),
                archive=version["archive"],
            )
    raise RawLayerError(
        f"as of {day} {month.table_name} {name} had content {line['content_id']}, whose file is "
        f"gone from {pointer.parent}; a build as of that day is not possible"
    )


def _landing_history(landing_dir: Path) -> dict[tuple[str, str], list[Any]]:
    """Lines of the ledger after which a content counted, by table and month."""
    history: dict[tuple[str, str], list[Any]] = {}
    try:
        for line in read_ledger(landing_dir):
            if line.get("event") in ("landed", "imported", "restored") and line.get("content_id"):
                key = (str(line.get("table")), str(line.get("landing_month")))
                history.setdefault(key, []).append(line)
    except LandingError as error:
        raise RawLayerError(str(error)) from error
    return history


def _told_by_the_ledger(landing_dir: Path) -> dict[tuple[str, str, str], dict[str, Any]]:
    """What only the ledger tells of a landed content: totals stated and received."""
    try:
        return {
            (str(line.get("table")), str(line.get("landing_month")), str(line["content_id"])): {
                name: int(line[name])
                for name in ("stated", "received", "rejected")
                if line.get(name) is not None
            }
            for line in read_ledger(landing_dir)
            if line.get("content_id") and line.get("stated") is not None
        }
    except LandingError as error:
        raise RawLayerError(str(error)) from error


def refresh_raw(
    connection: DuckDBPyConnection,
    *,
    landing_dir: Path,
    method: MethodSettings,
    person_key: str,
    newest_first: bool = False,
) -> dict[str, int]:
    """Recreate all relations of schema ``raw`` (docs/warehouse.md) in one transaction.

    Parameters
    ----------
    connection : DuckDBPyConnection
        Writable connection to the warehouse.
    landing_dir : Path
        The ``landing`` folder of the data folder in use; view texts hold its absolute path, hence
        they are recreated before every build.
    method : MethodSettings
        Becomes the one row of ``raw.method_settings``.
    person_key : str
        Secret of the data folder, the one row of ``raw.person_key``.
    newest_first : bool
        Read the landed months in the opposite order; nothing published may depend on it.

    Returns
    -------
    dict of str to int
        Rows per relation of ``raw``.

    Raises
    ------
    RawLayerError
        If a landing file is missing or damaged, lacks a column, or has another number of rows than
        stated, or if an import was cut off.
    """
    landing_dir = landing_dir.resolve()
    if unfinished := unfinished_imports(landing_dir):
        raise RawLayerError("; ".join(unfinished))
    months = landed_months(landing_dir, method)
    if newest_first:
        months.reverse()
    _check_files(connection, months)
    connection.execute("begin transaction")
    try:
        connection.execute(f"create schema if not exists {RAW_SCHEMA}")
        for table in LANDING_TABLES:
            _create_landing_view(connection, table, [m for m in months if m.table_name == table])
        _create_import_rejections(connection, landing_dir)
        _create_landed_months(connection, months)
        _create_method_settings(connection, method)
        connection.execute(
            f"create or replace table {RAW_SCHEMA}.person_key as "
            f"select cast({_literal(person_key)} as varchar) as person_key"
        )
        connection.execute("commit")
    except BaseException:
        connection.execute("rollback")
        raise
    relations = [*LANDING_TABLES, "import_rejections", "landed_months", "method_settings"]
    return {
        name: int(connection.execute(f"select count(*) from {RAW_SCHEMA}.{name}").fetchall()[0][0])
        for name in [*relations, "person_key"]
    }


def changed_since_refresh(
    connection: DuckDBPyConnection, landing_dir: Path, method: MethodSettings | None = None
) -> list[str]:
    """Name the months whose landed content is no longer the one schema ``raw`` was made from.

    Parameters
    ----------
    connection : DuckDBPyConnection
        Warehouse after :func:`refresh_raw`.
    landing_dir : Path
    method : MethodSettings, optional
        As given to :func:`refresh_raw`.

    Returns
    -------
    list of str
        ``table YYYY-MM``, sorted; empty while nothing changed.
    """
    built = {
        (str(table), month, str(content), bool(synthetic))
        for table, month, content, synthetic in connection.execute(
            "select table_name, landing_month, content_id, synthetic "
            f"from {RAW_SCHEMA}.landed_months"
        ).fetchall()
    }
    landed = {
        (m.table_name, m.landing_month, _known_content(m), m.synthetic)
        for m in landed_months(landing_dir, method)
    }
    return sorted({f"{table} {month:%Y-%m}" for table, month, *_ in built ^ landed})


def _dataclass_columns(item: type) -> dict[str, str]:
    hints = typing.get_type_hints(item)
    return {field.name: _sql_type(hints[field.name]) for field in dataclasses.fields(item)}


def _sql_type(hint: Any) -> str:
    if isinstance(hint, types.UnionType):
        (hint,) = [argument for argument in typing.get_args(hint) if argument is not type(None)]
    if hint in _SCALARS:
        return _SCALARS[hint]
    if typing.get_origin(hint) is tuple:
        return f"{_sql_type(typing.get_args(hint)[0])}[]"
    if hint is Party:
        fields = ", ".join(f"{name} {kind}" for name, kind in _dataclass_columns(Party).items())
        return f"struct({fields})"
    raise TypeError(f"no landing column can hold {hint}")


def _read_current(table: str, pointer: Path) -> LandedMonth:
    try:
        content = json.loads(pointer.read_text(encoding="utf-8"))
        month = date.fromisoformat(pointer.parent.name.removeprefix("landing_month="))
        landed = LandedMonth(
            table_name=table,
            landing_month=month,
            path=pointer.parent / content["file"],
            rows=int(content["rows"]),
            content_id=content["content_id"],
            sha256=content["sha256"],
            site_counters=json.dumps(
                content.get("site_counters") or {}, sort_keys=True, ensure_ascii=False
            ),
            synthetic=bool(content.get("synthetic", False)),
            bytes=_integer(content.get("bytes")),
            pages=_integer(content.get("pages")),
            page_bytes=_integer(content.get("page_bytes")),
            archive=archive_of(content),
        )
    except (ValueError, KeyError, TypeError) as error:
        raise RawLayerError(f"{pointer}: unreadable ({type(error).__name__}: {error})") from error
    stated = (content.get("table", table), str(content.get("landing_month", month))[:10])
    if stated != (table, month.isoformat()):
        raise RawLayerError(
            f"{pointer}: names {stated}, but stands in the folder of {table} {month}"
        )
    if not landed.path.is_file():
        raise RawLayerError(f"{pointer}: names {content['file']}, which is missing")
    return landed


def _integer(value: Any) -> int | None:
    return None if value is None else int(value)


def unfinished_imports(landing_dir: Path) -> list[str]:
    """Say which tables hold some months of an import and lack others; empty if none does."""
    from orchestration.importing.core import unfinished_import

    return [
        f"an import into {table} was cut off before all its months were landed; give its files to "
        "`greenties import` again"
        for table in LANDING_TABLES
        if unfinished_import(landing_dir, table)
    ]


def _check_files(connection: DuckDBPyConnection, months: list[LandedMonth]) -> None:
    """Compare columns, row counts and SHA-256 of every file with what is promised."""
    if not months:
        return
    files = _file_list(month.path for month in months)
    try:
        found = connection.execute(
            "select file_name, list(name) from parquet_schema(" + files + ") group by file_name"
        ).fetchall()
        counted = connection.execute(
            "select file_name, num_rows from parquet_file_metadata(" + files + ")"
        ).fetchall()
    except Exception as error:  # duckdb.Error; the package is imported for types only
        raise RawLayerError(f"a landing file is no readable Parquet: {error}") from error
    names = {str(name): set(columns) for name, columns in found}
    rows = {str(name): int(number) for name, number in counted}
    for month in months:
        missing = [c for c in landing_columns(month.table_name) if c not in names[str(month.path)]]
        if missing:
            raise RawLayerError(f"{month.path}: column {', '.join(missing)} is missing")
        if rows[str(month.path)] != month.rows:
            raise RawLayerError(
                f"{month.path}: {rows[str(month.path)]} rows, current.json states {month.rows}"
            )
        if _file_sha256(month.path) != month.sha256:
            raise RawLayerError(f"{month.path}: damaged, its SHA-256 is not that of current.json")


def _file_sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _create_landing_view(
    connection: DuckDBPyConnection, table: str, months: list[LandedMonth]
) -> None:
    columns = landing_columns(table)
    files = [month.path for month in months]
    if files:
        casts = ", ".join(f"cast(f.{name} as {kind}) as {name}" for name, kind in columns.items())
        # Not hive_partitioning: it would also read other key=value folders above the data folder,
        # and let them replace columns of the file.
        source = (
            f"select {casts}, cast(regexp_extract(f.filename, "
            "'/landing_month=([0-9]{4}-[0-9]{2}-[0-9]{2})/[^/]*$', 1) as date) as landing_month, "
            "cast(f.file_row_number as bigint) as landing_row "
            f"from read_parquet({_file_list(files)}, hive_partitioning = false, "
            f"filename = true, file_row_number = true) as f{_known_rows(table, months)}"
        )
    else:
        source = _empty({**columns, "landing_month": "date", "landing_row": "bigint"})
    connection.execute(f"create or replace view {RAW_SCHEMA}.{table} as {source}")


def _known_rows(table: str, months: list[LandedMonth]) -> str:
    """Leave out rows that a month as of a day does not know; undated ones of it are among them."""
    cut = [month for month in months if month.known_until is not None]
    if not cut:
        return ""
    printed = macro_sql("records_dates", "written_date", f"trim(f.{_GAZETTE_DAYS[table]})")
    files = ", ".join(_literal(str(month.path)) for month in cut)
    return (
        f" where f.filename not in ({files}) "
        f"or coalesce({printed} <= date '{cut[0].known_until}', false)"
    )


def _known_content(month: LandedMonth) -> str:
    """Content id of what is known of a month; a part of it is no content that was ever landed."""
    if month.known_until is None:
        return month.content_id
    return f"{month.content_id}@{month.known_until}"


def _create_import_rejections(connection: DuckDBPyConnection, landing_dir: Path) -> None:
    files = sorted((landing_dir / "import_rejections").glob("*.parquet"))
    if files:
        casts = ", ".join(
            f"cast(f.{name} as {kind}) as {name}" for name, kind in IMPORT_REJECTION_COLUMNS.items()
        )
        source = f"select {casts} from read_parquet({_file_list(files)}) as f"
    else:
        source = _empty(IMPORT_REJECTION_COLUMNS)
    connection.execute(f"create or replace view {RAW_SCHEMA}.import_rejections as {source}")


# Columns of ``raw.landed_months`` and what fills them.
_LANDED_COLUMNS: dict[str, str] = {
    "table_name": "varchar",
    "landing_month": "date",
    "rows": "bigint",
    "content_id": "varchar",
    "sha256": "varchar",
    "site_counters": "varchar",
    "synthetic": "boolean",
    "bytes": "bigint",
    "pages": "bigint",
    "page_bytes": "bigint",
    "archive": "varchar",
    "stated": "bigint",
    "received": "bigint",
    "rejected": "bigint",
}


def _create_landed_months(connection: DuckDBPyConnection, months: list[LandedMonth]) -> None:
    columns = ", ".join(f"{name} {kind}" for name, kind in _LANDED_COLUMNS.items())
    connection.execute(f"create or replace table {RAW_SCHEMA}.landed_months ({columns})")
    if months:
        marks = ", ".join("?" for _ in _LANDED_COLUMNS)
        connection.executemany(
            f"insert into {RAW_SCHEMA}.landed_months values ({marks})",
            [
                [getattr(month, name) for name in _LANDED_COLUMNS]
                for month in (_as_known(connection, month) for month in months)
            ],
        )


def _as_known(connection: DuckDBPyConnection, month: LandedMonth) -> LandedMonth:
    """Rows of a month that is known in part; what the site stated is of the whole month."""
    if month.known_until is None:
        return month
    rows = connection.execute(
        f"select count(*) from {RAW_SCHEMA}.{month.table_name} where landing_month = ?",
        [month.landing_month],
    ).fetchall()[0][0]
    return dataclasses.replace(
        month,
        rows=int(rows),
        content_id=_known_content(month),
        stated=None,
        received=None,
        rejected=None,
    )


def _create_method_settings(connection: DuckDBPyConnection, method: MethodSettings) -> None:
    columns = [
        f"cast({_value(value)} as {_METHOD_TYPES[type(value)]}) as {name}"
        for name, value in method.model_dump().items()
    ]
    columns.append(f"cast({_literal(method.settings_hash)} as varchar) as settings_hash")
    connection.execute(
        f"create or replace table {RAW_SCHEMA}.method_settings as select {', '.join(columns)}"
    )


def _value(value: int | bool | str | Decimal | date | tuple[str, ...] | None) -> str:
    if value is None:
        return "null"
    if isinstance(value, tuple):
        return f"[{', '.join(_literal(part) for part in value)}]"
    return _literal(str(value)) if isinstance(value, str | date) else str(value)


def _empty(columns: dict[str, str]) -> str:
    nulls = ", ".join(f"cast(null as {kind}) as {name}" for name, kind in columns.items())
    return f"select {nulls} where false"


def _file_list(files: Iterable[Path]) -> str:
    return f"[{', '.join(_literal(str(path)) for path in files)}]"


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
