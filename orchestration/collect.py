"""Collection: one crawl process per spider, its report read line by line, the ledger afterwards."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TextIO

from orchestration.progress import progress
from orchestration.settings import REPO_ROOT, Settings

FETCHED = {"landed", "restored"}


class CollectionError(RuntimeError):
    """A crawl did not complete; what was landed before stays landed."""


@dataclass(slots=True)
class CollectionReport:
    """What happened in one collection, counted from the lines it added to the ledger."""

    asked: int = 0
    fetched: list[tuple[str, str]] = field(default_factory=list)  # table, month
    failed: list[tuple[str, str, str]] = field(default_factory=list)  # table, month, reason
    rows: int = 0


def crawl(
    current: Settings, spider: str, base_url: str, *, from_month: str, until_month: str
) -> Iterator[dict[str, Any]]:
    """Run one spider over months and yield what it reports, one mapping per month.

    Parameters
    ----------
    spider : str
        Name of the spider, which is the name of its landing table.
    from_month, until_month : str
        Half-open range of months, YYYY-MM.

    Yields
    ------
    dict
        The fields of a ledger line (docs/landing.md), as soon as the spider prints it.

    Raises
    ------
    CollectionError
        If a month failed or the process ended otherwise than well.
    """
    command = [sys.executable, "-m", "scrapers.run", "--spider", spider, "--base-url", base_url]
    command += ["--landing-dir", str(current.landing_dir)]
    command += ["--archive-dir", str(current.archive_dir)]
    command += ["--from-month", from_month, "--until-month", until_month]
    if current.crawl_contact:
        command += ["--contact", current.crawl_contact]
    log_path = current.data_dir / "logs" / f"crawl-{spider}.log"
    log_path.parent.mkdir(parents=True, exist_ok=True)
    failures: list[str] = []
    with log_path.open("w", encoding="utf-8") as log:
        child = subprocess.Popen(
            command,
            cwd=REPO_ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            bufsize=1,
        )
        talk = threading.Thread(target=_listen, args=(child.stderr, log, spider), daemon=True)
        talk.start()
        try:
            for line in child.stdout or ():
                report = _report(line)
                if report is None:
                    continue
                if report.get("event") == "failed":
                    failures.append(f"{report.get('landing_month')}: {report.get('reason')}")
                yield report
            child.wait()
        finally:
            if child.poll() is None:
                child.terminate()
                child.wait()
            talk.join()
    if failures or child.returncode != 0:
        reasons = failures or [_last_lines(log_path)]
        raise CollectionError(
            f"{spider}: {len(failures) or 'the'} crawl{'s' if len(failures) > 1 else ''} did not "
            f"complete. {'; '.join(reasons[:3])}\nWhat was landed stays; run again to fetch the "
            f"rest. Log: {log_path}"
        )


def _listen(stream: TextIO, log: TextIO, spider: str) -> None:
    """Keep what the crawl says about itself, and show its latest progress line."""
    display = progress()
    for line in stream:
        log.write(line)
        if line.startswith(f"{spider}: "):
            display.detail(line.removeprefix(f"{spider}: ").strip())


def _report(line: str) -> dict[str, Any] | None:
    try:
        report = json.loads(line)
    except ValueError:
        return None  # a line for people
    return report if isinstance(report, dict) else None


def _last_lines(path: Path, lines: int = 8) -> str:
    with path.open(encoding="utf-8", errors="replace") as stream:
        return "".join(deque(stream, maxlen=lines)).strip() or "it printed nothing"


def ledger_position(current: Settings) -> int:
    """Return the length of the ledger in bytes, the place from which new lines will follow."""
    path = current.landing_dir / "ledger.jsonl"
    return path.stat().st_size if path.exists() else 0


def ledger_report(current: Settings, since: int) -> CollectionReport:
    """Count what the ledger says from a position on."""
    report = CollectionReport()
    path = current.landing_dir / "ledger.jsonl"
    if not path.exists():
        return report
    with path.open("rb") as stream:
        stream.seek(since)
        for raw in stream:
            line = json.loads(raw)
            month = str(line.get("landing_month", ""))[:7]
            table = str(line.get("table", ""))
            if line["event"] == "asked":
                report.asked += 1
            elif line["event"] in FETCHED:
                report.fetched.append((table, month))
                report.rows += int(line.get("rows") or 0)
            elif line["event"] == "failed":
                report.failed.append((table, month, str(line.get("reason", ""))))
    return report


def report_progress(done: int, total: int, rows: int) -> None:
    """Tell the person who waits how many months of the current spider are settled."""
    progress().advance(done, total, f"months, {rows:,} new records" if rows else "months")
