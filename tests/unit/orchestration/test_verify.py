"""Which row is the first to differ between two databases, and in which columns."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from orchestration.verify import first_difference

DDL = "create table marts.cells (city varchar, year integer, n double, primary key (city, year))"
ROWS = [("a", 2006, 1.0), ("a", 2007, None), ("b", 2006, 0.1 + 0.2)]


def database(path: Path, rows: list[tuple[object, ...]], ddl: str = DDL) -> Path:
    with duckdb.connect(str(path)) as connection:
        connection.execute("create schema marts")
        connection.execute(ddl)
        for row in rows:
            marks = ", ".join("?" for _ in row)
            connection.execute(f"insert into marts.cells values ({marks})", list(row))
    return path


def test_equal_rows_differ_nowhere_whatever_their_order_and_the_last_digits(tmp_path: Path) -> None:
    published = database(tmp_path / "a.duckdb", ROWS)
    other = database(tmp_path / "b.duckdb", [("b", 2006, 0.3), *ROWS[:2]])
    assert first_difference(published, other, "marts.cells") is None


def test_the_first_row_by_key_is_shown_with_the_columns_that_differ(tmp_path: Path) -> None:
    published = database(tmp_path / "a.duckdb", ROWS)
    other = database(tmp_path / "b.duckdb", [("b", 2006, 7.0), ("a", 2007, 2.0), ROWS[0]])
    found = first_difference(published, other, "marts.cells")
    assert found is not None
    assert (found.key, found.columns) == ({"city": "a", "year": "2007"}, {"n": (None, "2.0")})
    assert (found.only_in, found.n_rows) == (None, 2)
    assert found.lines() == [
        "marts.cells: 2 rows differ; the first one is city = a, year = 2007",
        "    n  published None  rebuilt 2.0",
    ]


def test_a_row_that_one_side_lacks_is_told_as_such(tmp_path: Path) -> None:
    published = database(tmp_path / "a.duckdb", ROWS[:2])
    other = database(tmp_path / "b.duckdb", ROWS)
    found = first_difference(published, other, "marts.cells")
    assert found is not None
    assert (found.only_in, found.key, found.n_rows) == ("rebuilt", {"city": "b", "year": "2006"}, 1)
    assert "stands in the rebuilt table only" in found.lines()[0]


def test_without_a_key_repeated_rows_are_counted(tmp_path: Path) -> None:
    ddl = "create table marts.cells (city varchar, n integer)"
    published = database(tmp_path / "a.duckdb", [("a", 1), ("a", 1)], ddl)
    other = database(tmp_path / "b.duckdb", [("a", 1)], ddl)
    found = first_difference(published, other, "marts.cells")
    assert found is not None
    assert (found.key, found.n_rows) == ({"city": "a", "n": "1"}, 1)


def test_other_columns_are_named(tmp_path: Path) -> None:
    published = database(tmp_path / "a.duckdb", [], "create table marts.cells (city varchar)")
    other = database(tmp_path / "b.duckdb", [], "create table marts.cells (town varchar)")
    with pytest.raises(ValueError, match="city, town"):
        first_difference(published, other, "marts.cells")
