"""Laws of fingerprints: what changes them and what must not."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestration.fingerprints import UnsupportedTypeError, table_fingerprint

TYPES: dict[str, st.SearchStrategy[Any]] = {
    "bigint": st.integers(-(2**63), 2**63 - 1),
    "varchar": st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\0"), max_size=8),
    "boolean": st.booleans(),
    "double": st.floats(allow_nan=False, width=64),
    "decimal(18, 6)": st.decimals(
        min_value=-(10**9), max_value=10**9, places=6, allow_nan=False, allow_infinity=False
    ),
    "date": st.dates(),
    "timestamp": st.datetimes(),
    "varchar[]": st.lists(
        st.none() | st.text(alphabet="ab|\\N,[]=", max_size=3), max_size=3
    ),
}  # fmt: skip


@st.composite
def tables(draw: st.DrawFn, *, min_rows: int = 0) -> tuple[list[str], list[list[Any]]]:
    """Types of the columns a, b, c, ... and rows."""
    types = draw(st.lists(st.sampled_from(sorted(TYPES)), min_size=1, max_size=4))
    row = st.tuples(*(st.none() | TYPES[kind] for kind in types)).map(list)
    return types, draw(st.lists(row, min_size=min_rows, max_size=6))


MEMORY = duckdb.connect(config={"threads": 1})


def of(types: list[str], rows: list[list[Any]], names: str = "abcdefgh") -> str:
    columns = ", ".join(f"{name} {kind}" for name, kind in zip(names, types, strict=False))
    MEMORY.execute(f"create or replace table t ({columns})")
    for row in rows:
        MEMORY.execute(f"insert into t values ({', '.join('?' for _ in row)})", row)
    return table_fingerprint(MEMORY, "t").fingerprint


def same(left: Any, right: Any) -> bool:
    """Equal as far as a fingerprint looks."""
    if isinstance(left, float) and isinstance(right, float):
        return left == right or f"{left:.8e}" == f"{right:.8e}"
    return type(left) is type(right) and left == right


@given(tables(), st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(table: Any, random: Any) -> None:
    types, rows = table
    shuffled = list(rows)
    random.shuffle(shuffled)
    assert of(types, rows) == of(types, shuffled)


@given(tables(min_rows=1), st.data())
def test_changing_one_cell_changes_it(table: Any, data: st.DataObject) -> None:
    types, rows = table
    r = data.draw(st.integers(0, len(rows) - 1))
    c = data.draw(st.integers(0, len(types) - 1))
    other = data.draw((st.none() | TYPES[types[c]]).filter(lambda v: not same(v, rows[r][c])))
    changed = [list(row) for row in rows]
    changed[r][c] = other
    assert of(types, rows) != of(types, changed)


@given(tables(min_rows=1), st.data())
def test_doubling_or_dropping_a_row_changes_it(table: Any, data: st.DataObject) -> None:
    types, rows = table
    r = data.draw(st.integers(0, len(rows) - 1))
    assert (
        len({of(types, rows), of(types, [*rows, rows[r]]), of(types, rows[:r] + rows[r + 1 :])})
        == 3
    )


@given(st.lists(st.tuples(TYPES["bigint"], TYPES["bigint"]), min_size=1, max_size=5))
def test_swapping_two_columns_changes_it(pairs: list[tuple[int, int]]) -> None:
    rows, swapped = [list(p) for p in pairs], [[b, a] for a, b in pairs]
    equal = sorted(rows) == sorted(swapped)
    assert (of(["bigint"] * 2, rows) == of(["bigint"] * 2, swapped)) is equal


@given(tables())
def test_names_of_columns_count_and_their_order_does_not(table: Any) -> None:
    types, rows = table
    assert of(types, rows) != of(types, rows, names="zbcdefgh")
    backwards = [list(reversed(row)) for row in rows]
    assert of(types, rows) == of(types[::-1], backwards, names="abcdefgh"[: len(types)][::-1])


@pytest.mark.parametrize("text", ["", "\\N", "NULL", "null", "None"])
def test_null_is_no_text(text: str) -> None:
    assert of(["varchar"], [[None]]) != of(["varchar"], [[text]])


def test_separators_inside_texts_do_not_move_a_border() -> None:
    assert of(["varchar", "varchar"], [["x|b=y", ""]]) != of(
        ["varchar", "varchar"], [["x", "y|b="]]
    )
    assert of(["varchar[]"], [[["a|b"]]]) != of(["varchar[]"], [[["a", "b"]]])
    lists = [None, [], [""], [None], ["", ""], ["\\N"]]
    assert len({of(["varchar[]"], [[value]]) for value in lists}) == len(lists)


def test_floats_count_to_nine_digits_and_zero_has_no_sign() -> None:
    assert of(["double"], [[0.0]]) == of(["double"], [[-0.0]])
    assert of(["double"], [[0.1 + 0.2]]) == of(["double"], [[0.3]])
    assert of(["double"], [[0.30000001]]) != of(["double"], [[0.3]])
    special = [float("nan"), float("inf"), float("-inf"), 0.0]
    assert len({of(["double"], [[value]]) for value in special}) == 4


def test_a_decimal_counts_by_value_and_not_by_scale() -> None:
    assert of(["decimal(18, 6)"], [[Decimal("1.5")]]) == of(["decimal(9, 2)"], [[Decimal("1.5")]])
    assert of(["decimal(18, 0)"], [[Decimal(100)]]) != of(["decimal(18, 0)"], [[Decimal(1)]])


def test_an_instant_does_not_depend_on_the_time_zone_of_the_session() -> None:
    found = set()
    for zone in ("UTC", "Asia/Shanghai"):
        with duckdb.connect() as connection:
            connection.execute(f"set timezone = '{zone}'")
            query = "(select to_timestamp(1500000000) as t)"
            found.add(table_fingerprint(connection, query).fingerprint)
    assert len(found) == 1


def test_one_and_two_threads_agree_on_many_rows() -> None:
    found = set()
    for threads in (1, 2):
        with duckdb.connect(config={"threads": threads}) as connection:
            connection.execute(
                "create table t as select i, i / 7 as x, [i % 3, null] as l, "
                "{'k': i % 5, 'v': 'a|b'} as s from range(300000) as r(i)"
            )
            found.add(table_fingerprint(connection, "t").fingerprint)
    assert len(found) == 1


def test_a_fingerprint_written_down_stays_the_same() -> None:
    """Published fingerprints are compared across versions: the definition may not drift."""
    with duckdb.connect() as connection:
        found = table_fingerprint(
            connection,
            "(select 1 as a, '北京' as b, null::varchar as c, 0.1::double as d, "
            "[1, null] as e, {'x': date '2020-01-31', 'y': true} as f, 2.50::decimal(9, 4) as g)",
        )
    assert (found.row_count, found.fingerprint) == (1, "4f60c2e4c6e45b69664f280a8ab728b0")


def test_excluded_columns_are_named_and_do_not_count() -> None:
    with duckdb.connect() as connection:
        one = table_fingerprint(connection, "(select 1 as a, 2 as b)", exclude=["b"])
        two = table_fingerprint(connection, "(select 1 as a, 3 as b)", exclude=["b"])
        assert one == two
        assert one.excluded_columns == ("b",)
        with pytest.raises(KeyError, match="zz"):
            table_fingerprint(connection, "(select 1 as a)", exclude=["zz"])


def test_a_type_without_canonical_text_is_refused() -> None:
    with duckdb.connect() as connection, pytest.raises(UnsupportedTypeError, match="BIT"):
        table_fingerprint(connection, "(select '101'::bit as a)")
