"""Publishing: marts, reports and meta as one release, checked, then switched in one step.

    releases/0007-<build_id>/published.duckdb, published/*.parquet, report/index.html,
                             tables/*, figures/*
    current        -> releases/0007-<build_id>     the only link that is ever switched
    published.duckdb, published/, report/, tables/, figures/
                                                   links through ``current``, made once

Readers that have a file of the previous release open keep it; the last releases stay on disk.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from orchestration.applicant_ids import COLUMNS as ID_CHANGES
from orchestration.applicant_ids import write_id_changes
from orchestration.build_identity import BuildIdentity, as_row, build_parts, columns
from orchestration.dbt_project import contract_of
from orchestration.fingerprints import Fingerprint, table_fingerprint
from orchestration.ledger import LEDGER_COLUMNS, write_ledger
from orchestration.method import MethodSettings
from orchestration.revisions import COLUMNS as REVISION_COLUMNS
from orchestration.revisions import RevisionError, create_table, write_revisions
from orchestration.settings import Settings

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

PUBLIC_SCHEMAS = ("marts", "reports")
KEPT_RELEASES = 3
_LINKS = ("published.duckdb", "published", "report")
_EXPORTED = ("tables", "figures")  # folders that a release of older times does not have
# Comment of each table of schema `meta`, and of its columns in the order of the table.
_META_COMMENTS: dict[str, tuple[str, tuple[str, ...]]] = {
    "builds": (
        "What this release was built from (构建), one row. **Grain:** build.",
        (
            "Hash of all other columns (构建标识).",
            "Hash of the method settings (方法设定), `meta.method_settings`.",
            "Hash of the landed months and of rejected import rows (落地内容).",
            "Hash of the dbt project and of tables that replace its seeds.",
            "Hash of the code of analysis, raw layer, publishing and report.",
            "Landed months of all tables (落地月份, count).",
            "Landed rows of all tables (落地记录, count).",
            "First landed gazette month (首月), YYYY-MM; empty without any.",
            "Last landed gazette month (末月), YYYY-MM; empty without any.",
            "All of it is synthetic (合成数据).",
            "public or secret: which key names of natural persons were keyed with; never the key.",
            "Version of greenties.",
            "Version of Python.",
            "Versions of the packages that can change a number, as JSON.",
        ),
    ),
    "method_settings": (
        "The method settings (方法设定) of this build. **Grain:** setting.",
        (
            "Name of the setting; GREENTIES_METHOD_ and the name in capitals sets it.",
            "Open question of the paper (Q-..) or defect (D-..) that it answers; may be empty.",
            "Value in this build; members of a list are separated by commas.",
            "What the setting decides.",
        ),
    ),
    "applicant_id_changes": (
        "Ids of applicants that lead elsewhere than in the release before (标识变更): merges, "
        "splits, withdrawals; through all releases of this data folder, hence no fingerprint. "
        "**Grain:** change.",
        tuple(text for _, _, text in ID_CHANGES),
    ),
    "collection_ledger": (
        "What collection and imports did (采集台账): every line of the ledger when the release was "
        "made; it holds times, hence no fingerprint. **Grain:** line.",
        tuple(text for _, _, text in LEDGER_COLUMNS),
    ),
    "build_parts": (
        "Files that this build was made of (构建组成), one by one. **Grain:** part.",
        (
            "seed, model, macro, test, project or code.",
            "Name of the seed, model, macro or file; of a table that replaces a seed, its setting.",
            "First 16 hex digits of its SHA-256.",
        ),
    ),
    "rpt_revisions": (
        "Every cell of `marts.fct_city_years` that differs from the release before, and why "
        "(数据修订说明); it depends on what was published before, hence no fingerprint. "
        "**Grain:** cell and cause.",
        tuple(text for _, text in REVISION_COLUMNS.values()),
    ),
    "table_fingerprints": (
        "Order-independent fingerprint (指纹) of every published table. **Grain:** table.",
        (
            "Build, `meta.builds`.",
            "Published table as schema.table.",
            "Rows (行数, count).",
            "Fingerprint (指纹) of all columns but the excluded ones; floats to 9 digits.",
            "Columns left out of the fingerprint, separated by blanks; empty for none.",
            "Hash of the method settings, `meta.builds`.",
        ),
    ),
}


class PublishError(RuntimeError):
    """A release that was prepared does not hold what it must; nothing was switched."""


@dataclass(frozen=True, slots=True)
class Release:
    """A published release."""

    folder: Path
    build_id: str
    fingerprints: dict[str, Fingerprint]  # by schema.table
    exports: tuple[str, ...] = ()  # files of tables and figures, below the folder


def publish(
    current: Settings,
    identity: BuildIdentity,
    *,
    render: Callable[[Path, Path], None],
    export: Callable[[Path, Path], Iterable[str]] | None = None,
) -> Release:
    """Prepare a release from the warehouse, check it, and make it the current one.

    Parameters
    ----------
    identity : BuildIdentity
        What the build was made from; its id names the release.
    render : callable
        Writes the report page: path of the prepared database, path of the page.
    export : callable, optional
        Writes tables and figures as files: path of the prepared database, folder of the release.
        Returns the paths of the files below that folder.

    Raises
    ------
    PublishError
        If the prepared release is not complete. What was published before stays published.
    """
    _check_links(current)
    current.releases_dir.mkdir(parents=True, exist_ok=True)
    for left in current.releases_dir.glob(".partial-*"):
        shutil.rmtree(left)
    work = current.releases_dir / f".partial-{os.getpid()}"
    work.mkdir()
    try:
        database = work / "published.duckdb"
        rows = _copy_tables(current, database, identity)
        _write_parquet(database, work / "published", current.threads)
        (work / "report").mkdir()
        render(database, work / "report" / "index.html")
        exports = tuple(export(database, work)) if export else ()
        fingerprints = _check(work, rows, exports)
        folder = current.releases_dir / f"{_next_number(current):04d}-{identity.build_id}"
        work.replace(folder)
    except BaseException:
        shutil.rmtree(work, ignore_errors=True)
        raise
    switch(current, folder)
    _prune(current)
    return Release(folder, identity.build_id, fingerprints, exports)


def switch(current: Settings, folder: Path) -> None:
    """Make a release the current one. Links are relative, so that a data folder can be moved."""
    _link(current.current_release, Path("releases") / folder.name)
    for name in (*_LINKS, *_EXPORTED):
        path = current.data_dir / name
        wanted = Path("current") / name
        if name in _EXPORTED and not (folder / name).is_dir():
            if path.is_symlink():
                path.unlink()  # it would lead nowhere
        elif not path.is_symlink() or path.readlink() != wanted:
            _link(path, wanted)


def releases(current: Settings) -> list[Path]:
    """Return the finished releases, oldest first."""
    if not current.releases_dir.is_dir():
        return []
    found = [p for p in current.releases_dir.iterdir() if re.fullmatch(r"\d{4,}-\w+", p.name)]
    return sorted(found, key=lambda path: int(path.name.split("-")[0]))


@contextmanager
def open_published(database: Path) -> Iterator[DuckDBPyConnection]:
    """Open a published database for reading.

    Raises
    ------
    PublishError
        If another program holds it open for writing, or it is no database.
    """
    try:
        connection = duckdb.connect(str(database), read_only=True)
    except duckdb.Error as error:
        raise _not_readable(database, error) from error
    with connection:
        yield connection


def attach_published(connection: DuckDBPyConnection, database: Path, name: str) -> None:
    """Attach a published database for reading under a name.

    Raises
    ------
    PublishError
        As `open_published`.
    """
    path = str(database.resolve()).replace("'", "''")
    try:
        connection.execute(f"attach '{path}' as {name} (read_only)")
    except duckdb.Error as error:
        raise _not_readable(database, error) from error


def _not_readable(database: Path, error: duckdb.Error) -> PublishError:
    if _is_lock(error):
        return PublishError(
            f"{database} is open for writing in another program; close it there, or open it "
            f"read-only: {error}"
        )
    return PublishError(f"{database} cannot be opened: {error}")


def is_database(path: Path) -> bool:
    """Tell whether a file opens as a database, be it only for the program that holds it now."""
    if not path.exists():
        return False
    try:
        duckdb.connect(str(path), read_only=True).close()
    except duckdb.Error as error:
        return _is_lock(error)
    return True


def _is_lock(error: duckdb.Error) -> bool:
    return "Could not set lock" in str(error)


def release_rows(published: Path, table: str, columns: Iterable[str]) -> list[tuple[Any, ...]]:
    """Read a table of schema ``meta`` from the Parquet files of a release.

    Whoever has the database open for writing, a plain database shell for instance, keeps everybody
    else out of it; the files stay readable.

    Raises
    ------
    duckdb.Error
        If the file is missing, damaged, or lacks a column.
    """
    names = ", ".join(_identifier(column) for column in columns)
    source = _literal(str(published / f"meta.{table}.parquet"))
    with duckdb.connect() as connection:
        return connection.execute(f"select {names} from read_parquet({source})").fetchall()


_STATED = ("table_name", "row_count", "fingerprint", "excluded_columns")


def stated_fingerprints(published: Path) -> dict[str, Fingerprint]:
    """Read the fingerprints that the Parquet files of a release state."""
    return _fingerprints(release_rows(published, "table_fingerprints", _STATED))


def published_fingerprints(database: Path) -> dict[str, Fingerprint]:
    """Read the fingerprints stated in a published database."""
    with open_published(database) as connection:
        return _fingerprints(
            connection.execute(
                f"select {', '.join(_STATED)} from meta.table_fingerprints"
            ).fetchall()
        )


def _fingerprints(rows: list[tuple[Any, ...]]) -> dict[str, Fingerprint]:
    return {
        str(name): Fingerprint(int(count), str(value), tuple(str(excluded).split()))
        for name, count, value, excluded in rows
    }


def recomputed_fingerprints(database: Path) -> dict[str, Fingerprint]:
    """Compute the fingerprints of the tables in a published database."""
    with open_published(database) as connection:
        return {
            f"{schema}.{table}": table_fingerprint(connection, _relation(schema, table))
            for schema, table in _tables(connection)
            if schema in PUBLIC_SCHEMAS
        }


def _copy_tables(current: Settings, database: Path, identity: BuildIdentity) -> dict[str, int]:
    """Copy the public tables with constraints and comments; return the rows of each."""
    with duckdb.connect(str(database)) as connection:
        connection.execute(f"set threads = {current.threads}")
        # Views name the database that they were made in: it must have the name it had there.
        warehouse = current.warehouse_path.stem
        connection.execute(
            f"attach {_literal(str(current.warehouse_path))} "
            f"as {_identifier(warehouse)} (read_only)"
        )
        relations = connection.execute(
            "select schema_name, table_name, sql, comment from duckdb_tables() "
            "where database_name = ? and list_contains(?, schema_name) "
            "union all select schema_name, view_name, null, comment from duckdb_views() "
            "where database_name = ? and list_contains(?, schema_name) order by 1, 2",
            [warehouse, list(PUBLIC_SCHEMAS)] * 2,
        ).fetchall()
        if not any(schema == "marts" for schema, *_ in relations):
            raise PublishError("the warehouse holds no marts; build it first")
        rows: dict[str, int] = {}
        for schema, table, ddl, comment in relations:
            name = _relation(schema, table)
            source = f"{_identifier(warehouse)}.{name}"
            connection.execute(f"create schema if not exists {_identifier(schema)}")
            if ddl is None:
                promised = contract_of(schema, table)
                connection.execute(
                    f"create table {name} ({promised})"
                    if promised
                    else f"create table {name} as select * from {source} where false"
                )
            else:
                connection.execute(str(ddl))
            order = _order(connection, connection_name(connection), schema, table)
            connection.execute(f"insert into {name} select * from {source} order by {order}")
            with _together(connection):
                _comment(connection, warehouse, schema, table, comment)
            rows[f"{schema}.{table}"] = _count(connection, name)
            if rows[f"{schema}.{table}"] != _count(connection, source):
                raise PublishError(f"{schema}.{table} was not copied completely")
        _write_meta(connection, identity, sorted(rows), current)
        connection.execute(f"detach {_identifier(warehouse)}")
        connection.execute("checkpoint")
    return rows


@contextmanager
def _together(connection: DuckDBPyConnection) -> Iterator[None]:
    """One commit for many small statements: each by itself waits for the disk."""
    connection.execute("begin")
    try:
        yield
    except BaseException:
        connection.execute("rollback")
        raise
    connection.execute("commit")


def _comment(
    connection: DuckDBPyConnection, warehouse: str, schema: str, table: str, comment: str | None
) -> None:
    name = _relation(schema, table)
    if comment:
        connection.execute(f"comment on table {name} is {_literal(comment)}")
    for column, text in connection.execute(
        "select column_name, comment from duckdb_columns() where database_name = ? "
        "and schema_name = ? and table_name = ? and comment is not null",
        [warehouse, schema, table],
    ).fetchall():
        connection.execute(f"comment on column {name}.{_identifier(column)} is {_literal(text)}")


def _write_meta(
    connection: DuckDBPyConnection, identity: BuildIdentity, tables: list[str], current: Settings
) -> None:
    method = MethodSettings()
    if method.settings_hash != identity.settings_hash:
        raise PublishError("the method settings changed while the release was made")
    kinds = ", ".join(f"{name} {kind}" for name, kind in columns().items())
    connection.execute("create schema meta")
    connection.execute(f"create table meta.builds ({kinds}, primary key (build_id))")
    marks = ", ".join("?" for _ in columns())
    connection.execute(f"insert into meta.builds values ({marks})", as_row(identity))
    connection.execute(
        "create table meta.method_settings (name varchar primary key, question varchar, "
        "value varchar not null, description varchar not null)"
    )
    connection.executemany(
        "insert into meta.method_settings values (?, ?, ?, ?)", _method_rows(method)
    )
    connection.execute(
        "create table meta.table_fingerprints (build_id varchar not null, "
        "table_name varchar primary key, row_count bigint not null, fingerprint varchar not null, "
        "excluded_columns varchar not null, settings_hash varchar not null)"
    )
    for table in tables:
        found = table_fingerprint(connection, _relation(*table.split(".", 1)))
        connection.execute(
            "insert into meta.table_fingerprints values (?, ?, ?, ?, ?, ?)",
            [
                identity.build_id,
                table,
                found.row_count,
                found.fingerprint,
                " ".join(found.excluded_columns),
                identity.settings_hash,
            ],
        )
    connection.execute(
        "create table meta.build_parts (part_kind varchar not null, part_name varchar not null, "
        "part_hash varchar not null, primary key (part_kind, part_name))"
    )
    connection.executemany(
        "insert into meta.build_parts values (?, ?, ?)",
        [list(part) for part in build_parts(current)],
    )
    _write_revisions(connection, current)
    _write_id_changes(connection, current, identity.build_id)
    write_ledger(connection, current.landing_dir)
    with _together(connection):
        _comment_meta(connection)


def _comment_meta(connection: DuckDBPyConnection) -> None:
    for name, (text, texts) in _META_COMMENTS.items():
        connection.execute(f"comment on table meta.{name} is {_literal(text)}")
        named = connection.execute(
            "select column_name from duckdb_columns() where database_name = current_database() "
            "and schema_name = 'meta' and table_name = ? order by column_index",
            [name],
        ).fetchall()
        for (column,), comment in zip(named, texts, strict=True):
            connection.execute(
                f"comment on column meta.{name}.{_identifier(column)} is {_literal(comment)}"
            )


def _write_revisions(connection: DuckDBPyConnection, current: Settings) -> None:
    """Compare with the release that counts now; without one, or one of old times, no rows."""
    before = current.current_release / "published.duckdb"
    name = connection_name(connection)
    target = f"{_identifier(name)}.meta.rpt_revisions"
    if before.is_file() and _attached(connection, before, "release_before"):
        with contextlib.suppress(RevisionError, duckdb.CatalogException, duckdb.BinderException):
            write_revisions(
                connection,
                old="release_before",
                new=name,
                landing_dir=current.landing_dir,
                table=target,
            )
        connection.execute("detach release_before")
    create_table(connection, target)


def _write_id_changes(connection: DuckDBPyConnection, current: Settings, build_id: str) -> None:
    """Log which ids of applicants lead elsewhere than in the release that counts now."""
    before = current.current_release / "published.duckdb"
    name = connection_name(connection)
    if before.is_file() and _attached(connection, before, "release_before"):
        write_id_changes(connection, build_id, new=name, old="release_before")
        connection.execute("detach release_before")
    else:
        write_id_changes(connection, build_id, new=name, old=None)


def _attached(connection: DuckDBPyConnection, database: Path, name: str) -> bool:
    try:
        connection.execute(f"attach {_literal(str(database))} as {name} (read_only)")
    except duckdb.Error:  # open for writing elsewhere, or damaged: no reason not to publish
        return False
    return True


def _method_rows(method: MethodSettings) -> list[list[str | None]]:
    values = method.model_dump(mode="json")
    rows: list[list[str | None]] = []
    for name, field in sorted(type(method).model_fields.items()):
        text = str(field.description or "")
        value = values[name]
        question = re.match(r"((?:Q|D)-\d+(?:, (?:Q|D)-\d+)*): ", text)
        rows.append(
            [
                name,
                question.group(1) if question else None,
                ", ".join(map(str, value)) if isinstance(value, list) else str(value),
                text[question.end() :] if question else text,
            ]
        )
    return rows


def _write_parquet(database: Path, folder: Path, threads: int) -> None:
    folder.mkdir()
    with duckdb.connect(str(database), read_only=True) as connection:
        connection.execute("set threads = 1")  # row groups in one order, hence the same bytes
        for schema, table in _tables(connection):
            path = folder / f"{schema}.{table}.parquet"
            order = _order(connection, connection_name(connection), schema, table)
            connection.execute(
                f"copy (select * from {_relation(schema, table)} order by {order}) "
                f"to {_literal(str(path))} (format parquet, compression zstd)"
            )


def _check(work: Path, rows: dict[str, int], exports: Iterable[str] = ()) -> dict[str, Fingerprint]:
    """Open the prepared release as a reader would, with nothing else at hand."""
    database = work / "published.duckdb"
    stated, found = published_fingerprints(database), recomputed_fingerprints(database)
    if stated != found:
        differing = sorted(k for k in stated.keys() | found.keys() if stated.get(k) != found.get(k))
        raise PublishError(f"fingerprints do not hold for {', '.join(differing)}")
    with duckdb.connect(str(database), read_only=True) as connection:
        views = connection.execute(
            "select schema_name || '.' || view_name from duckdb_views() where not internal"
        ).fetchall()
        if views:
            raise PublishError(f"a release holds tables only, found the view {views[0][0]}")
        for schema, table in _tables(connection):
            path = work / "published" / f"{schema}.{table}.parquet"
            written = _count(connection, f"read_parquet({_literal(str(path))})")
            kept = _count(connection, _relation(schema, table))
            if written != kept or rows.get(f"{schema}.{table}", kept) != kept:
                raise PublishError(f"{schema}.{table}: {kept} rows, {written} as Parquet")
    report = work / "report" / "index.html"
    if not report.exists() or "</html>" not in report.read_text(encoding="utf-8")[-200:]:
        raise PublishError("the report page is not complete")
    for name in exports:
        path = work / name
        if not path.is_file() or not path.stat().st_size:
            raise PublishError(f"{name} was not written")
    return found


def _check_links(current: Settings) -> None:
    links = (current.data_dir / name for name in (*_LINKS, *_EXPORTED))
    for path in (current.current_release, *links):
        if path.exists() and not path.is_symlink():
            raise PublishError(f"{path} is no link made by greenties; move it away first")


def _link(path: Path, target: Path) -> None:
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    partial.unlink(missing_ok=True)
    partial.symlink_to(target)
    partial.replace(path)  # atomic: a reader sees the old link or the new one


def _next_number(current: Settings) -> int:
    found = releases(current)
    return int(found[-1].name.split("-")[0]) + 1 if found else 1


def _prune(current: Settings) -> None:
    kept = current.current_release.resolve()
    for folder in releases(current)[:-KEPT_RELEASES]:
        if folder.resolve() != kept:
            shutil.rmtree(folder)


def connection_name(connection: DuckDBPyConnection) -> str:
    """Return the name of the database that a connection was opened on."""
    return str(connection.execute("select current_database()").fetchall()[0][0])


def _tables(connection: DuckDBPyConnection) -> list[tuple[str, str]]:
    return [
        (str(schema), str(table))
        for schema, table in connection.execute(
            "select schema_name, table_name from duckdb_tables() "
            "where database_name = current_database() and not internal order by 1, 2"
        ).fetchall()
    ]


def _order(connection: DuckDBPyConnection, database: str, schema: str, table: str) -> str:
    """Primary key where there is one, all columns otherwise: the same rows in the same order."""
    keys = connection.execute(
        "select constraint_column_names from duckdb_constraints() where database_name = ? "
        "and schema_name = ? and table_name = ? and constraint_type = 'PRIMARY KEY'",
        [database, schema, table],
    ).fetchall()
    return ", ".join(_identifier(name) for name in keys[0][0]) if keys else "all"


def _count(connection: DuckDBPyConnection, relation: str) -> int:
    return int(connection.execute(f"select count(*) from {relation}").fetchall()[0][0])


def _relation(schema: str, table: str) -> str:
    return f"{_identifier(schema)}.{_identifier(table)}"


def _identifier(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
