"""A result is reused exactly as long as everything that it was made from is the same."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from orchestration import analysis_reuse
from orchestration.analysis_reuse import (
    RECORDS,
    UnhashableColumnError,
    code_files,
    frame_hash,
    ingredients,
    stored_or_computed,
)
from orchestration.analysis_tables import AnalysisTableError
from orchestration.settings import REPO_ROOT

TABLE = "city_indices"
FRAME = pl.DataFrame({"adcode": ["110000", "310000"], "year": [2006, 2006], "x": [1.5, None]})


class Counted:
    """Computes the table and counts how often it was asked."""

    def __init__(self) -> None:
        self.calls = 0

    def __call__(self) -> dict[str, pl.DataFrame]:
        self.calls += 1
        rows = {"year": [2006], "adcode": ["110000"], "dige": [0.5], "er": [0.25]}
        return {TABLE: pl.DataFrame(rows).with_columns(er_clipped=pl.lit(False))}


def run(folder: Path, compute: Counted, **changes: Any) -> analysis_reuse.Stored:
    given: dict[str, Any] = {
        "inputs": {"panel": FRAME},
        "choices": {"er_clip": True},
        "code": ["analysis.indices"],
    }
    made_from = ingredients([TABLE], **{**given, **changes})
    return stored_or_computed(folder, [TABLE], made_from, compute)


def test_the_same_ingredients_are_computed_once(tmp_path: Path) -> None:
    compute = Counted()
    first, second = run(tmp_path, compute), run(tmp_path, compute)
    assert (first.reused, second.reused, compute.calls) == (False, True, 1)
    assert first.why == "never computed"
    assert second.rows == {TABLE: 1}
    assert pl.read_parquet(second.paths[TABLE])["dige"].to_list() == [0.5]


def test_one_changed_cell_computes_again_and_is_named(tmp_path: Path) -> None:
    compute = Counted()
    run(tmp_path, compute)
    other = FRAME.with_columns(x=pl.Series([1.5 + 1e-15, None]))
    again = run(tmp_path, compute, inputs={"panel": other})
    assert (again.reused, again.why, compute.calls) == (False, "changed: panel", 2)


def test_an_input_more_or_less_computes_again(tmp_path: Path) -> None:
    compute = Counted()
    run(tmp_path, compute)
    again = run(tmp_path, compute, inputs={"panel": FRAME, "weights": "0123"})
    assert (again.why, compute.calls) == ("changed: weights", 2)
    assert run(tmp_path, compute).why == "changed: weights"


def test_a_changed_setting_computes_again(tmp_path: Path) -> None:
    compute = Counted()
    run(tmp_path, compute)
    again = run(tmp_path, compute, choices={"er_clip": False})
    assert (again.why, compute.calls) == ("changed: settings", 2)


def test_changed_code_computes_again_however_deep_it_lies(tmp_path: Path, monkeypatch) -> None:
    project = tmp_path / "project"
    (project / "analysis").mkdir(parents=True)
    deep = project / "analysis" / "deep.py"
    (project / "analysis" / "top.py").write_text("def f():\n    from analysis.deep import g\n")
    deep.write_text("g = 1\n")
    monkeypatch.setattr(analysis_reuse, "REPO_ROOT", project)
    compute = Counted()
    first = run(tmp_path / "data", compute, code=["analysis.top"])
    assert run(tmp_path / "data", compute, code=["analysis.top"]).reused
    deep.write_text("g = 2\n")
    again = run(tmp_path / "data", compute, code=["analysis.top"])
    assert (first.reused, again.why, compute.calls) == (False, "changed: code", 2)


def test_another_version_of_a_package_counts_as_code(tmp_path: Path, monkeypatch) -> None:
    compute = Counted()
    run(tmp_path, compute)
    monkeypatch.setattr(analysis_reuse, "_versions", lambda: {"numpy": "0.0"})
    assert run(tmp_path, compute).why == "changed: code"


@pytest.mark.parametrize(
    ("damage", "why"),
    [
        (lambda path: path.unlink(), "city_indices.parquet is gone"),
        (lambda path: path.write_bytes(path.read_bytes()[:-9]), "is not what was stored"),
        (lambda path: path.write_bytes(b""), "is not what was stored"),
    ],
)
def test_a_damaged_file_is_computed_again(tmp_path: Path, damage: Any, why: str) -> None:
    compute = Counted()
    stored = run(tmp_path, compute)
    damage(stored.paths[TABLE])
    again = run(tmp_path, compute)
    assert why in again.why
    assert compute.calls == 2
    assert pl.read_parquet(again.paths[TABLE]).height == 1


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"inputs": []}', "no json"])
def test_a_record_that_cannot_be_read_proves_nothing(tmp_path: Path, text: str) -> None:
    compute = Counted()
    run(tmp_path, compute)
    (tmp_path / RECORDS / f"{TABLE}.json").write_text(text)
    assert run(tmp_path, compute).reused is False
    assert run(tmp_path, compute).reused is True


def test_a_computation_that_fails_leaves_nothing_to_reuse(tmp_path: Path) -> None:
    compute = Counted()
    run(tmp_path, compute)

    def broken() -> dict[str, pl.DataFrame]:
        return {TABLE: FRAME}

    made_from = ingredients([TABLE], inputs={}, choices={}, code=["analysis.indices"])
    with pytest.raises(AnalysisTableError, match="missing columns"):
        stored_or_computed(tmp_path, [TABLE], made_from, broken)
    assert run(tmp_path, compute).reused is False


def test_other_tables_than_promised_are_refused(tmp_path: Path) -> None:
    made_from = ingredients([TABLE], inputs={}, choices={}, code=["analysis.indices"])
    with pytest.raises(KeyError, match="index_loadings"):
        stored_or_computed(tmp_path, [TABLE], made_from, lambda: {"index_loadings": FRAME})


def test_the_record_names_every_part(tmp_path: Path) -> None:
    run(tmp_path, Counted())
    record = json.loads((tmp_path / RECORDS / f"{TABLE}.json").read_text())
    assert set(record) == {"inputs", "settings", "code", "rows", "files"}
    assert set(record["inputs"]) == {"panel"}


@pytest.mark.parametrize(
    "other",
    [
        FRAME.rename({"x": "y"}),
        FRAME.reverse(),
        FRAME.select("year", "adcode", "x"),
        FRAME.with_columns(x=pl.Series([1.5, 0.0])),
        FRAME.with_columns(adcode=pl.Series(["11000", "0310000"])),
        FRAME.with_columns(pl.col("year").cast(pl.Int32)),
        FRAME.head(1),
    ],
)
def test_whatever_differs_has_another_hash(other: pl.DataFrame) -> None:
    assert frame_hash(other) != frame_hash(FRAME)


def test_what_lies_behind_a_null_does_not_count() -> None:
    hidden = pl.DataFrame({"x": [1.0, 2.0]}).with_columns(
        pl.when(pl.col("x") < 2).then("x").alias("x")
    )
    assert frame_hash(hidden) == frame_hash(pl.DataFrame({"x": [1.0, None]}))


def test_every_kind_of_column_of_the_warehouse_is_hashed() -> None:
    frame = pl.DataFrame(
        {"d": [Decimal("1.50"), None], "b": [True, None], "l": [["a"], None], "n": [None, None]}
    )
    assert frame_hash(frame) != frame_hash(frame.with_columns(l=pl.Series([["b"], None])))
    with pytest.raises(UnhashableColumnError, match="column o"):
        frame_hash(pl.DataFrame({"o": [object()]}))


def test_the_code_of_an_analysis_is_all_that_it_imports() -> None:
    names = {str(path.relative_to(REPO_ROOT)) for path in code_files(["analysis.spatial_tables"])}
    assert {"analysis/spatial_panel.py", "analysis/weights.py", "analysis/errors.py"} <= names
    assert "analysis/indices.py" not in names
    with pytest.raises(FileNotFoundError, match="no code of analysis"):
        code_files(["analysis.nowhere"])
