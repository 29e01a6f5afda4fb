"""``greenties figures``: what is asked for by number or name, and why something is not there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from orchestration.cli import main
from tests.published import make_published


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("published") / "published.duckdb"
    make_published(path)
    return path


@pytest.fixture
def figures(tmp_path: Path, database: Path, monkeypatch: pytest.MonkeyPatch):
    """Call the command on a data folder whose only release is the small database."""
    release = tmp_path / "data/releases/0001-b1"
    release.mkdir(parents=True)
    (release / "published.duckdb").symlink_to(database)
    (tmp_path / "data/published.duckdb").symlink_to(release / "published.duckdb")
    monkeypatch.setenv("GREENTIES_DATA_DIR", str(tmp_path / "data"))

    def call(*options: str) -> tuple[Result, list[str]]:
        out = tmp_path / "out"
        result = CliRunner().invoke(main, ["figures", "--output", str(out), *options])
        return result, sorted(path.name for path in out.iterdir()) if out.exists() else []

    return call


def test_figures_are_asked_for_by_number_or_name(figures) -> None:
    result, files = figures("--figure", "3", "--figure", "joint_trend", "--format", "svg")
    assert result.exit_code == 0, result.output
    assert files == [
        "figure3_moran_2020_synthetic.csv",
        "figure3_moran_2020_synthetic_en.svg",
        "figure3_moran_2020_synthetic_zh.svg",
        "joint_trend_synthetic.csv",
        "joint_trend_synthetic_en.svg",
        "joint_trend_synthetic_zh.svg",
    ]
    assert sorted(Path(line).name for line in result.output.split()) == files


def test_a_figure_that_is_not_available_says_why(figures) -> None:
    name = "event_study_innovative_ln_rsi"
    result, files = figures("--figure", name, "--release", "0001-b1")
    assert result.exit_code == 0, result.output
    assert files == []
    assert f"{name}: not available, no city is ever treated" in result.output


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--figure", "9"], "no figure 9; there are figure1_theory"),
        (["--release", "0009-x"], "no release '0009-x'"),
    ],
)
def test_the_command_names_what_is_not_there(figures, options: list[str], message: str) -> None:
    result, files = figures(*options)
    assert result.exit_code == 2
    assert message in re.sub(r"\s+", " ", result.output)
    assert files == []
