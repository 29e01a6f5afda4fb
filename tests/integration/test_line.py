"""The whole line through the command line: a tiny country in a data folder of its own.

The tests stand in the order of a story and share one folder; each step says what must have changed
and, above all, what must not.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pytest

from scrapers import errors
from tests.faulty_office import FaultyOffice

ROOT = Path(__file__).resolve().parents[2]
MONTHS = ["2019-01", "2019-02", "2019-03", "2019-04"]
ENVIRONMENT = {
    "GREENTIES_FROM_MONTH": MONTHS[0],
    "GREENTIES_UNTIL_MONTH": "2019-05",
    "GREENTIES_OFFICE_RECORDS": "1500",
    "GREENTIES_OFFICE_SEED": "7",
}


@dataclass(frozen=True)
class Done:
    """A finished command."""

    code: int
    out: str
    err: str


@dataclass(frozen=True)
class Folder:
    """A data folder and the command line on it."""

    path: Path

    def greenties(self, *arguments: str) -> Done:
        inherited = {k: v for k, v in os.environ.items() if not k.startswith("GREENTIES_")}
        done = subprocess.run(
            [sys.executable, "-m", "orchestration.cli", *arguments],
            cwd=ROOT,
            env={**inherited, **ENVIRONMENT, "GREENTIES_DATA_DIR": str(self.path)},
            text=True,
            capture_output=True,
            check=False,
        )
        print(f"greenties {' '.join(arguments)}: {done.returncode}\n{done.stdout}\n{done.stderr}")
        return Done(done.returncode, done.stdout, done.stderr)

    @property
    def release(self) -> str:
        return (self.path / "current").resolve().name

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        with duckdb.connect(str(self.path / "published.duckdb"), read_only=True) as connection:
            return connection.execute(query).fetchall()

    def fingerprints(self) -> list[tuple[Any, ...]]:
        return self.rows("select table_name, row_count, fingerprint from meta.table_fingerprints")

    def landed(self, table: str = "sipo_patents") -> dict[str, dict[str, Any]]:
        found = {}
        for path in sorted((self.path / "landing" / table).glob("landing_month=*/current.json")):
            found[path.parent.name[14:21]] = json.loads(path.read_text(encoding="utf-8"))
        return found

    def landed_files(self) -> dict[str, float]:
        files = (self.path / "landing").rglob("*.parquet")
        return {str(p.relative_to(self.path)): p.stat().st_mtime_ns for p in files}

    def requests(self) -> list[dict[str, Any]]:
        lines = (self.path / "office/requests.log").read_text(encoding="utf-8").splitlines()
        return [json.loads(line) for line in lines]

    def runs(self) -> Counter[str]:
        """Runs on the instance of the folder, by job."""
        import dagster as dg

        with dg.DagsterInstance.from_config(str(self.path / "dagster")) as instance:
            return Counter(run.job_name for run in instance.get_runs())

    def materialized(self, *key: str) -> set[str]:
        import dagster as dg

        with dg.DagsterInstance.from_config(str(self.path / "dagster")) as instance:
            return set(instance.get_materialized_partitions(dg.AssetKey(key)))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Folder:
    """A folder after its first run."""
    made = Folder(tmp_path_factory.mktemp("line") / "data folder")
    done = made.greenties("run")
    assert done.code == 0, done.err
    assert str(made.path / "published.duckdb") in done.out
    assert str(made.path / "report/index.html") in done.out
    assert "SYNTHETIC" in done.out
    assert "Traceback" not in done.err
    return made


def test_the_first_run_lands_builds_and_publishes(folder: Folder) -> None:
    landed = folder.landed()
    assert list(landed) == MONTHS
    assert sum(month["rows"] for month in landed.values()) > 0
    assert folder.materialized("landing", "sipo_patents_files") == set(MONTHS)
    assert folder.materialized("landing", "citystat_city_years_files") == {"2019"}
    assert folder.materialized("raw", "sipo_patents") == set(MONTHS)
    assert folder.release.startswith("0001-")
    assert folder.rows("select is_synthetic, landed_months, person_key from meta.builds") == [
        (True, 14, "public")  # four months of three spiders, one year of two yearbooks
    ]
    accepted = folder.rows("select count(*) from marts.fct_publications")[0][0]
    assert accepted > 0
    page = (folder.path / "report/index.html").read_text(encoding="utf-8")
    assert "SYNTHETIC" in page.upper()
    assert folder.greenties("verify", "--stored").code == 0


def test_dagster_shows_how_every_month_was_fetched(folder: Folder) -> None:
    import dagster as dg

    key = dg.AssetKey(["landing", "sipo_patents_files"])
    month = dg.AssetRecordsFilter(asset_key=key, asset_partitions=["2019-02"])
    with dg.DagsterInstance.from_config(str(folder.path / "dagster")) as instance:
        (record,) = instance.fetch_materializations(month, limit=1).records
        (whole,) = instance.fetch_observations(key, limit=1).records
    assert record.asset_materialization is not None
    assert whole.asset_observation is not None
    told = {k: v.value for k, v in record.asset_materialization.metadata.items()}
    landed = folder.landed()["2019-02"]
    assert told["records_landed"] == told["stated_total"] == told["records_received"]
    assert told["records_landed"] == landed["rows"]
    assert told["records_rejected"] == told["retries"] == told["exit_code"] == 0
    assert told["requests"] >= told["pages"] > 0
    assert told["http_statuses"] == {"200": told["requests"]}
    assert sum(part["landed"] for part in told["slices"]) == landed["rows"]
    crawl = {k: v.value for k, v in whole.asset_observation.metadata.items()}
    assert crawl["months"] == {"landed": len(MONTHS)}
    assert crawl["exit_code"] == 0


def test_a_panel_too_short_for_a_regression_is_published_as_unavailable(folder: Folder) -> None:
    found = folder.rows("select count(*) from reports.rpt_unavailable where reason is not null")
    assert found[0][0] >= 1


def test_a_second_run_asks_for_totals_and_changes_nothing(folder: Folder) -> None:
    before = (folder.fingerprints(), folder.landed_files(), folder.release, folder.runs()["build"])
    asked = len(folder.requests())
    done = folder.greenties("run")
    assert done.code == 0
    assert "nothing was fetched" in done.out
    assert "stay as they are" in done.out
    assert "reports.rpt_unavailable says why" in done.out  # the panel is too short
    after = (folder.fingerprints(), folder.landed_files(), folder.release, folder.runs()["build"])
    assert after == before
    new = [line["path"] for line in folder.requests()[asked:]]
    # One request a month states the totals of all four sources; fetching one needs four.
    assert new.count("/patentoutline.action") == len(MONTHS)


def test_a_landing_file_that_was_deleted_is_noticed_and_restored(folder: Folder) -> None:
    before, files, release = folder.landed(), folder.landed_files(), folder.release
    month = before["2019-02"]
    path = folder.path / "landing/sipo_patents/landing_month=2019-02-01" / month["file"]
    path.unlink()
    told = folder.greenties("status")
    assert (told.code, month["file"] in told.out) == (1, True)
    refused = folder.greenties("run", "--from-landing")
    assert (refused.code, month["file"] in refused.err) == (1, True)
    done = folder.greenties("run")
    assert done.code == 0
    assert "fetched 1 (sipo_patents 2019-02)" in done.out
    assert {m: c["content_id"] for m, c in folder.landed().items()} == {
        m: c["content_id"] for m, c in before.items()
    }
    changed = {p for p, at in folder.landed_files().items() if files.get(p) != at}
    assert changed == {str(path.relative_to(folder.path))}
    assert folder.release == release


def test_exactly_the_amended_month_is_fetched_again(folder: Folder) -> None:
    before, files, builds = folder.landed(), folder.landed_files(), folder.runs()["build"]
    assert folder.greenties("office", "--amend", "2019-03").code == 0
    done = folder.greenties("run")
    assert done.code == 0, done.err
    assert "fetched 1 (sipo_patents 2019-03)" in done.out
    after = folder.landed()
    assert [m for m in after if after[m]["content_id"] != before[m]["content_id"]] == ["2019-03"]
    assert files.items() <= folder.landed_files().items(), "a landed file was touched"
    assert folder.release.startswith("0002-")
    assert folder.runs()["build"] == builds + 1
    again = folder.greenties("run")
    assert "nothing was fetched" in again.out


def test_a_bad_import_names_the_column_and_leaves_everything_as_it_was(
    folder: Folder, tmp_path: Path
) -> None:
    before = (folder.fingerprints(), folder.landed_files(), folder.release)
    bad = tmp_path / "gazette.csv"
    bad.write_text("title,publication_no\nx,CN110007813A\n", encoding="utf-8")
    done = folder.greenties("import", "gazette-csv", str(bad))
    assert done.code == errors.MissingColumnError.exit_code
    assert str(bad.name) in done.err
    assert "Traceback" not in done.err
    assert (folder.fingerprints(), folder.landed_files(), folder.release) == before


def test_a_build_that_fails_leaves_the_release_in_place(folder: Folder) -> None:
    before = (folder.fingerprints(), folder.release)
    current = folder.path / "landing/sipo_patents/landing_month=2019-04-01/current.json"
    text = current.read_text(encoding="utf-8")
    wrong = {**json.loads(text), "rows": 10**6, "content_id": "0" * 16}
    current.write_text(json.dumps(wrong), encoding="utf-8")
    try:
        done = folder.greenties("run", "--from-landing")
    finally:
        current.write_text(text, encoding="utf-8")
    assert done.code == 1
    assert "current.json states 1000000" in done.err
    assert (folder.fingerprints(), folder.release) == before
    assert folder.greenties("status").code == 0


def test_a_site_that_does_not_answer_is_one_clear_error(folder: Folder) -> None:
    before = (folder.fingerprints(), folder.landed_files())
    done = folder.greenties("run", "--site-url", "http://127.0.0.1:9", "--months", "2019-01")
    assert done.code == errors.ConnectionFailedError.exit_code
    messages = [line for line in done.err.splitlines() if line.startswith("Error: ")]
    assert len(messages) == 1
    assert "refused" in messages[0]
    assert "Traceback" not in done.err
    assert (folder.fingerprints(), folder.landed_files()) == before


# One family of failures each: guard of the site, layout, body, content, server, wire.
FAULTS = {
    "robot_check": errors.RobotCheckError,
    "changed_layout:month=2019-03": errors.LayoutChangedError,
    "truncated_body:month=2019-03": errors.TruncatedPageError,
    "swapped_dates:month=2019-03": errors.WrongSliceError,
    "status_503:month=2019-03": errors.ServerFailureError,
    "zip_bomb:mb=200,month=2019-03": errors.DecompressionBombError,
}
# Everything is imported once: each command line would take seconds to start.
DRIVER = """
import contextlib, hashlib, io, json, pathlib, sys
from orchestration.cli import main
folder = pathlib.Path(sys.argv[1])
for line in sys.stdin:
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            main(json.loads(line))
        except SystemExit as done:
            code = done.code or 0
    database = hashlib.sha256((folder / "published.duckdb").read_bytes()).hexdigest()
    said = {"out": out.getvalue(), "err": err.getvalue()}
    print(json.dumps({"code": code, "published": database, **said}), flush=True)
