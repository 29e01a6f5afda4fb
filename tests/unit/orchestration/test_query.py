"""Results of a query on a screen, in a pipe, as CSV and JSON."""

from __future__ import annotations

import json
from io import StringIO

import duckdb
import pytest

from orchestration.query import write_result


class Screen(StringIO):
    """A terminal of the default width."""

    def isatty(self) -> bool:
        return True


def written(query: str, form: str = "table", stream: StringIO | None = None) -> str:
    paper = stream or StringIO()
    with duckdb.connect() as connection:
        write_result(connection.sql(query), form, paper)
    return paper.getvalue()


def wide(columns: int) -> str:
    return "select " + ", ".join(f"'value of column {n}' as column_{n}" for n in range(columns))


def test_a_pipe_gets_one_line_a_row_however_wide() -> None:
    lines = written(wide(30)).splitlines()
    assert any("value of column 0" in line and "value of column 29" in line for line in lines)
    assert lines[-1] == "1 row"


def test_a_screen_gets_blocks_when_the_columns_do_not_fit(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    lines = written(wide(30), stream=Screen()).splitlines()
    assert lines[0] == "-- row 1"
    assert lines[1] == "column_0   value of column 0"
    assert lines[-1] == "1 row"


def test_a_screen_gets_a_table_when_they_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    said = written(wide(2), stream=Screen())
    assert "-- row" not in said
    assert "value of column 1" in said


def test_one_long_text_is_folded_in_its_column(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    said = written("select repeat('x', 300) as long, 1 as n", stream=Screen())
    assert "-- row" not in said
    assert said.count("x") == 300


def test_csv_and_json_keep_null_comma_and_chinese_apart() -> None:
    query = (
        "select 1 as a, null as b, '专利,权' as c, date '2019-07-09' as d, 0.50::decimal(4, 2) as e"
    )
    assert written(query, "csv").splitlines() == ["a,b,c,d,e", '1,,"专利,权",2019-07-09,0.50']
    assert json.loads(written(query, "json")) == {
        "a": 1, "b": None, "c": "专利,权", "d": "2019-07-09", "e": "0.50",
    }  # fmt: skip
