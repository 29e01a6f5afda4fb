"""The command line of the office: what is built, what is kept, what is refused."""

from __future__ import annotations

import json
import shutil
import sqlite3
import sys
import zlib
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest
from click.testing import CliRunner, Result

from scrapers.office.__main__ import main
from scrapers.office.amend import amendments
from scrapers.office.catalogue import Catalogue
from scrapers.office.query import parse_where
from scrapers.office.store import STORE_NAME, STORE_VERSION


@pytest.fixture
def builds(store: Path, monkeypatch: pytest.MonkeyPatch) -> list[dict[str, object]]:
    """Stand in for the country: copies the tiny store and notes what was asked for."""
    calls: list[dict[str, object]] = []

    def build_country(
        directory: Path, *, progress: Callable[[str], None], **parameters: object
    ) -> None:
        calls.append(parameters)
        progress("building")
        directory.mkdir()
        shutil.copy(store, directory / STORE_NAME)
        meta = {key: str(value) for key, value in parameters.items()}
        truth = {"manifest.json": json.dumps(parameters), "panel.csv": "adcode,year\n"}
        with sqlite3.connect(directory / STORE_NAME) as connection:
            connection.executemany(
                "INSERT OR REPLACE INTO meta VALUES (?, ?)",
                [*meta.items(), ("version", STORE_VERSION)],
            )
            connection.executemany(
                "INSERT INTO truth VALUES (?, ?)",
                [(name, zlib.compress(text.encode())) for name, text in truth.items()],
            )

    module = ModuleType("scrapers.office.country")
    module.build_country = build_country  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "scrapers.office.country", module)
    return calls


@pytest.fixture
def office(tmp_path: Path) -> Path:
    return tmp_path / "office"


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def test_the_same_country_is_built_once(builds: list[dict[str, object]], office: Path) -> None:
    for _ in range(2):
        assert run("build", "--directory", office, "--records", 500).exit_code == 0
    assert builds == [
        {
            "seed": 20061231,
            "records": 500,
            "preset": "realistic",
            "shares": "enriched",
            "dirt": "default",
        }
    ]


@pytest.mark.parametrize(
    "change",
    [
        ("--seed", "8"),
        ("--records", "9"),
        ("--preset", "recovery"),
        ("--shares", "natural"),
        ("--dirt", "0"),
    ],
)
def test_other_parameters_build_another_country(
    builds: list[dict[str, object]], office: Path, change: tuple[str, str]
) -> None:
    run("build", "--directory", office)
    run("build", "--directory", office, *change)
    assert len(builds) == 2


def test_a_missing_partial_or_foreign_truth_is_laid_out_again_without_a_build(
    builds: list[dict[str, object]], office: Path, tmp_path: Path
) -> None:
    truth = tmp_path / "truth"
    run("build", "--directory", office)
    assert not truth.exists()
    run("build", "--directory", office, "--truth", truth)
    whole = {path.name: path.read_text() for path in truth.iterdir()}
    assert sorted(whole) == ["manifest.json", "panel.csv"]
    (truth / "panel.csv").unlink()
    run("build", "--directory", office, "--truth", truth)
    assert (truth / "panel.csv").read_text() == whole["panel.csv"]
    (truth / "manifest.json").write_text('{"seed": 1}')
    run("build", "--directory", office, "--truth", truth)
    assert (truth / "manifest.json").read_text() == whole["manifest.json"]
    assert len(builds) == 1


def test_a_store_of_an_earlier_version_is_built_again(
    builds: list[dict[str, object]], office: Path
) -> None:
    run("build", "--directory", office)
    run("amend", "--directory", office, "2019-07")
    with sqlite3.connect(office / STORE_NAME) as connection:
        connection.execute("UPDATE meta SET value = 'earlier' WHERE key = 'version'")
    run("build", "--directory", office)
    assert len(builds) == 2


