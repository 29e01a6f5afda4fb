"""Thirty kills of a full crawl, spread over its stages: the landed rows are always the same.

An undisturbed crawl of a small country first counts how often each stage is passed. Then for every
kill a fresh crawl is ended at one passage of one stage (SIGKILL, SIGTERM, or the whole process
group as a power cut would; some with the last bytes of the archive torn off), and run once more.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from scrapers.archive import UNFINISHED
from scrapers.killpoint import STAGES
from scrapers.landing import current_months, month_folder, verify

pytestmark = pytest.mark.acceptance

ROOT = Path(__file__).resolve().parents[2]
TABLE = "sipo_patents"
KILLS = 30
HOW = ("KILL", "GROUP", "TERM")
MONTHS = ("2019-01", "2020-01")
RECORDS = 40_000  # of the whole country; some 4,000 of them in the year that is crawled


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """Address of the embedded office with a small country, and its request log."""
    folder = tmp_path_factory.mktemp("office")
    port_file = folder / "port.json"
    command = [sys.executable, "-m", "scrapers.office", "serve", "--port", "0"]
    command += ["--directory", str(folder / "store"), "--records", str(RECORDS)]
    command += ["--port-file", str(port_file), "--stop-with-stdin"]
    with (folder / "office.log").open("wb") as log:
        server = subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.PIPE, stdout=log, stderr=subprocess.STDOUT
        )
    try:
        while not port_file.exists():
            assert server.poll() is None, (folder / "office.log").read_text()[-2000:]
            time.sleep(0.1)
        url = str(json.loads(port_file.read_text(encoding="utf-8"))["url"])
        yield url, folder / "store" / "requests.log"
    finally:
        assert server.stdin is not None
        server.stdin.close()
        server.wait(timeout=30)


def crawl(url: str, folder: Path, kill_at: str = "") -> tuple[int, list[dict[str, object]]]:
    """Crawl a year into a folder; returns exit code and lines."""
    command = [sys.executable, "-m", "scrapers.run", "--spider", TABLE, "--base-url", url]
    command += ["--landing-dir", str(folder / "landing"), "--archive-dir", str(folder / "raw")]
    command += ["--from-month", MONTHS[0], "--until-month", MONTHS[1]]
    environment = {name: value for name, value in os.environ.items() if name != "GREENTIES_KILL_AT"}
    if kill_at:
        environment["GREENTIES_KILL_AT"] = kill_at
    done = subprocess.run(
        command,
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        check=False,
        timeout=120,
        start_new_session=True,  # a group of its own, so that killing it ends nothing else
    )
    lines = [json.loads(line) for line in done.stdout.splitlines() if line.endswith(b"}")]
    return done.returncode, lines


def landed(folder: Path) -> dict[str, bytes]:
    """Return the bytes of every landing file that counts, by month."""
    return {
        month: (month_folder(folder / "landing", TABLE, month) / str(manifest["file"])).read_bytes()
        for month, manifest in current_months(folder / "landing", TABLE).items()
    }


def plan(passages: dict[str, int]) -> list[tuple[str, int, str]]:
    """Spread the kills evenly over the stages, and within a stage over its passages."""
    kills = []
    for index in range(KILLS):
        stage = STAGES[index % len(STAGES)]
        turn, turns = index // len(STAGES), -(-(KILLS - index % len(STAGES)) // len(STAGES))
        passage = 1 + round(turn * (passages[stage] - 1) / max(1, turns - 1))
        kills.append((stage, passage, HOW[index % len(HOW)]))
    return kills


def asked(log: Path, since: int) -> tuple[int, int]:
    """Return how many pages were asked for since a place of the request log, and how many twice."""
    with log.open("rb") as file:
        file.seek(since)
        forms = [json.dumps(e["form"]) for e in map(json.loads, file) if e["method"] == "POST"]
    return len(forms), len(forms) - len(set(forms))


def test_thirty_kills_and_the_same_rows_every_time(
    office: tuple[str, Path], tmp_path: Path
) -> None:
    url, log = office
    code, lines = crawl(url, tmp_path / "undisturbed")
    assert code == 0
    expected = landed(tmp_path / "undisturbed")
    assert len(expected) == 12
    finished = lines[-1]
    pages, requests = int(str(finished["pages"])), int(str(finished["requests"]))
    passages = {
        "fetch": requests,
        "archive": pages,
        "landing": len(expected),
        "rename": 3 * len(expected),  # archive, rows, manifest
    }
    print(f"\nundisturbed: {finished['records']:,} records, {pages:,} pages, 12 months")
    print(f"{'kill':>4} {'stage':<8} {'passage':>12} {'how':<6} {'torn':>4} {'landed':>6} "
          f"{'kept':>5} {'asked twice':>11}  same rows, same bytes")  # fmt: skip
    wrong = []
    for number, (stage, passage, how) in enumerate(plan(passages), start=1):
        folder = tmp_path / f"kill-{number}"
        position = log.stat().st_size
        code, _ = crawl(url, folder, f"{stage}:{passage}:{how}")
        assert code != 0 or how == "TERM", f"{stage}:{passage} was never reached"
        n_landed = len(landed(folder))
        torn = 0
        if how == "GROUP":  # a power cut leaves half of what was written last
            for part in (folder / "raw" / TABLE).glob(f"*/{UNFINISHED}"):
                torn += 1
                part.write_bytes(part.read_bytes()[:-100])
        code, after = crawl(url, folder)
        same = landed(folder) == expected and code == 0 and verify(folder / "landing") == []
        n_asked, twice = asked(log, position)
        assert n_asked - twice == pages
        resumed = int(str(after[-1]["resumed_pages"]))
        print(
            f"{number:>4} {stage:<8} {passage:>5} of {passages[stage]:>3} {how:<6} {torn:>4} "
            f"{n_landed:>6} {resumed:>5} {twice:>4} of {n_asked:>3}  {'yes' if same else 'NO'}"
        )
        if not same:
            wrong.append((stage, passage, how))
        leftovers = [p.name for p in (folder / "raw").rglob("*") if p.name == UNFINISHED]
        leftovers += [p.name for p in folder.rglob(".*.part")]
        assert leftovers == []
        shutil.rmtree(folder)
    assert wrong == []
