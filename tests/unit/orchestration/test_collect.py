"""Collection seen from the line: what a crawl's lines and the ledger come to."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from orchestration import collect
from orchestration.collect import CollectionError, TableReport, crawl, ledger_report
from orchestration.settings import Settings
from scrapers.landing import append_ledger


@pytest.fixture
def current(tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path)


def ledger(current: Settings, *lines: dict[str, Any], torn: str = "") -> None:
    current.landing_dir.mkdir(parents=True, exist_ok=True)
    text = "".join(json.dumps(line) + "\n" for line in lines) + torn
    (current.landing_dir / "ledger.jsonl").write_text(text, encoding="utf-8")


def test_the_ledger_is_counted_by_table_from_a_position_on(current: Settings) -> None:
    month = {"table": "sipo_patents", "landing_month": "2019-07-01"}
    old = {**month, "at": "2026-01-01T00:00:00+00:00", "event": "landed", "rows": 99}
    ledger(current, old)
    since = collect.ledger_position(current)
    at = "2026-01-02T00:00:0{}+00:00"
    ledger(
        current,
        old,
        {**month, "at": at.format(0), "event": "asked"},
        {
            **month, "at": at.format(1), "event": "landed", "rows": 7, "received": 7, "stated": 7,
            "pages": 2, "page_bytes": 50,
        },
        {**month, "at": at.format(2), "event": "unchanged", "stated": 3},
        {
            **month, "at": at.format(4), "event": "failed", "reason": "ShortPageError: x",
            "pages": 1, "received": 5, "rejected": 5, "stated": 9,
        },
        {"table": "citystat_city_years", "at": at.format(5), "event": "interrupted"},
        torn='{"at": "20',
    )  # fmt: skip
    report = ledger_report(current, since)
    assert report.fetched == [("sipo_patents", "2019-07")]
    assert report.failed == [("sipo_patents", "2019-07", "ShortPageError: x")]
    assert (report.asked, report.rows) == (1, 7)
    found = report.tables["sipo_patents"]
    assert found.seconds == 4
    assert found == TableReport(
        asked=1, received=2, landed=1, unchanged=1, failed=1, pages=3, records=12, rows=7,
        page_bytes=50, stated=19, first_at=at.format(0), last_at=at.format(4),
    )  # fmt: skip
    assert report.tables["citystat_city_years"].stated is None


def test_new_lines_are_found_behind_half_a_line_of_a_power_cut(current: Settings) -> None:
    ledger(current, {"event": "asked"}, torn='{"at": "20')
    since = collect.ledger_position(current)
    append_ledger(current.landing_dir, event="asked", table="sipo_patents")
    assert [line["table"] for line in collect.ledger_lines(current, since)] == ["sipo_patents"]


def spider(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, code: str) -> None:
    """Let a few lines of Python stand for the crawl process."""
    program = tmp_path / "crawl"
    program.write_text(f"#!{sys.executable}\nimport json, os, signal, sys\n{code}\n")
    program.chmod(0o755)
    monkeypatch.setattr(collect.sys, "executable", str(program))


FAILED = """
print("for people")
print(json.dumps({"event": "landed", "landing_month": "2019-06-01", "rows": 3}))
print(json.dumps({"event": "failed", "landing_month": "2019-07-01", "error": "LayoutChangedError",
    "reason": "LayoutChangedError: no box", "exit_code": 24}))