"""


@pytest.fixture
def faulty(folder: Folder, tmp_path: Path) -> Iterator[tuple[FaultyOffice, Any]]:
    """The office of the folder with faults on a switch, and a way to call greenties on it."""
    country = ["--records", "1500", "--seed", "7"]
    inherited = {k: v for k, v in os.environ.items() if not k.startswith("GREENTIES_")}
    with (
        FaultyOffice(folder.path / "office", tmp_path / "office", country=country) as office,
        subprocess.Popen(
            [sys.executable, "-c", DRIVER, str(folder.path)],
            cwd=ROOT,
            env={
                **inherited,
                **ENVIRONMENT,
                "GREENTIES_DATA_DIR": str(folder.path),
                "GREENTIES_SITE_URL": office.url,
            },
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        ) as driver,
    ):
        assert driver.stdin is not None
        assert driver.stdout is not None

        def greenties(*arguments: str) -> dict[str, Any]:
            driver.stdin.write(json.dumps(arguments) + "\n")
            driver.stdin.flush()
            said: dict[str, Any] = json.loads(driver.stdout.readline())
            print(arguments, said["code"], said["out"], said["err"])
            return said

        yield office, greenties


def test_whatever_the_site_does_what_is_published_stays(
    folder: Folder, faulty: tuple[FaultyOffice, Any]
) -> None:
    office, greenties = faulty
    before = (folder.fingerprints(), folder.landed_files(), folder.release)
    database = greenties("status")["published"]
    # The three months before are fetched whole although the site states no change.
    load = ("load", "--table", "sipo_patents", "--months", "2019-04", "--recheck", "3")
    for fault, error in FAULTS.items():
        office.switch(fault)
        done = greenties(*load)
        assert (done["code"], error.__name__ in done["err"]) == (error.exit_code, True), fault
        assert "failed: sipo_patents 2019-0" in done["out"]
        assert done["published"] == database
    assert (folder.fingerprints(), folder.landed_files(), folder.release) == before
    assert "failed      sipo_patents 2019-03" in greenties("status")["out"]

    subprocess.run(
        [
            *(sys.executable, "-m", "scrapers.office", "amend"),
            *("--directory", str(office.folder), "2019-03"),
        ],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    office.switch("truncated_body:month=2019-03")
    done = greenties("run")
    assert done["code"] == errors.TruncatedPageError.exit_code
    assert (folder.fingerprints(), folder.landed_files(), folder.release) == before

    office.switch()
    good = greenties("load", "--recheck", "0")
    assert good["code"] == 0
    assert "run --from-landing" in good["out"]
    assert folder.landed()["2019-03"]["site_counters"] != {}
    assert set(before[1].items()) < set(folder.landed_files().items())
    told = greenties("status")
    assert not [line for line in told["out"].splitlines() if line.startswith("failed")]
    assert "stale: landed data changed" in told["out"]


def test_a_replay_of_the_archive_asks_nobody_and_changes_nothing(folder: Folder) -> None:
    before, asked = folder.landed_files(), len(folder.requests())
    done = folder.greenties("replay", "--table", "sipo_patents", "--months", "2019-01:2019-03")
    assert done.code == 0, done.err
    assert "nothing changed" in done.out
    assert folder.landed_files() == before
    assert len(folder.requests()) == asked


def test_the_ledger_is_published_line_by_line(folder: Folder) -> None:
    lines = (folder.path / "landing/ledger.jsonl").read_text(encoding="utf-8").splitlines()
    published = folder.rows(
        "select line_no, event, table_name, landing_month, n_stated, n_received, n_rows, further "
        "from meta.collection_ledger order by line_no"
    )
    assert 0 < len(published) <= len(lines)  # the release is older than the newest lines
    for row, text in zip(published, lines, strict=False):
        line = json.loads(text)
        month = None if row[3] is None else row[3].isoformat()
        assert (row[1], row[2], month) == (line["event"], line["table"], line["landing_month"])
        assert row[4:7] == (line.get("stated"), line.get("received"), line.get("rows"))
        assert row[7] is None
    months = folder.rows(
        "select count(*), count(n_stated), sum(abs(n_difference)), count(archive) "
        "from marts.fct_landed_months"
    )
    assert months == [(14, 12, 0, 14)]  # yearbooks state no totals
