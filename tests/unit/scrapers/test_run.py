"""Whole crawls of a stub site: what is fetched, what is landed, what is refused."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from dagster_pipes import encode_param
from scrapy.settings import Settings
from warcio.archiveiterator import ArchiveIterator

from scrapers.errors import (
    ContactRequiredError,
    CrawlInterruptedError,
    EmptyPageError,
    LandingBusyError,
    RobotCheckError,
    RobotsForbiddenError,
    ServerFailureError,
)
from scrapers.landing import (
    current_file,
    current_months,
    exclusive,
    landing_schema,
    verify,
)
from scrapers.parsers.gazette import LISTING_TITLE
from scrapers.run import main, require_setting

ROOT = Path(__file__).resolve().parents[3]


def read(tmp_path, table, month):
    return pq.read_table(current_file(tmp_path / "landing", table, month))


def ledger(tmp_path):
    lines = (tmp_path / "landing" / "ledger.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def fetched_months(site):
    return {form["strWhere"][13:20] for _, form in site.log if form.get("pageNow") != "1"}


def test_months_are_landed_whole_and_the_next_run_fetches_nothing(site, collect, tmp_path):
    site.patents = {
        "2019-07": {"pip": 45, "pig": 3, "pug": 0, "pdg": 21},
        "2019-08": {"pip": 0, "pig": 0, "pug": 0, "pdg": 0},
        "2019-09": {"pip": 0, "pig": 1, "pug": 0, "pdg": 0},
    }
    first = collect(site, "sipo_patents", "2019-07", "2019-10")
    assert first.code == 0, first.stderr
    assert first.events == dict.fromkeys(("2019-07", "2019-08", "2019-09"), "landed")
    months = current_months(tmp_path / "landing", "sipo_patents")
    assert {month: m["rows"] for month, m in months.items()} == {
        "2019-07": 69,
        "2019-08": 0,
        "2019-09": 1,
    }
    assert months["2019-07"]["synthetic"] is True
    assert months["2019-07"]["site_counters"]["numIp"] == 45
    rows = read(tmp_path, "sipo_patents", "2019-07")
    assert rows.schema.equals(landing_schema("sipo_patents"))
    assert rows["source_row"].to_pylist() == list(range(1, 70))
    assert set(rows["applicants"].to_pylist()) >= {"公司0;\u2002某某大学"}
    assert verify(tmp_path / "landing") == []
    # totals, further pages of 2019-07, one of 2019-09, two control questions about 2019-08
    assert len(site.log) == 3 + 2 + 1 + 2 + 1 + 2
    assert all(agent.startswith("greenties/") for agent in site.agents)

    site.log.clear()
    second = collect(site, "sipo_patents", "2019-07", "2019-10")
    assert second.events == dict.fromkeys(first.events, "unchanged")
    assert len(site.log) == 3  # the totals of every month, and nothing else
    assert [line["event"] for line in ledger(tmp_path)][-6:].count("unchanged") == 3


def test_only_the_corrected_month_is_fetched_again(site, collect, tmp_path):
    site.patents = {month: {"pip": 25} for month in ("2019-07", "2019-08", "2019-09")}
    collect(site, "sipo_patents", "2019-07", "2019-10")
    before = current_months(tmp_path / "landing", "sipo_patents")
    site.log.clear()
    site.corrections["2019-08"] = 1
    again = collect(site, "sipo_patents", "2019-07", "2019-10")
    assert again.events == {"2019-07": "unchanged", "2019-08": "landed", "2019-09": "unchanged"}
    assert fetched_months(site) == {"2019.08"}
    after = current_months(tmp_path / "landing", "sipo_patents")
    assert after["2019-08"]["site_counters"]["numIpc"] == 1
    assert {m: after[m] for m in ("2019-07", "2019-09")} == {
        m: before[m] for m in ("2019-07", "2019-09")
    }


def test_a_deleted_landing_file_is_noticed_and_restored_byte_by_byte(site, collect, tmp_path):
    site.patents = {"2019-07": {"pip": 25}, "2019-08": {"pip": 2}}
    collect(site, "sipo_patents", "2019-07", "2019-09")
    path = current_file(tmp_path / "landing", "sipo_patents", "2019-07")
    before = path.read_bytes()
    path.unlink()
    again = collect(site, "sipo_patents", "2019-07", "2019-09")
    assert again.events == {"2019-07": "restored", "2019-08": "unchanged"}
    assert path.read_bytes() == before
    path.write_bytes(before[:-1] + b"?")
    assert collect(site, "sipo_patents", "2019-07", "2019-09").events["2019-07"] == "restored"
    assert path.read_bytes() == before


def test_pointers_lead_to_the_archived_page(site, collect, tmp_path):
    site.patents = {"2019-07": {"pip": 25}}
    collect(site, "sipo_patents", "2019-07", "2019-08")
    rows = read(tmp_path, "sipo_patents", "2019-07").to_pylist()
    (archive,) = {row["source_file"] for row in rows}
    pages = {}
    with (tmp_path / archive).open("rb") as stream:
        for record in ArchiveIterator(stream):
            if record.rec_type == "warcinfo":
                continue
            if record.rec_type == "response":
                digest = record.rec_headers.get_header("WARC-Payload-Digest")
                pages[digest] = record.content_stream().read().decode()
            else:
                assert b"strSources=pip" in record.content_stream().read()
    for row in rows:
        digest, _, position = row["raw_pointer"].partition("#")
        assert pages[digest].split('class="cp_box"')[int(position)].count(row["publication_no"])


def test_a_page_that_is_not_understood_fails_its_month_and_no_other(site, collect, tmp_path):
    months = [f"2019-{m:02d}" for m in range(5, 10)]
    site.patents = {month: {"pip": 45} for month in months}
    damage = {
        "2019.06": lambda form: b"<html><title>hello</title></html>",
        "2019.07": lambda form: b"",
        "2019.08": lambda form: site._gazette({**form, "pageSize": "10"}),  # ten instead of twenty
    }

    def override(path, form):
        month = form["strWhere"][13:20]
        return damage[month](form) if month in damage and form["pageNow"] == "2" else None

    site.override = override
    result = collect(site, "sipo_patents", "2019-05", "2019-10")
    assert result.code in {line["exit_code"] for line in result.lines if line["event"] == "failed"}
    assert result.events == {
        m: "failed" if m.replace("-", ".") in damage else "landed" for m in months
    }
    reasons = {e["landing_month"][:7]: e["reason"] for e in ledger(tmp_path) if "reason" in e}
    assert "unknown page, title 'hello'" in reasons["2019-06"]
    assert "TruncatedPageError: empty page" in reasons["2019-07"]
    assert "ShortPageError" in reasons["2019-08"]
    assert set(current_months(tmp_path / "landing", "sipo_patents")) == {"2019-05", "2019-09"}
    assert (tmp_path / "raw" / "sipo_patents" / "2019-06" / "failed.warc.gz").is_file()
    site.override = lambda path, form: None
    site.log.clear()
    again = collect(site, "sipo_patents", "2019-05", "2019-10")
    assert [again.events[m] for m in months] == ["unchanged", *["landed"] * 3, "unchanged"]
    assert fetched_months(site) == set(damage)


def test_an_empty_first_page_with_a_total_is_an_error(site, collect, listing):
    site.patents = {"2019-07": {"pip": 5}}
    stated = {"numIp": 5, "numIg": 0, "numUg": 0, "numDg": 0}
    site.override = lambda path, form: listing("pato", LISTING_TITLE, stated, "", 1)
    result = collect(site, "sipo_patents", "2019-07", "2019-08")
    assert result.code == EmptyPageError.exit_code
    assert "5 records are stated" in result.lines[0]["reason"]


def test_totals_that_change_while_crawling_fail_the_month(site, collect):
    site.patents = {"2019-07": {"pip": 45}}

    def override(path, form):
        if form["pageNow"] == "3":
            site.corrections["2019-07"] = 9

    site.override = override
    result = collect(site, "sipo_patents", "2019-07", "2019-08")
    assert "CounterChangedError" in result.lines[0]["reason"]


def test_a_robot_check_stops_the_crawl_at_once(site, collect, tmp_path, robot_page):
    site.patents = {f"2019-{m:02d}": {"pip": 200} for m in range(1, 13)}
    site.override = lambda path, form: robot_page if len(site.log) > 40 else None
    result = collect(site, "sipo_patents", "2019-01", "2020-01")
    assert result.code == RobotCheckError.exit_code
    assert set(result.events.values()) == {"landed", "failed", "interrupted"}
    failed = [line for line in result.lines if line["event"] == "failed"]
    assert failed
    assert all("RobotCheckError" in line["reason"] for line in failed)
    assert len(site.log) <= 40 + 16  # what was under way, no retry
    assert list((tmp_path / "raw").glob("**/.*.part")) == []


def test_a_request_that_keeps_failing_fails_its_month_and_no_other(site, collect):
    site.patents = {"2019-07": {"pip": 25}, "2019-08": {"pip": 25}}
    site.status = lambda form: 503 if "2019.07" in str(form) and form["pageNow"] == "2" else 200
    result = collect(site, "sipo_patents", "2019-07", "2019-09")
    assert result.code == ServerFailureError.exit_code
    assert result.events == {"2019-07": "failed", "2019-08": "landed"}
    (failed,) = [line for line in result.lines if line["event"] == "failed"]
    assert failed["reason"].startswith("ServerFailureError: status 503")
    assert (failed["error"], failed["retries"]) == ("ServerFailureError", 3)
    assert failed["statuses"]["503"] == 4
    assert len([f for _, f in site.log if "2019.07" in str(f) and f["pageNow"] == "2"]) == 4


def test_a_site_that_forbids_robots_is_left_alone(site, collect):
    site.robots = b"User-agent: *\nDisallow: /\n"
    result = collect(site, "sipo_patents", "2019-07", "2019-08")
    assert (result.code, result.events) == (
        RobotsForbiddenError.exit_code,
        {"2019-07": "failed"},
    )
    assert "robots.txt" in result.lines[0]["reason"]
    assert site.log == []


def test_events_of_both_types_are_landed(site, collect, tmp_path):
    text = (
        "专利权的转移\n登记生效日:20190603\n变更事项:专利权人\n变更前权利人:甲\n变更后权利人:乙公司"
    )
    rename = "专利权人的姓名或者名称、地址的变更变更事项:专利权人变更前:甲变更后:乙"
    site.events = {
        "2019-07": {
            "专利申请权、专利权的转移": [text] * 23,
            "专利权人的姓名或者名称、地址的变更": [rename],
        },
        "2019-08": {},
        "2019-09": {"专利权人的姓名或者名称、地址的变更": [rename]},
    }
    result = collect(site, "sipo_assignments", "2019-07", "2019-10")
    assert result.code == 0, result.stderr
    assert [line["rows"] for line in sorted(result.lines, key=lambda e: e["landing_month"])] == [
        24,
        0,
        1,
    ]
    rows = read(tmp_path, "sipo_assignments", "2019-07").to_pylist()
    assert rows[0]["event_text"] == text
    assert rows[0]["parties_after"] == [{"name": "乙公司", "address": None, "postcode": None}]
    assert rows[23]["parsed_type"] == "rename"
    assert set(collect(site, "sipo_assignments", "2019-07", "2019-10").events.values()) == {
        "unchanged"
    }


def test_yearbook_years_are_landed_once(site, collect, tmp_path):
    names = [n for n in landing_schema("citystat_province_years").names][:-3]
    site.files["/nj/province/2019.csv"] = (
        ",".join(names) + "\n2019,110000,北京市" + ",1.5" * (len(names) - 4) + ",\n"
    ).encode()
    result = collect(site, "citystat_province_years", "2018-01", "2020-07")
    assert result.code == 0, result.stderr
    assert result.events == {"2018-01": "absent", "2019-01": "landed", "2020-01": "absent"}
    (row,) = read(tmp_path, "citystat_province_years", "2019-01").to_pylist()
    assert row["province_name"] == "北京市"
    assert row["patents_granted"] is None
    site.log.clear()
    assert collect(site, "citystat_province_years", "2019-01", "2020-01").events == {
        "2019-01": "unchanged"
    }
    assert site.log == []
    asked = [entry for entry in ledger(tmp_path) if entry["event"] == "asked"]
    assert [entry["reason"] for entry in asked] == ["the site has no table for this year"] * 2


def test_scrapy_crawl_works_alone_with_a_window_inside_a_month(site, tmp_path):
    site.patents = {"2019-07": {"pip": 40}, "2019-08": {"pip": 3}}
    command = [str(Path(sys.executable).parent / "scrapy"), "crawl", "sipo_patents"]
    command += ["-a", f"base_url={site.url}", "-a", "from_date=2019-07-10"]
    command += ["-a", "until_date=2019-09-01", "-O", str(tmp_path / "items.jsonl")]
    result = subprocess.run(
        command,
        cwd=ROOT / "scrapers",
        env={**os.environ, "GREENTIES_DATA_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    items = (tmp_path / "items.jsonl").read_text(encoding="utf-8").splitlines()
    assert len(items) == 22 + 3  # days 10 to 28 of July, all of August
    assert list(current_months(tmp_path / "landing", "sipo_patents")) == ["2019-08"]
    assert "not landed: part of a month" in result.stderr
    assert len(list((tmp_path / "raw" / "sipo_patents" / "2019-07").glob("*.warc.gz"))) == 1


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (["--base-url", "https://gazette.example.org"], "ContactRequiredError"),
        (["--base-url", "ftp://127.0.0.1"], "SpiderArgumentError"),
        (["--from-month", "2019-13"], "not YYYY-MM"),
        (["--from-month", "2019-08"], "empty window"),
        (["--spider", "sipo_trademarks"], "invalid choice"),
        (
            ["-s", "DOWNLOAD_DELY=5"],
            "unknown setting 'DOWNLOAD_DELY', the nearest is DOWNLOAD_DELAY",
        ),
        (["-s", "RETRY_TIMES=often"], "setting RETRY_TIMES='often'"),
        (["-s", "DOWNLOAD_TIMEOUT=1.5s"], "setting DOWNLOAD_TIMEOUT='1.5s'"),
        (["-s", "AUTOTHROTTLE_ENABLED=maybe"], "setting AUTOTHROTTLE_ENABLED='maybe'"),
    ],
)
def test_bad_arguments_are_refused_before_anything_starts(tmp_path, capsys, more, message):
    arguments = ["--spider", "sipo_patents", "--base-url", "http://127.0.0.1:1"]
    arguments += ["--landing-dir", str(tmp_path / "x"), "--archive-dir", str(tmp_path / "y")]
    arguments += ["--from-month", "2019-07", "--until-month", "2019-08"]
    try:
        code = main([*arguments, *more])
    except SystemExit as error:  # argparse
        code = error.code
    assert code == (ContactRequiredError.exit_code if message == "ContactRequiredError" else 2)
    assert message in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_seconds_may_have_decimals():
    known = Settings()
    for name, value in (("DOWNLOAD_TIMEOUT", "1.5"), ("RETRY_TIMES", "0"), ("LOG_LEVEL", "x")):
        require_setting(known, name, value)


def start(site, tmp_path, *months, env=None, stdin=None, more=()):
    command = [sys.executable, "-m", "scrapers.run", "--spider", "sipo_patents", *more]
    command += ["--from-month", months[0], "--until-month", months[1], "--base-url", site.url]
    command += ["--landing-dir", str(tmp_path / "landing"), "--archive-dir", str(tmp_path / "raw")]
    return subprocess.Popen(
        command,
        cwd=ROOT,
        env={**os.environ, **(env or {})},
        stdin=stdin,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_a_run_that_is_stopped_keeps_landed_months_and_the_next_fetches_the_rest(
    site, collect, tmp_path, how
):
    months = [f"2019-{m:02d}" for m in range(1, 13)]
    site.patents = {month: {"pip": 100} for month in months}

    def slowly(path, form):
        time.sleep(0.1)

    site.override = slowly
    with start(site, tmp_path, "2019-01", "2020-01") as child:
        landed = json.loads(child.stdout.readline())
        child.send_signal(how)
        rest = [json.loads(line) for line in child.stdout]
    assert child.returncode != 0
    assert landed["event"] == "landed"
    kept = current_months(tmp_path / "landing", "sipo_patents")
    assert landed["landing_month"][:7] in kept
    assert len(kept) < len(months)
    assert verify(tmp_path / "landing") == []
    if how == signal.SIGTERM:  # time enough to say what was left undone
        assert {line["event"] for line in rest} >= {"interrupted"}
        assert "interrupted" in {line["event"] for line in ledger(tmp_path)}
    site.override = lambda path, form: None
    again = collect(site, "sipo_patents", "2019-01", "2020-01")
    assert again.code == 0
    assert again.events == {m: "unchanged" if m in kept else "landed" for m in months}
    assert list((tmp_path / "raw").rglob(".*.part")) == []


def test_months_that_are_taken_away_meanwhile_are_missed(site, collect, tmp_path):
    site.patents = {"2019-07": {"pip": 5}, "2019-08": {"pip": 90}}

    def take_away(path, form):
        if form.get("pageNow") == "5":
            shutil.rmtree(tmp_path / "landing" / "sipo_patents" / "landing_month=2019-07-01")

    collect(site, "sipo_patents", "2019-07", "2019-08")
    site.override = take_away
    result = collect(site, "sipo_patents", "2019-07", "2019-09", "-s", "CONCURRENT_REQUESTS=1")
    assert result.events == {"2019-07": "unchanged", "2019-08": "landed"}
    assert (result.code, result.finished["error"]) == (60, "LandingError")
    assert "gone since: 2019-07" in result.stderr


def test_no_crawl_outlives_who_started_it(site, tmp_path):
    site.patents = {f"2019-{m:02d}": {"pip": 100} for m in range(1, 13)}
    site.override = lambda path, form: time.sleep(0.1)
    stop = {"stdin": subprocess.PIPE, "more": ["--stop-with-stdin"]}
    with start(site, tmp_path, "2019-01", "2020-01", **stop) as child:
        json.loads(child.stdout.readline())
        child.stdin.close()
        rest = [json.loads(line) for line in child.stdout]
    assert child.returncode == CrawlInterruptedError.exit_code
    assert "interrupted" in {line["event"] for line in rest}


def test_a_second_collector_of_the_same_table_is_refused(site, collect, tmp_path):
    site.patents = {"2019-07": {"pip": 1}}
    with exclusive(tmp_path / "landing", "sipo_patents"):
        result = collect(site, "sipo_patents", "2019-07", "2019-08")
    assert result.code == LandingBusyError.exit_code
    assert "LandingBusyError" in result.stderr
    assert site.log == []


def test_months_are_reported_to_dagster_when_it_is_the_parent(site, tmp_path):
    site.patents = {"2019-07": {"pip": 1}}
    context, messages = tmp_path / "context.json", tmp_path / "messages.jsonl"
    names = "asset_keys code_version_by_asset_key provenance_by_asset_key partition_key "
    names += "partition_key_range partition_time_window job_name"
    empty = dict.fromkeys(names.split())
    context.write_text(json.dumps({**empty, "run_id": "r", "retry_number": 0, "extras": {}}))
    env = {
        "DAGSTER_PIPES_CONTEXT": encode_param({"path": str(context)}),
        "DAGSTER_PIPES_MESSAGES": encode_param({"path": str(messages)}),
    }
    with start(site, tmp_path, "2019-07", "2019-08", env=env) as child:
        child.communicate()
    assert child.returncode == 0
    sent = [json.loads(line) for line in messages.read_text().splitlines()]
    custom = [m["params"]["payload"] for m in sent if m["method"] == "report_custom_message"]
    assert [m["event"] for m in custom] == ["landed", "finished"]
    assert custom[0]["landing_month"] == "2019-07-01"
    assert (custom[1]["months"], custom[1]["records"]) == ({"landed": 1}, 1)