print(json.dumps({"event": "finished", "requests": 9}))
sys.exit(24)
"""


def run(current: Settings, seen: list[Any], **options: Any) -> None:
    window = {"from_month": "2019-06", "until_month": "2019-08"}
    for line in crawl(current, "sipo_patents", "http://127.0.0.1:9", **window, **options):
        seen.append(line)


def test_a_failed_month_ends_in_its_error_and_code_after_every_line_was_handed_on(
    current: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    spider(monkeypatch, tmp_path, FAILED)
    seen: list[Any] = []
    with pytest.raises(CollectionError, match="2019-07: LayoutChangedError: no box") as caught:
        run(current, seen)
    assert [line["event"] for line in seen] == ["landed", "failed", "finished"]
    assert caught.value.exit_code == 24
    assert not caught.value.is_refusal
    assert caught.value.failures == [
        ("2019-07", "LayoutChangedError", "LayoutChangedError: no box")
    ]
    assert "run again to fetch the rest" in str(caught.value)
    pages = current.archive_dir / "sipo_patents" / "2019-07" / "failed.warc.gz"
    pages.parent.mkdir(parents=True)
    pages.write_bytes(b"")
    with pytest.raises(CollectionError, match=f"not understood is the last one of {pages}"):
        run(current, [])


def test_a_refusal_says_when_to_come_back(
    current: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    line = {"event": "failed", "landing_month": "2019-07-01", "come_back_at": "2026-11-25T10:00"}
    spider(monkeypatch, tmp_path, f"print(json.dumps({line})); print('{{}}'); sys.exit(21)")
    with pytest.raises(CollectionError, match="no request before 2026-11-25T10:00"):
        run(current, [])


@pytest.mark.parametrize(
    ("code", "exit_code", "is_refusal"),
    [
        ("print('RobotCheckError: human?', file=sys.stderr); sys.exit(21)", 21, True),
        ("sys.exit(14)", 14, True),
        ("os.kill(os.getpid(), signal.SIGKILL)", 137, False),
    ],
)
def test_a_process_that_ends_badly_is_an_error_without_any_month(  # noqa: PLR0917
    current: Settings,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    code: str,
    exit_code: int,
    is_refusal: bool,
) -> None:
    spider(monkeypatch, tmp_path, code)
    with pytest.raises(CollectionError) as caught:
        run(current, [])
    assert (caught.value.exit_code, caught.value.is_refusal) == (exit_code, is_refusal)
    assert caught.value.failures == []


def test_a_killed_crawl_is_said_to_have_been_killed(
    current: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    spider(monkeypatch, tmp_path, "os.kill(os.getpid(), signal.SIGKILL)")
    with pytest.raises(CollectionError, match="it was ended by SIGKILL"):
        run(current, [])


def test_a_crawl_ends_with_who_started_it(
    current: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    code = (
        "import select; open_ = not select.select([0], [], [], 0)[0]\n"
        "print(json.dumps({'group': os.getpgrp(), 'open': open_}))"
    )
    spider(monkeypatch, tmp_path, code)
    seen: list[Any] = []
    run(current, seen)
    assert seen[0]["open"]  # until this process ends
    # A group of its own: an interrupt on the terminal reaches it once, by way of its parent.
    assert seen[0]["group"] != os.getpgrp()


def test_settings_and_options_reach_the_crawl(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    spider(monkeypatch, tmp_path, "print(json.dumps({'arguments': sys.argv[1:]}))")
    current = Settings(
        data_dir=tmp_path,
        crawl_contact="a@example.org",
        page_size=100,
        daily_cap=0,
        accept_terms=True,
    )
    seen: list[Any] = []
    run(current, seen, refetch=("2019-06", "2019-07"), ignore_pause=True)
    said = " ".join(seen[0]["arguments"])
    for part in (
        "--refetch-months 2019-06:2019-07",
        "--contact a@example.org",
        "--page-size 100",
        "--daily-cap 0",
        "--accept-terms",
        "--ignore-pause",
        "--stop-with-stdin",
    ):
        assert part in said
    replayed = list(collect.replay(current, "sipo_patents", months=("2019-06", "2019-08")))
    words = replayed[0]["arguments"]
    assert "--replay" in words
    assert "--base-url" not in words
    assert words[-4:] == ["--from-month", "2019-06", "--until-month", "2019-08"]


@pytest.mark.parametrize(
    ("months", "recheck", "expected"),
    [
        (None, 2, ["2019-10", "2019-11"]),
        (("2019-04", "2019-06"), 2, ["2019-02", "2019-03"]),
        (("2019-02", "2019-06"), 3, ["2019-01"]),
        (("2019-01", "2019-06"), 3, []),
        (("2019-04", "2019-06"), 0, []),
    ],
)
def test_months_to_recheck_stand_before_the_asked_ones(
    tmp_path: Path, months: tuple[str, str] | None, recheck: int, expected: list[str]
) -> None:
    from orchestration.line import _months_to_recheck, _years

    current = Settings(data_dir=tmp_path, from_month="2019-01", until_month="2019-12")
    assert _months_to_recheck(current, months, recheck) == expected
    assert _years(["2018-12", "2019-01", "2019-02"]) == ["2018-01", "2019-01"]
