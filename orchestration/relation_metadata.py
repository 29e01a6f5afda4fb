"""What the UI shows of each dbt relation: rows, columns with their words, and column lineage.

dagster-dbt offers the same through ``fetch_row_counts`` and ``fetch_column_metadata``; those open
the database once per relation and parse a model once per column, which took longer than building
the models themselves (33 s against 31 s of CPU for 76 models). Here one connection reads all
columns, and each model is parsed once.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import dagster as dg

if TYPE_CHECKING:
    from dagster_dbt import DagsterDbtTranslator
    from duckdb import DuckDBPyConnection

DIALECT = "duckdb"

Columns = dict[str, str]  # name -> type


def column_sources(sql: str, parents: Mapping[str, Columns]) -> dict[str, set[tuple[str, str]]]:
    """Find the columns of parent relations that each output column of a query is made from.

    Parameters
    ----------
    sql : str
        One query, as compiled by dbt.
    parents : mapping of str to columns
        Columns of each relation that the query may read, by ``schema.table``.

    Returns
    -------
    dict of str to set of (str, str)
        ``schema.table`` and column for each output column; empty for what comes from no column,
        such as ``count(*)``.

    Raises
    ------
    sqlglot.errors.SqlglotError
        If the query cannot be read.
    """
    from sqlglot import exp, parse_one
    from sqlglot.lineage import lineage

    schema: dict[str, dict[str, Columns]] = {}
    for relation, columns in parents.items():
        schema_name, table_name = relation.split(".", 1)
        schema.setdefault(schema_name, {})[table_name] = columns
    query = parse_one(sql, dialect=DIALECT)
    for table in query.find_all(exp.Table):
        table.set("catalog", None)  # one database; its name differs between data folders
    found: dict[str, set[tuple[str, str]]] = {}
    nodes = lineage(None, query, schema, dialect=DIALECT, trim_selects=False, copy=False)
    for column, root in nodes.items():
        sources: set[tuple[str, str]] = set()
        for node in root.walk():
            leaf = None if node.downstream else node.expression.find(exp.Table)
            if node.name == "*":
                continue  # a file whose columns nobody knows here: a table of the user's own
            if leaf is not None and f"{leaf.db}.{leaf.name}" in parents:
                name = exp.to_column(node.name).name
                sources.add((f"{leaf.db}.{leaf.name}", name.lower()))
        found[column.lower()] = sources
    return found


class RelationMetadata:
    """Describes the relations of a finished dbt run."""

    def __init__(
        self,
        connection: DuckDBPyConnection,
        manifest: Mapping[str, Any],
        translator: DagsterDbtTranslator,
        work: Path,
        logger: logging.Logger,
    ) -> None:
        self._connection = connection
        self._manifest = manifest
        self._translator = translator
        self._work = work  # target folder of the dbt run, with its compiled models
        self._log = logger
        self._columns: dict[str, Columns] = {}
        for schema, table, column, kind in connection.execute(
            "select schema_name, table_name, column_name, data_type from duckdb_columns() "
            "where not internal order by schema_name, table_name, column_index"
        ).fetchall():
            self._columns.setdefault(f"{schema}.{table}", {})[str(column)] = str(kind)
        self._reused = _reused(connection) if "bookkeeping.reused_models" in self._columns else {}

    def describe(self, unique_id: str) -> dict[str, Any]:
        """Return the metadata of a model or seed."""
        node = self._manifest["nodes"][unique_id]
        relation = _relation(node)
        words = {name: str(c.get("description") or "") for name, c in node["columns"].items()}
        metadata: dict[str, Any] = {
            "dagster/column_schema": dg.TableSchema(
                [
                    dg.TableColumn(name, kind, description=words.get(name) or None)
                    for name, kind in self._columns.get(relation, {}).items()
                ]
            ),
            "dagster/table_name": relation,
        }
        if node["config"]["materialized"] != "view":  # counting a view would run it
            found = self._connection.execute(
                f'select count(*) from "{node["schema"]}"."{node["alias"]}"'
            ).fetchall()
            metadata["dagster/row_count"] = int(found[0][0])
        if node["config"]["materialized"] == "reused":
            metadata |= self._reused.get(node["name"], {})
        if node["resource_type"] == "model" and (lineage := self._lineage(node)) is not None:
            metadata["dagster/column_lineage"] = lineage
        return metadata

    def _lineage(self, node: Mapping[str, Any]) -> dg.TableColumnLineage | None:
        from sqlglot.errors import SqlglotError

        parents = {_relation(props): key for props, key in self._parents(node)}
        known = {name: self._columns.get(name, {}) for name in parents}
        path = self._work / "compiled" / node["package_name"] / node["original_file_path"]
        try:
            sources = column_sources(path.read_text(encoding="utf-8"), known)
        except (OSError, SqlglotError, TypeError, ValueError) as error:
            # The table is right all the same; only the picture of its columns is missing.
            self._log.warning("no column lineage for %s: %s", node["unique_id"], error)
            return None
        return dg.TableColumnLineage(
            {
                column: [
                    dg.TableColumnDep(asset_key=parents[relation], column_name=name)
                    for relation, name in sorted(found)
                ]
                for column, found in sources.items()
            }
        )

    def _parents(self, node: Mapping[str, Any]) -> Iterator[tuple[Mapping[str, Any], dg.AssetKey]]:
        for unique_id in node["depends_on"]["nodes"]:
            props = self._manifest["nodes"].get(unique_id) or self._manifest["sources"].get(
                unique_id
            )
            if props is not None:
                yield props, self._translator.get_asset_key(props)


def _reused(connection: DuckDBPyConnection) -> dict[str, dict[str, Any]]:
    """What the last build did with each table that is kept from build to build, and why."""
    return {
        str(model): {
            "build": str(action),
            **({"because": str(reason)} if reason else {}),
            "rows_added": int(added),
            "rows_dropped": int(dropped),
        }
        for model, action, reason, added, dropped in connection.execute(
            "select model, action, reason, n_added, n_dropped from bookkeeping.reused_models"
        ).fetchall()
    }


def _relation(props: Mapping[str, Any]) -> str:
    name = props["identifier"] if props["resource_type"] == "source" else props["alias"]
    return f"{props['schema']}.{name}"
