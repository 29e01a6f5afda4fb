"""Folders of builds as of a day, and the option that makes them."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

import orchestration.cli as commands
from orchestration.as_of import AsOfError, as_of_folder
from orchestration.dbt_macros import macro_sql
from orchestration.line import Outcome
from orchestration.method import MethodSettings
from orchestration.settings import Settings, settings


@pytest.fixture
def current(tmp_path: Path) -> Settings:
    (tmp_path / "landing").mkdir()
    (tmp_path / "secret").mkdir()
    return Settings(data_dir=tmp_path)


def test_the_folder_shares_landing_and_secret_and_can_be_made_again(current, tmp_path):
    folder = as_of_folder(current, date(2015, 6, 30), "gazette")
    assert folder == tmp_path / "as_of" / "2015-06-30-gazette"
    assert sorted(path.name for path in folder.iterdir()) == ["landing", "secret"]
    assert (folder / "landing").resolve() == tmp_path / "landing"
    assert as_of_folder(current, date(2015, 6, 30), "gazette") == folder
    moved = tmp_path.with_name("moved")
    tmp_path.rename(moved)  # links are relative
    assert (moved / "as_of/2015-06-30-gazette/landing").is_dir()


def test_nothing_landed_and_a_strange_file_are_named(current, tmp_path):
    folder = tmp_path / "as_of" / "2015-06-30-load"
    (folder / "landing").mkdir(parents=True)
    with pytest.raises(AsOfError, match="is not the link to"):
        as_of_folder(current, date(2015, 6, 30), "load")
    with pytest.raises(AsOfError, match="nothing is landed"):
        as_of_folder(Settings(data_dir=tmp_path / "empty"), date(2015, 6, 30), "load")


def test_the_option_builds_in_that_folder_with_that_day(current, tmp_path, monkeypatch):
    seen: list[Any] = []

    def build(chosen: Settings, **options: Any) -> Outcome:
        seen.append((chosen.data_dir, options, MethodSettings()))
        return Outcome()

    monkeypatch.setattr(commands, "_run_line", build)
    for name in ("DATA_DIR", "METHOD_AS_OF", "METHOD_AS_OF_BASIS"):
        monkeypatch.setenv(f"GREENTIES_{name}", "")  # restored afterwards
        monkeypatch.delenv(f"GREENTIES_{name}")
    arguments = ["--data-dir", str(tmp_path), "run", "--as-of", "2015-06-30"]
    done = CliRunner().invoke(commands.main, [*arguments, "--as-of-basis", "load"])
    settings.cache_clear()
    assert done.exit_code == 0, done.output
    ((folder, options, method),) = seen
    assert folder == tmp_path / "as_of" / "2015-06-30-load"
    assert options["crawl"] is False
    assert (method.as_of, method.as_of_basis) == (date(2015, 6, 30), "load")


@pytest.mark.parametrize("option", [["--months", "2015-01"], ["--dirt", "0"]])
def test_what_is_crawled_has_no_day(current, tmp_path, option):
    arguments = ["--data-dir", str(tmp_path), "run", "--as-of", "2015-06-30", *option]
    done = CliRunner().invoke(commands.main, arguments)
    assert done.exit_code == 2
    assert "--as-of crawls nothing" in done.output


def test_macros_of_dates_are_sql_without_dbt():
    assert macro_sql("records_dates", "written_date", "x").startswith("case")
    with pytest.raises(AttributeError):
        macro_sql("records_dates", "no_such_macro", "x")
