"""Order-independent fingerprints of tables, computed from their values alone.

A fingerprint says whether two tables hold the same rows: on another machine, at another number of
threads, after another order of loading. Each row becomes one canonical text, its md5 is cut into
two 64-bit halves, and the halves are summed. Sums of integers do not depend on the order, and the
engine's own ``hash()``, which may change with its version, is never used.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

FLOAT_DIGITS = 9  # significant digits of a float that count

_MODULUS = 2**64
_INTEGERS = {
    "tinyint", "smallint", "integer", "bigint", "hugeint",
    "utinyint", "usmallint", "uinteger", "ubigint", "uhugeint",
}  # fmt: skip


class UnsupportedTypeError(TypeError):
    """A column has a type for which no canonical text is defined."""


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """What identifies the content of one table."""

    row_count: int
    fingerprint: str  # 32 hex digits
    excluded_columns: tuple[str, ...] = ()


def table_fingerprint(
    connection: DuckDBPyConnection, relation: str, *, exclude: Iterable[str] = ()
) -> Fingerprint:
    """Fingerprint a table, a view or a parenthesised query.

    Parameters
    ----------
    connection : DuckDBPyConnection
        Open connection; it is only read from.
    relation : str
        Anything that may stand after ``from``, e.g. ``marts.dim_cities`` or ``(select 1 as a)``.
    exclude : iterable of str
        Columns to leave out; their names are kept in the result.

    Returns
    -------
    Fingerprint
        Equal for two relations if and only if (up to collisions of md5) they have the same columns
        by name and the same multiset of rows, floats compared at ``FLOAT_DIGITS`` significant
        digits. The order of rows and of columns does not matter.

    Raises
    ------
    UnsupportedTypeError
        If a column has a type without a canonical text, such as a bit string.
    KeyError
        If a column to exclude does not exist.
    """
    described = connection.execute(f"describe select * from {relation}").fetchall()
    types = {str(name): str(kind) for name, kind, *_ in described}
    excluded = tuple(sorted(set(exclude)))
    if missing := [name for name in excluded if name not in types]:
        raise KeyError(f"{relation} has no column {', '.join(missing)}")
    kept = sorted(name for name in types if name not in excluded)
    # The engine's own type objects are asked for, because the text of a nested type is ambiguous.
    columns = connection.sql(f"select {', '.join(map(_identifier, kept))} from {relation} as r")
    canonical = row_text(dict(zip(columns.columns, columns.types, strict=True)))
    rows, high, low = connection.execute(
        f"""
        select
            count(*) as n,
            coalesce(sum(('0x' || substr(d.digest, 1, 16))::ubigint::hugeint), 0) as high,
            coalesce(sum(('0x' || substr(d.digest, 17, 16))::ubigint::hugeint), 0) as low
        from (select md5({canonical}) as digest from {relation} as r) as d
        """
    ).fetchall()[0]
    parts = [str(rows), f"{int(high) % _MODULUS:016x}{int(low) % _MODULUS:016x}", *kept]
    digest = hashlib.md5("\x1f".join(parts).encode(), usedforsecurity=False).hexdigest()
    return Fingerprint(int(rows), digest, excluded)


def row_text(columns: dict[str, Any]) -> str:
    """SQL for the canonical text of a row: ``name=value`` of every column, in order of name."""
    parts = [
        f"'{_escape(name)}=' || {_cell(_identifier(name), kind, 0)}"
        for name, kind in columns.items()
    ]
    return " || '|' || ".join(parts)


def _escape(text: str) -> str:
    return text.replace("\\", "\\\\").replace("|", "\\p").replace("=", "\\e").replace("'", "''")


def _cell(expression: str, kind: Any, depth: int) -> str:
    r"""SQL for a value: escaped so that no text can imitate a separator, null as ``\N``."""
    text = _text(expression, kind, depth)
    return f"coalesce(replace(replace({text}, '\\', '\\\\'), '|', '\\p'), '\\N')"


def _text(expression: str, kind: Any, depth: int) -> str:
    name = str(kind.id)
    if name in _INTEGERS or name in {"varchar", "date", "time", "uuid", "enum", "interval"}:
        return f"cast({expression} as varchar)"
    if name == "boolean":
        return f"case when {expression} then 'true' when not {expression} then 'false' end"
    if name == "decimal":
        return _decimal(expression, dict(kind.children)["scale"])
    if name in {"float", "double"}:
        return _float(expression)
    if name in {"timestamp", "timestamp_s", "timestamp_ms", "timestamp_ns"}:
        return f"cast({expression} as varchar)"
    if name == "timestamp with time zone":
        return f"cast(epoch_us({expression}) as varchar)"  # its text depends on the session
    if name == "blob":
        return f"hex({expression})"
    if name in {"list", "array"}:
        return _list(expression, dict(kind.children)["child"], depth)
    if name == "struct":
        return _struct(expression, kind.children, depth)
    if name == "map":
        entries = dict(kind.children)
        pair = [("key", entries["key"]), ("value", entries["value"])]
        item = f"e{depth}"
        body = _cell_of_struct(item, pair, depth + 1)
        return _joined(
            f"list_sort(list_transform(map_entries({expression}), lambda {item}: {body}))"
        )
    raise UnsupportedTypeError(f"no canonical text for a column of type {kind}")


def _decimal(expression: str, scale: int) -> str:
    text = f"cast({expression} as varchar)"
    return text if scale == 0 else f"rtrim(rtrim({text}, '0'), '.')"


def _float(expression: str) -> str:
    number = f"cast({expression} as double)"
    return (
        f"case when isnan({number}) then 'nan' when isinf({number}) then "
        f"case when {number} > 0 then 'inf' else '-inf' end "
        f"when {number} = 0 then '0' "  # minus zero is zero
        f"else printf('%.{FLOAT_DIGITS - 1}e', {number}) end"
    )


def _list(expression: str, child: Any, depth: int) -> str:
    item = f"e{depth}"
    return _joined(f"list_transform({expression}, lambda {item}: {_cell(item, child, depth + 1)})")


def _joined(cells: str) -> str:
    # The length keeps an empty list apart from a list of one empty text.
    return f"(len({cells}) || '[' || array_to_string({cells}, '|') || ']')"


def _struct(expression: str, children: Sequence[tuple[str, Any]], depth: int) -> str:
    fields = _fields(expression, children, depth)
    return f"case when {expression} is not null then {fields} end"


def _cell_of_struct(expression: str, children: Sequence[tuple[str, Any]], depth: int) -> str:
    return f"replace(replace({_fields(expression, children, depth)}, '\\', '\\\\'), '|', '\\p')"


def _fields(expression: str, children: Sequence[tuple[str, Any]], depth: int) -> str:
    parts = [
        f"'{_escape(name)}=' || {_cell(f'{expression}.{_identifier(name)}', kind, depth)}"
        for name, kind in sorted(children, key=lambda child: child[0])
    ]
    return "('{' || " + " || '|' || ".join(parts) + " || '}')"


def _identifier(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
