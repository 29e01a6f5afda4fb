"""Crawls that were killed, stopped, refused or capped go on; archived pages are read again."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from scrapers.archive import FAILED, UNFINISHED, ArchiveIndex
from scrapers.errors import (
    CrawlInterruptedError,
    DailyCapReachedError,
    MissingLabelError,
    PageNotArchivedError,
    RobotCheckError,
)
from scrapers.hosts import HostState
from scrapers.landing import (
    current_file,
    current_month,
    current_months,
    land_rows,
    read_ledger,
    versions,
)
from scrapers.parsers.gazette import parse_gazette_page

ROOT = Path(__file__).resolve().parents[3]
MONTH = ("2019-07", "2019-08")
TABLE = "sipo_patents"


def crawl(site, folder, *more, months=MONTH, kill_at=None, spider=TABLE):
    """Run the collector on folders of its own; returns the process and its lines."""
    command = [sys.executable, "-m", "scrapers.run", "--spider", spider, "--base-url", site.url]
    command += ["--landing-dir", str(folder / "landing"), "--archive-dir", str(folder / "raw")]
    command += ["--from-month", months[0], "--until-month", months[1], *more]
    env = {**os.environ, **({"GREENTIES_KILL_AT": kill_at} if kill_at else {})}
    done = subprocess.run(
        command,
        cwd=ROOT,
        env=env,
        capture_output=True,
        text=True,
        check=False,
        start_new_session=True,
        timeout=60,
    )
    return done, [json.loads(line) for line in done.stdout.splitlines()]


def landed_bytes(folder):
    return {
        month: current_file(folder / "landing", TABLE, month).read_bytes()
        for month in current_months(folder / "landing", TABLE)
    }


def pages_asked(site):
    return [(form["strSources"], form["pageNow"]) for _, form in site.log]


@pytest.fixture(scope="module")
def landed_once():
    """What an undisturbed crawl lands: the same bytes from every port, so once is enough."""
    return {}


@pytest.fixture
def undisturbed(site, tmp_path, landed_once):
    """A site with 8 pages of 2019-07, and the bytes that an undisturbed crawl of it lands."""
    site.patents = {"2019-07": {"pip": 85, "pig": 30, "pug": 0, "pdg": 7}}
    if not landed_once:
        done, _ = crawl(site, tmp_path / "undisturbed")
        assert done.returncode == 0, done.stderr
        site.log.clear()
        landed_once.update(landed_bytes(tmp_path / "undisturbed"))
    return landed_once


@pytest.mark.parametrize(
    ("kill_at", "kept"),
    [
        ("fetch:5:KILL", None),
        ("archive:1", 0),
        ("archive:6:GROUP", 5),
        ("landing:1", 8),
        ("rename:1:GROUP", 8),
        ("rename:2", 8),
        ("rename:3", 8),
    ],
)
def test_a_killed_crawl_goes_on_from_its_pages(site, tmp_path, undisturbed, kill_at, kept):
    done, _ = crawl(site, tmp_path, kill_at=kill_at)
    assert done.returncode < 0
    assert landed_bytes(tmp_path) == {}
    n_asked = len(site.log)
    site.log.clear()
    again, lines = crawl(site, tmp_path)
    assert (again.returncode, lines[0]["event"]) == (0, "landed"), again.stderr
    assert lines[0]["statuses"] == {"200": lines[0]["requests"]}
    assert landed_bytes(tmp_path) == undisturbed
    assert lines[0]["pages"] == 8
    assert lines[0]["resumed_pages"] + lines[0]["requests"] in (8, 9)  # the totals are asked anew
    assert len(site.log) == lines[0]["requests"] <= 8
    if kept is not None:
        assert lines[0]["requests"] == 1 + 8 - max(1, kept)
    assert n_asked + len(site.log) >= 8
    assert not (tmp_path / "raw" / TABLE / "2019-07" / UNFINISHED).exists()


def test_a_stopped_crawl_says_that_it_goes_on(site, tmp_path, undisturbed):
    done, lines = crawl(site, tmp_path, "-s", "CONCURRENT_REQUESTS=1", kill_at="archive:4:TERM")
    assert done.returncode == CrawlInterruptedError.exit_code
    assert lines[0]["event"] == "interrupted"
    assert "running the same again goes on" in lines[0]["reason"]
    assert lines[-1]["exit_code"] == CrawlInterruptedError.exit_code
    again, lines = crawl(site, tmp_path)
    assert again.returncode == 0
    assert lines[0]["resumed_pages"] > 0
    assert landed_bytes(tmp_path) == undisturbed


def test_pages_are_asked_anew_when_the_totals_changed_meanwhile(site, tmp_path, undisturbed):
    crawl(site, tmp_path, kill_at="archive:6")
    site.log.clear()
    site.patents["2019-07"]["pig"] = 31
    again, lines = crawl(site, tmp_path)
    assert again.returncode == 0
    assert (lines[0]["resumed_pages"], lines[0]["rows"]) == (0, 85 + 31 + 7)
    assert len(site.log) == 8


def test_pages_of_another_size_are_no_pages_of_this_crawl(site, tmp_path, undisturbed):
    crawl(site, tmp_path, "--page-size", "10", kill_at="archive:6")
    again, lines = crawl(site, tmp_path)
    assert (again.returncode, lines[0]["resumed_pages"]) == (0, 0)
    assert landed_bytes(tmp_path) == undisturbed
    current_file(tmp_path / "landing", TABLE, "2019-07").unlink()
    again, lines = crawl(site, tmp_path, "--page-size", "10")
    assert (again.returncode, lines[0]["resumed_pages"], lines[0]["pages"]) == (0, 0, 13)
    done, lines = replay(site, tmp_path)  # with the page size it was fetched with
    assert (done.returncode, lines[0]["event"], lines[0]["pages"]) == (0, "unchanged", 13)


def test_a_torn_page_is_asked_again(site, tmp_path, undisturbed):
    crawl(site, tmp_path, kill_at="archive:6")
    path = tmp_path / "raw" / TABLE / "2019-07" / UNFINISHED
    path.write_bytes(path.read_bytes()[:-7])
    site.log.clear()
    again, lines = crawl(site, tmp_path)
    assert again.returncode == 0
    assert lines[0]["requests"] == 1 + 8 - 4
    assert landed_bytes(tmp_path) == undisturbed


def test_a_robot_check_keeps_the_pages_and_says_when_to_come_back(
    site, tmp_path, undisturbed, robot_page
):
    site.override = lambda path, form: robot_page if len(site.log) > 5 else None
    done, lines = crawl(site, tmp_path, "-s", "CONCURRENT_REQUESTS=1")
    assert done.returncode == RobotCheckError.exit_code
    assert len(site.log) == 6  # the first robot check is the last request
    assert lines[0]["error"] == "RobotCheckError"
    assert lines[0]["come_back_at"] in done.stderr
    (failed,) = [e for e in read_ledger(tmp_path / "landing") if e["event"] == "failed"]
    assert failed["exit_code"] == RobotCheckError.exit_code
    assert failed["rejected"] == failed["received"] > 0
    state = HostState(tmp_path / "landing", "127.0.0.1").read()
    assert (state["because"], state["pause_seconds"]) == ("RobotCheckError", 3_600)
    site.override = lambda path, form: None
    site.log.clear()
    again, lines = crawl(site, tmp_path)
    assert again.returncode == 0
    assert lines[0]["requests"] == 1 + 8 - 5
    assert landed_bytes(tmp_path) == undisturbed
    assert HostState(tmp_path / "landing", "127.0.0.1").read().get("pause_seconds") is None


def test_the_daily_cap_stops_the_crawl_and_the_next_one_goes_on(site, tmp_path, undisturbed):
    cap = ("--daily-cap", "6", "-s", "CONCURRENT_REQUESTS=1")
    done, lines = crawl(site, tmp_path, *cap)
    assert done.returncode == DailyCapReachedError.exit_code
    assert (lines[0]["event"], lines[0]["error"]) == ("interrupted", "DailyCapReachedError")
    assert "Traceback" not in done.stderr
    assert lines[0]["come_back_at"].endswith("T00:00:00+00:00")
    assert len(site.log) == 5  # and robots.txt
    assert crawl(site, tmp_path, *cap)[0].returncode == DailyCapReachedError.exit_code
    assert len(site.log) == 5
    again, lines = crawl(site, tmp_path)
    assert again.returncode == 0
    assert lines[0]["resumed_pages"] == 4
    assert landed_bytes(tmp_path) == undisturbed


def test_a_lost_connection_keeps_the_pages_that_came_before(site, tmp_path, undisturbed):
    site.status = lambda form: 503 if len(site.log) > 5 else 200
    done, lines = crawl(site, tmp_path, "-s", "CONCURRENT_REQUESTS=1", "-s", "RETRY_TIMES=0")
    assert (done.returncode, lines[0]["error"]) == (54, "ServerFailureError")
    site.status = lambda form: 200
    site.log.clear()
    assert crawl(site, tmp_path)[0].returncode == 0
    assert len(site.log) == 1 + 8 - 5
    assert landed_bytes(tmp_path) == undisturbed


def test_a_page_that_was_not_understood_is_kept_to_look_at(site, tmp_path, undisturbed):
    site.override = lambda path, form: (
        site._gazette(form).replace("申请号：".encode(), "申请：".encode())
        if form["pageNow"] == "3"
        else None
    )
    done, lines = crawl(site, tmp_path)
    assert done.returncode == lines[0]["exit_code"] != 0
    assert lines[0]["error"] in ("UnknownLabelError", "MissingLabelError")
    index = ArchiveIndex.read(tmp_path / "raw" / TABLE / "2019-07" / FAILED)
    bodies = [index.answer(key).body.decode() for key in index.pages]
    assert any("申请：" in body for body in bodies)
    site.override = lambda path, form: None
    assert crawl(site, tmp_path)[0].returncode == 0
    assert landed_bytes(tmp_path) == undisturbed


# ----------------------------------------------------------------------------------------- replay
def replay(site, folder, *more, spider=TABLE):
    command = [sys.executable, "-m", "scrapers.run", "--replay", "--spider", spider]
    command += ["--landing-dir", str(folder / "landing"), "--archive-dir", str(folder / "raw")]
    done = subprocess.run(
        [*command, *more], cwd=ROOT, capture_output=True, text=True, check=False, timeout=60
    )
    return done, [json.loads(line) for line in done.stdout.splitlines()]


def test_a_replay_reads_every_page_again_without_asking(site, tmp_path):
    site.patents = {"2019-07": {"pip": 45}, "2019-08": {"pip": 3}}
    crawl(site, tmp_path, "--page-size", "10", months=("2019-07", "2019-08"))
    crawl(site, tmp_path, months=("2019-08", "2019-09"))  # other page size: another group
    before = landed_bytes(tmp_path)
    manifests = current_months(tmp_path / "landing", TABLE)
    site.log.clear()
    done, lines = replay(site, tmp_path)
    assert done.returncode == 0, done.stderr
    months = [line for line in lines if line["event"] != "finished"]
    assert {line["landing_month"][:7]: line["event"] for line in months} == dict.fromkeys(
        manifests, "unchanged"
    )
    assert {line["mode"] for line in months} == {"replay"}
    assert sum(line["resumed_pages"] for line in months) == 5 + 1
    assert {(line["requests"], str(line["statuses"])) for line in months} == {(0, "{}")}
    assert site.log == []
    assert landed_bytes(tmp_path) == before
    for month, manifest in current_months(tmp_path / "landing", TABLE).items():
        assert manifest == manifests[month]


def as_an_older_parser_read_it(folder, site):
    """Land the month as a parser that lost the second applicant would have."""
    manifest = current_month(folder / "landing", TABLE, "2019-07")
    index = ArchiveIndex.read(folder / manifest["archive"])
    rows = []
    for key in index.pages:
        source = dict(part.split("=") for part in key[2].decode().split("&"))["strSources"]
        for record in parse_gazette_page(index.answer(key).body, source).records:
            cut = {"applicants": record.applicants.partition(";")[0], "source_row": len(rows) + 1}
            rows.append(type(record)(**{**as_dict(record), **cut}))
    return land_rows(
        folder / "landing",
        TABLE,
        "2019-07",
        rows,
        site=site.url,
        site_counters=manifest["site_counters"],
        synthetic=True,
        source_file=manifest["archive"],
        manifest={"archive": manifest["archive"], "parser": "older"},
    )


def as_dict(record):
    return {name: getattr(record, name) for name in type(record).__dataclass_fields__}


def test_a_parser_fix_reaches_landed_months_from_the_archive(site, tmp_path, undisturbed):
    crawl(site, tmp_path)
    old = as_an_older_parser_read_it(tmp_path, site)
    assert landed_bytes(tmp_path) != undisturbed
    site.log.clear()
    done, lines = replay(site, tmp_path, "--from-month", "2019-07", "--until-month", "2019-08")
    assert (done.returncode, lines[0]["event"]) == (0, "landed"), done.stderr
    assert site.log == []
    assert landed_bytes(tmp_path) == undisturbed
    manifest = current_month(tmp_path / "landing", TABLE, "2019-07")
    assert manifest["parser"] != "older"
    assert manifest["site"] == site.url
    assert manifest["synthetic"] is True
    found = versions(tmp_path / "landing", TABLE, "2019-07")
    assert [v["is_current"] for v in found] == [False, True]
    assert found[0]["content_id"] == old["content_id"]
    assert all(Path(v["file"]).is_file() for v in found)


def test_a_replay_that_misses_a_page_lands_nothing(site, tmp_path, undisturbed):
    crawl(site, tmp_path)
    done, lines = replay(site, tmp_path, "--page-size", "10")  # nobody ever asked for these
    assert done.returncode == PageNotArchivedError.exit_code
    assert lines[0]["error"] == "PageNotArchivedError"
    assert landed_bytes(tmp_path) == undisturbed
    archive = tmp_path / current_month(tmp_path / "landing", TABLE, "2019-07")["archive"]
    archive.unlink()
    done, lines = replay(site, tmp_path)
    assert (done.returncode, lines) == (PageNotArchivedError.exit_code, [])
    assert "is gone" in done.stderr


def test_a_failed_month_fails_again_in_a_replay_until_its_page_is_understood(site, tmp_path):
    site.patents = {"2019-07": {"pip": 30}}
    site.override = lambda path, form: (
        site._gazette(form).replace("申请人：".encode(), b"") if form["pageNow"] == "2" else None
    )
    crawl(site, tmp_path)
    site.log.clear()
    failed = tmp_path / "raw" / TABLE / "2019-07" / FAILED
    before = failed.read_bytes()
    done, lines = replay(site, tmp_path)
    assert site.log == []
    assert [failed.read_bytes()] == [path.read_bytes() for path in failed.parent.iterdir()]
    assert failed.read_bytes() == before
    assert done.returncode == lines[0]["exit_code"] != 0
    assert (
        lines[0]["error"]
        == json.loads((tmp_path / "landing" / "ledger.jsonl").read_text().splitlines()[1])["error"]
    )
    assert MissingLabelError.exit_code != PageNotArchivedError.exit_code != done.returncode


def test_pages_of_a_failure_are_landed_by_a_replay_once_they_are_understood(site, tmp_path):
    """All pages are there and only the landing was missing: as after a fix of the parser."""
    site.patents = {"2019-07": {"pip": 30}}
    crawl(site, tmp_path)
    expected = landed_bytes(tmp_path)
    folder = tmp_path / "raw" / TABLE / "2019-07"
    (archive,) = folder.iterdir()
    archive.rename(folder / FAILED)
    (folder / UNFINISHED).write_bytes(b"pages of a crawl that is not done")
    shutil.rmtree(tmp_path / "landing")
    site.log.clear()
    done, lines = replay(site, tmp_path)
    assert (done.returncode, lines[0]["event"]) == (0, "landed"), done.stderr
    assert site.log == []
    assert landed_bytes(tmp_path) == expected
    assert sorted(path.name for path in folder.iterdir()) == sorted([archive.name, UNFINISHED])
    assert current_month(tmp_path / "landing", TABLE, "2019-07")["site"] == site.url


def test_columns_of_an_older_version_are_landed_anew_from_the_archive(site, tmp_path, undisturbed):
    crawl(site, tmp_path)
    path = current_file(tmp_path / "landing", TABLE, "2019-07")
    manifest_path = path.with_name("current.json")
    manifest = json.loads(manifest_path.read_text())
    pq.write_table(pq.read_table(path).drop_columns(["abstract"]), path)
    manifest["sha256"] = hashlib.sha256(path.read_bytes()).hexdigest()
    manifest_path.write_text(json.dumps(manifest))
    site.log.clear()
    done, lines = crawl(site, tmp_path)
    assert done.returncode == 0
    assert lines[0]["reason"] == "outdated"
    assert len(site.log) == 1  # the totals
    assert lines[0]["resumed_pages"] == 7
    assert landed_bytes(tmp_path) == undisturbed


# ------------------------------------------------------------------------------------- re-checks
def test_a_correction_that_nobody_counted_is_found_by_fetching_the_month_whole(site, tmp_path):
    site.patents = {"2019-07": {"pip": 25}, "2019-08": {"pip": 25}}
    months = ("2019-07", "2019-09")
    crawl(site, tmp_path, months=months)
    before = current_months(tmp_path / "landing", TABLE)
    corrected = "一种装置".encode(), "一种更正的装置".encode()
    site.override = lambda path, form: (
        site._gazette(form).replace(*corrected) if "2019.07" in form["strWhere"] else None
    )
    _, lines = crawl(site, tmp_path, months=months)
    assert {line["event"] for line in lines[:2]} == {"unchanged"}
    site.log.clear()
    done, lines = crawl(site, tmp_path, "--refetch-months", "2019-07:2019-07", months=months)
    assert done.returncode == 0
    events = {x["landing_month"][:7]: (x["event"], x["mode"]) for x in lines[:2]}
    assert events == {"2019-07": ("landed", "refetch"), "2019-08": ("unchanged", "crawl")}
    assert len(site.log) == 2 + 1
    # The version before is still there, as rows and as pages.
    old, new = versions(tmp_path / "landing", TABLE, "2019-07")
    assert (old["content_id"], new["is_current"]) == (before["2019-07"]["content_id"], True)
    assert old["archive"] != new["archive"]
    archive = tmp_path / old["archive"]
    done, lines = replay(site, tmp_path, "--archive", str(archive))
    assert (done.returncode, lines[0]["event"]) == (0, "landed")
    assert current_month(tmp_path / "landing", TABLE, "2019-07")["content_id"] == old["content_id"]


def test_a_month_fetched_whole_takes_no_page_of_a_crawl_before(site, tmp_path, undisturbed):
    crawl(site, tmp_path, kill_at="archive:6")
    site.log.clear()
    done, lines = crawl(site, tmp_path, "--all")
    assert (done.returncode, lines[0]["resumed_pages"]) == (0, 0)
    crawl(site, tmp_path, "--all", kill_at="archive:6")
    _, lines = crawl(site, tmp_path, "--all")
    assert (lines[0]["event"], lines[0]["resumed_pages"]) == ("unchanged", 4)
    assert landed_bytes(tmp_path) == undisturbed


def test_the_figures_of_a_crawl_stand_in_its_lines(site, tmp_path, undisturbed):
    _, (month, finished) = crawl(site, tmp_path)
    assert month["slices"] == [
        {"slice": "pip", "stated": 85, "received": 85, "landed": 85},
        {"slice": "pig", "stated": 30, "received": 30, "landed": 30},
        {"slice": "pug", "stated": 0, "received": 0, "landed": 0},
        {"slice": "pdg", "stated": 7, "received": 7, "landed": 7},
    ]
    assert (month["stated"], month["received"], month["rows"], month["rejected"]) == (122,) * 3 + (
        0,
    )
    assert month["statuses"] == {"200": 8}
    assert (finished["requests"], finished["records"], finished["exit_code"]) == (9, 122, 0)
    assert finished["months"] == {"landed": 1}
    assert finished["latency_mean"] > 0
    manifest = current_month(tmp_path / "landing", TABLE, "2019-07")
    assert (manifest["pages"], manifest["stated"]) == (8, 122)
    assert (tmp_path / manifest["archive"]).is_file()
    assert manifest["archive"] == month["archive"]


def test_a_full_disk_is_said_and_what_was_fetched_is_kept(site, tmp_path, undisturbed):
    """No file may grow beyond a limit, as on a full disk: nothing is landed, nothing lost."""
    crawl(site, tmp_path / "whole")
    (whole,) = (path.stat().st_size for path in (tmp_path / "whole").rglob("*.warc.gz"))
    code = (
        "import resource, sys; from scrapers.run import main\n"
        f"resource.setrlimit(resource.RLIMIT_FSIZE, ({whole // 2}, resource.RLIM_INFINITY))\n"
        "sys.exit(main(sys.argv[1:]))"
    )
    command = [sys.executable, "-c", code, "--spider", TABLE, "--base-url", site.url]
    command += ["--landing-dir", str(tmp_path / "landing"), "--archive-dir", str(tmp_path / "raw")]
    command += ["--from-month", MONTH[0], "--until-month", MONTH[1], "-s", "CONCURRENT_REQUESTS=1"]
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=60
    )
    month, _ = map(json.loads, done.stdout.splitlines())
    assert (done.returncode, month["event"], month["error"]) == (60, "failed", "LandingError")
    assert "page not archived" in month["reason"]
    assert "Traceback" not in done.stderr
    assert landed_bytes(tmp_path) == {}
    again, lines = crawl(site, tmp_path)
    assert again.returncode == 0
    assert lines[0]["resumed_pages"] == month["pages"] - 1 > 0  # the totals are asked anew
    assert landed_bytes(tmp_path) == undisturbed


@pytest.mark.parametrize("folder", ["landing", "raw", "landing/ledger.jsonl"])
def test_a_folder_that_cannot_be_written_is_an_error_by_name(site, tmp_path, folder):
    site.patents = {"2019-07": {"pip": 45}}
    blocked = tmp_path / folder
    if folder.endswith(".jsonl"):
        blocked.mkdir(parents=True)  # a ledger that cannot be written
    else:
        blocked.write_bytes(b"")
    done, _ = crawl(site, tmp_path)
    assert done.returncode == 60, done.stderr
    assert "LandingError" in done.stderr
    assert str(blocked) in done.stderr
    assert "Traceback" not in done.stderr
    assert len(site.log) <= 1  # not a page is asked for that cannot be kept
