"""Settings and what is derived from them: paths, environment, the instance of a data folder."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from orchestration.instance import prepare_home
from orchestration.partitions import month_range, next_month
from orchestration.settings import (
    OTHER_VARIABLES,
    REPO_ROOT,
    Settings,
    UnknownVariableError,
    refuse_unknown_variables,
)


def test_a_relative_data_folder_means_the_same_to_child_processes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    current = Settings(data_dir=Path("my data"))
    assert current.data_dir == tmp_path / "my data"
    assert current.dbt_env()["GREENTIES_WAREHOUSE"] == str(tmp_path / "my data/warehouse.duckdb")


@pytest.mark.parametrize("month", ["2019-13", "2019", "2019-7", "19-07", "2019-07-01"])
def test_a_month_is_written_in_one_way(month: str) -> None:
    with pytest.raises(ValidationError, match="is no month"):
        Settings(from_month=month)


@pytest.mark.parametrize(
    "wrong",
    [
        {"from_month": "2020-01", "until_month": "2019-01"},
        {"from_month": "2020-01", "until_month": "2020-01"},
        {"site_url": "notaurl"},
        {"site_url": "ftp://example.org"},
        {"office_records": 0},
    ],
)
def test_settings_that_cannot_work_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Settings(**wrong)


def test_an_empty_variable_is_an_unset_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GREENTIES_CITY_TABLE", "")
    assert Settings().city_table is None


def test_each_data_folder_has_an_instance_of_its_own(tmp_path: Path) -> None:
    one, two = (Settings(data_dir=tmp_path / name) for name in ("a b", "c"))
    homes = {prepare_home(current)["DAGSTER_HOME"] for current in (one, two)}
    assert homes == {str(tmp_path / "a b/dagster"), str(tmp_path / "c/dagster")}
    wanted = (REPO_ROOT / "dagster.yaml").read_bytes()
    assert (one.dagster_home / "dagster.yaml").read_bytes() == wanted
    (one.dagster_home / "dagster.yaml").write_text("telemetry: {enabled: true}")
    prepare_home(one)
    assert (one.dagster_home / "dagster.yaml").read_bytes() == wanted


def test_months_are_half_open() -> None:
    assert month_range("2019-11", "2020-02") == ["2019-11", "2019-12", "2020-01"]
    assert month_range("2019-11", "2019-11") == []
    assert [next_month("2019-12"), next_month("2019-01")] == ["2020-01", "2019-02"]
    with pytest.raises(ValueError, match="2019-7-1"):
        month_range("2019-7-1", "2020-01")


def test_settings_start_without_heavy_packages() -> None:
    """`greenties --help` answers at once only while this holds."""
    code = (
        "import sys, orchestration.cli; "
        "print([m for m in ('dagster', 'duckdb', 'polars', 'pandas', 'dbt') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=REPO_ROOT, env=dict(os.environ), text=True, capture_output=True, check=True,
    )  # fmt: skip
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("name", "nearest"),
    [
        ("GREENTIES_SITE_URI", "GREENTIES_SITE_URL"),
        ("GREENTIES_RECHECK_MONTH", "GREENTIES_RECHECK_MONTHS"),
        ("greenties_data_folder", "GREENTIES_DATA_DIR"),
    ],
)
def test_a_misspelt_variable_is_refused_with_the_nearest_name(name: str, nearest: str) -> None:
    with pytest.raises(UnknownVariableError, match=f"{name.upper()} names no setting.*{nearest}"):
        refuse_unknown_variables({name: "x", "HOME": "/"})


def test_variables_of_dbt_tests_and_method_are_no_misspelt_settings() -> None:
    known = [f"GREENTIES_{name.upper()}" for name in Settings.model_fields]
    refuse_unknown_variables([*known, *OTHER_VARIABLES, "GREENTIES_METHOD_SAMPLE", "PATH"])