def test_a_rebuild_of_the_same_country_keeps_its_amendments_once(
    builds: list[dict[str, object]], office: Path
) -> None:
    run("build", "--directory", office)
    for _ in range(3):
        assert run("amend", "--directory", office, "2019-07").exit_code == 0
    kept = amendments(office / STORE_NAME)
    assert len(kept) == 3
    for _ in range(2):
        assert run("build", "--directory", office, "--force").exit_code == 0
        assert amendments(office / STORE_NAME) == kept
    with sqlite3.connect(office / STORE_NAME) as connection:
        assert connection.execute("SELECT sum(n) FROM correction").fetchone() == (3,)
    run("build", "--directory", office, "--seed", "8")
    assert amendments(office / STORE_NAME) == []


def test_what_a_killed_build_left_does_not_count(
    builds: list[dict[str, object]], office: Path, store: Path
) -> None:
    (office / ".building").mkdir(parents=True)
    shutil.copy(store, office / ".building" / STORE_NAME)
    assert run("build", "--directory", office).exit_code == 0
    assert len(builds) == 1
    assert not (office / ".building").exists()


def test_a_file_that_is_no_store_is_left_alone(
    builds: list[dict[str, object]], office: Path
) -> None:
    office.mkdir()
    (office / STORE_NAME).write_text("somebody's notes " * 50)
    result = run("build", "--directory", office)
    assert (result.exit_code, builds) == (1, [])
    assert "no store of the office" in result.output
    assert (office / STORE_NAME).read_text().startswith("somebody's notes")


def test_amend_prints_what_it_changed(builds: list[dict[str, object]], office: Path) -> None:
    run("build", "--directory", office)
    result = run("amend", "--directory", office, "2019-07", "--table", "sipo_assignments")
    changed = json.loads(result.output)
    assert changed["table_name"] == "sipo_assignments"
    assert changed["before"] != changed["after"]


def test_errors_and_wrong_use_have_their_exit_codes(office: Path) -> None:
    assert run("amend", "--directory", office, "2019-07").exit_code == 1
    assert run("amend", "--directory", office, "2019-07", "--table", "x").exit_code == 2
    assert run("serve", "--directory", office, "--host", "0.0.0.0").exit_code == 2
    assert not office.exists()


def test_the_real_country_can_be_built_served_from_and_amended(tmp_path: Path) -> None:
    office, truth = tmp_path / "office", tmp_path / "truth"
    result = run("build", "--directory", office, "--truth", truth, "--records", 300)
    assert result.exit_code == 0, result.output
    assert (truth / "manifest.json").is_file()
    catalogue = Catalogue(office / STORE_NAME)
    counters = catalogue.outline_counters(parse_where("OPD=BETWEEN['2006.01.01','2020.12.31']"))
    catalogue.close()
    assert sum(int(counters[name]) for name in ("numIp", "numIg", "numUg", "numDg")) == 300
    with sqlite3.connect(office / STORE_NAME) as connection:
        (month,) = connection.execute("SELECT substr(min(gazette_date), 1, 7) FROM publication")
    assert run("amend", "--directory", office, *month).exit_code == 0
    assert len(amendments(office / STORE_NAME)) == 1


def test_a_country_of_any_size_goes_straight_to_landing(tmp_path: Path) -> None:
    result = run("scale", "--landing", tmp_path / "landing", "--records", 400)
    assert result.exit_code == 0, result.output
    months = list((tmp_path / "landing" / "sipo_patents").glob("landing_month=*/current.json"))
    assert sum(json.loads(month.read_text())["rows"] for month in months) == 400


@pytest.mark.parametrize("option", ["--fault", "--faults-file"])
def test_a_fault_that_cannot_be_read_stops_the_start(tmp_path: Path, option: str) -> None:
    (tmp_path / "faults.txt").write_text("no_such_fault\n", encoding="utf-8")
    value = "no_such_fault" if option == "--fault" else str(tmp_path / "faults.txt")
    result = CliRunner().invoke(main, ["serve", "--directory", str(tmp_path), option, value])
    assert result.exit_code == 2
    assert "no fault 'no_such_fault'" in result.output
    assert not (tmp_path / "country.sqlite").exists()
