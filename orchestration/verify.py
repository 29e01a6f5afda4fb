"""Proof that what is published follows from what is landed, and from nothing else.

Two questions: do the published tables have the fingerprints that the release states, and does a
rebuild from landing, in an empty warehouse, with another number of threads and the landed months
in the opposite order, give the same ones. A build that was added to month by month is held against
one from nothing that way.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from orchestration.fingerprints import row_text
from orchestration.publish import attach_published, published_fingerprints
from orchestration.settings import REPO_ROOT, Settings

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_TOLD = 4000  # characters of a failed rebuild that are passed on


class RebuildError(RuntimeError):
    """The rebuild did not come to an end."""


@dataclass(frozen=True, slots=True)
class Difference:
    """The first row in which two tables differ, in order of its key."""

    table: str  # schema.table
    key: dict[str, str]  # columns of the primary key, else of the whole row
    columns: dict[str, tuple[str | None, str | None]]  # published, rebuilt; of what differs
    only_in: str | None  # published or rebuilt, where the other has no such row
    n_rows: int  # rows that differ or are missing on either side

    def lines(self) -> list[str]:
        """Words for a person, the key first."""
        named = ", ".join(f"{name} = {value}" for name, value in self.key.items())
        head = f"{self.table}: {self.n_rows:,} rows differ; the first one is {named}"
        if self.only_in is not None:
            return [f"{head}, which stands in the {self.only_in} table only"]
        width = max((len(name) for name in self.columns), default=0)
        return [head] + [
            f"    {name:<{width}}  published {before!s}  rebuilt {after!s}"
            for name, (before, after) in self.columns.items()
        ]


@contextmanager
def rebuilt(current: Settings) -> Iterator[Path]:
    """Build what is landed in an empty folder beside it and yield the published database.

    Parameters
    ----------
    current : Settings
        The data folder; only its landing and the secret of its persons are used, and read only.

    Raises
    ------
    RebuildError
        If ``greenties run --from-landing`` fails there; its words are the message.
    """
    with tempfile.TemporaryDirectory(prefix=".verify-", dir=current.data_dir) as name:
        folder = Path(name)
        (folder / "landing").symlink_to(current.landing_dir.resolve(), target_is_directory=True)
        secret = current.data_dir / "secret" / "person.key"
        if secret.exists():
            (folder / "secret").mkdir(mode=0o700)
            shutil.copy2(secret, folder / "secret" / "person.key")
        environment = {
            **os.environ,
            "GREENTIES_DATA_DIR": str(folder),
            "GREENTIES_THREADS": str(1 if current.threads > 1 else 2),
            "GREENTIES_NEWEST_FIRST": "0" if current.newest_first else "1",
        }
        command = [sys.executable, "-m", "orchestration.cli", "run", "--from-landing"]
        done = subprocess.run(
            command, cwd=REPO_ROOT, env=environment, text=True, capture_output=True, check=False
        )
        if done.returncode != 0:
            raise RebuildError(f"the rebuild failed:\n{done.stderr[-_TOLD:]}")
        yield (folder / "published.duckdb").resolve()


def differing_tables(published: Path, other: Path) -> list[str]:
    """Name the tables that only one of two databases has, or whose fingerprints differ, sorted."""
    before, after = published_fingerprints(published), published_fingerprints(other)
    return sorted(n for n in before.keys() | after.keys() if before.get(n) != after.get(n))


def first_difference(published: Path, other: Path, table: str) -> Difference | None:
    """Find the first row in which a table of two databases differs.

    Values are compared in their canonical text, as fingerprints do: floats by nine digits, null
    apart from any text.

    Parameters
    ----------
    published, other : Path
        Databases, opened read-only.
    table : str
        ``schema.table``, present in both.

    Returns
    -------
    Difference or None
        None when all rows are equal.

    Raises
    ------
    ValueError
        If the table has other columns in the other database; they are named.
    """
    import duckdb

    with duckdb.connect() as connection:
        attach_published(connection, published, "published")
        attach_published(connection, other, "rebuilt")
        columns = _columns(connection, "published", table)
        if columns.keys() != (found := _columns(connection, "rebuilt", table)).keys():
            odd = ", ".join(sorted(columns.keys() ^ found.keys()))
            raise ValueError(f"{table}: only one of the two tables has {odd}")
        key = _key(connection, table) or list(columns)
        return _first(connection, table, columns, key)


def _first(
    connection: DuckDBPyConnection, table: str, columns: dict[str, Any], key: list[str]
) -> Difference | None:
    # Rows are told by the canonical text of their key, so that null and floats can stand in it;
    # of rows that are alike their number counts.
    keyed = row_text({name: columns[name] for name in key})
    whole = row_text(columns)
    sides = {
        db: f"select {keyed} as row_key, {whole} as row_text, count(*) as n "
        f"from {db}.{table} group by 1, 2"
        for db in ("published", "rebuilt")
    }
    differing = (
        f"select coalesce(a.row_key, b.row_key) as row_key from ({sides['published']}) as a "
        f"full join ({sides['rebuilt']}) as b on a.row_key = b.row_key and a.row_text = b.row_text "
        "where a.n is distinct from b.n"
    )
    total, first = connection.execute(
        f"select count(distinct d.row_key), min(d.row_key) from ({differing}) as d"
    ).fetchall()[0]
    if not total:
        return None
    shown = ", ".join(f'cast("{name}" as varchar)' for name in columns)
    texts = ", ".join(row_text({name: kind}) for name, kind in columns.items())
    found: dict[str, tuple[list[str | None], list[str]]] = {}
    for db in ("published", "rebuilt"):
        values = connection.execute(
            f"select {shown}, {texts} from {db}.{table} where {keyed} = ? order by all limit 1",
            [first],
        ).fetchall()
        if values:
            found[db] = (list(values[0][: len(columns)]), list(values[0][len(columns) :]))
    names = list(columns)
    some = next(iter(found.values()))[0]
    return Difference(
        table=table,
        key={name: str(some[names.index(name)]) for name in key},
        columns={
            name: (found["published"][0][i], found["rebuilt"][0][i])
            for i, name in enumerate(names)
            if len(found) > 1 and found["published"][1][i] != found["rebuilt"][1][i]
        },
        only_in=None if len(found) > 1 else next(iter(found)),
        n_rows=int(total),
    )


def _columns(connection: DuckDBPyConnection, database: str, table: str) -> dict[str, Any]:
    relation = connection.sql(f"select * from {database}.{table}")
    return dict(sorted(zip(relation.columns, relation.types, strict=True)))


def _key(connection: DuckDBPyConnection, table: str) -> list[str]:
    schema, name = table.split(".", 1)
    found = connection.execute(
        "select constraint_column_names from duckdb_constraints() "
        "where database_name = 'published' and schema_name = ? and table_name = ? "
        "and constraint_type = 'PRIMARY KEY'",
        [schema, name],
    ).fetchall()
    return [str(column) for column in found[0][0]] if found else []
