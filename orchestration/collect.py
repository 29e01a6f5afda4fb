"""Collection: one crawl process per spider, its report read line by line, the ledger afterwards."""

from __future__ import annotations

import datetime as dt
import json
import signal
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TextIO

from orchestration.progress import progress
from orchestration.settings import REPO_ROOT, Settings
from scrapers.archive import FAILED
from scrapers.errors import (
    BlockedError,
    ContactRequiredError,
    CrawlInterruptedError,
    DailyCapReachedError,
    LoginRequiredError,
    RobotCheckError,
    RobotsUnreachableError,
    SourceNotPermittedError,
)
from scrapers.landing import end_of_whole_lines

FETCHED = {"landed", "restored"}
SETTLED = {*FETCHED, "unchanged", "absent", "failed"}
FINISHED = "finished"  # the last line of a crawl, with the figures of the whole
EXIT_CODE = "exit_code"  # metadata of a failed step of collection
REASONS_SHOWN = 3


REFUSALS = frozenset(
    error.exit_code
    for error in (
        RobotCheckError,
        LoginRequiredError,
        BlockedError,
        DailyCapReachedError,
        RobotsUnreachableError,
        ContactRequiredError,
        SourceNotPermittedError,
        CrawlInterruptedError,
    )
)


class CollectionError(RuntimeError):
    """A crawl did not complete; what was landed before stays landed.

    Attributes
    ----------
    exit_code : int
        That of the first failure (docs/collection.md).
    failures : list of (month, error, reason)
        Months that failed, with the name of the error; empty when the process itself did.
    """

    def __init__(
        self, message: str, *, exit_code: int = 1, failures: Sequence[tuple[str, str, str]] = ()
    ) -> None:
        super().__init__(message)
        self.exit_code = exit_code
        self.failures = list(failures)

    @property
    def is_refusal(self) -> bool:
        """Whether the site wants to be left alone: whoever goes on asking only makes it worse."""
        return self.exit_code in REFUSALS


@dataclass(slots=True)
class TableReport:
    """What happened to one table in one collection."""

    asked: int = 0  # months the site was asked about
    received: int = 0  # months whose pages were fetched, in whole or in part
    landed: int = 0  # months
    unchanged: int = 0
    failed: int = 0
    pages: int = 0
    records: int = 0  # on these pages
    rows: int = 0  # landed
    page_bytes: int = 0
    stated: int | None = None  # records by the totals that the site states, where it does
    first_at: str = ""  # UTC, first and last line of the ledger
    last_at: str = ""

    @property
    def seconds(self) -> float:
        """Time from the first to the last line, months side by side."""
        first, last = (dt.datetime.fromisoformat(at) for at in (self.first_at, self.last_at))
        return (last - first).total_seconds()


@dataclass(slots=True)
class CollectionReport:
    """What happened in one collection, counted from the lines it added to the ledger."""

    asked: int = 0
    fetched: list[tuple[str, str]] = field(default_factory=list)  # table, month
    failed: list[tuple[str, str, str]] = field(default_factory=list)  # table, month, reason
    rows: int = 0
    tables: dict[str, TableReport] = field(default_factory=dict)


def crawl(
    current: Settings,
    spider: str,
    base_url: str,
    *,
    from_month: str,
    until_month: str,
    refetch: tuple[str, str] | None = None,
    ignore_pause: bool = False,
) -> Iterator[dict[str, Any]]:
    """Run one spider over months and yield what it reports, one mapping per month.

    Parameters
    ----------
    spider : str
        Name of the spider, which is the name of its landing table.
    from_month, until_month : str
        Half-open range of months, YYYY-MM.
    refetch : tuple of two str, optional
        First and last of the months to fetch whole and compare by content, both included.
    ignore_pause : bool
        Start although the site wants to be left alone.

    Yields
    ------
    dict
        The fields of a ledger line (docs/landing.md), as soon as the spider prints it; last the
        figures of the whole crawl (``event`` ``finished``).

    Raises
    ------
    CollectionError
        If a month failed or the process ended otherwise than well.
    """
    arguments = ["--base-url", base_url, "--from-month", from_month, "--until-month", until_month]
    if refetch is not None:
        arguments += ["--refetch-months", ":".join(refetch)]
    if current.crawl_contact:
        arguments += ["--contact", current.crawl_contact]
    if current.page_size is not None and spider in PAGED:
        arguments += ["--page-size", str(current.page_size)]
    if current.daily_cap is not None:
        arguments += ["--daily-cap", str(current.daily_cap)]
    if current.accept_terms:
        arguments.append("--accept-terms")
    if ignore_pause:
        arguments.append("--ignore-pause")
    yield from _run(current, spider, arguments, log_name=f"crawl-{spider}.log")


PAGED = frozenset({"sipo_patents", "sipo_assignments"})  # listings whose page size can be chosen


def replay(
    current: Settings, spider: str, *, months: tuple[str, str] | None = None
) -> Iterator[dict[str, Any]]:
    """Read the archived pages of a table once more, without any network, and land what changed.

    Parameters
    ----------
    months : tuple of two str, optional
        Half-open range of months, YYYY-MM; all that are archived without it.

    Yields
    ------
    dict
        As in :func:`crawl`.

    Raises
    ------
    CollectionError
        If a month failed or the process ended otherwise than well.
    """
    arguments = ["--replay"]
    if months is not None:
        arguments += ["--from-month", months[0], "--until-month", months[1]]
    yield from _run(current, spider, arguments, log_name=f"replay-{spider}.log")


def _run(
    current: Settings, spider: str, arguments: Sequence[str], *, log_name: str
) -> Iterator[dict[str, Any]]:
    command = [sys.executable, "-m", "scrapers.run", "--spider", spider]
    command += ["--landing-dir", str(current.landing_dir)]
    command += ["--archive-dir", str(current.archive_dir), "--stop-with-stdin", *arguments]
    log_path = current.data_dir / "logs" / log_name
    log_path.parent.mkdir(parents=True, exist_ok=True)
    failures: list[tuple[str, str, str]] = []
    stopped: list[str] = []
    come_back_at = ""
    with log_path.open("w", encoding="utf-8") as log:
        child = subprocess.Popen(
            command,
            cwd=REPO_ROOT,
            stdin=subprocess.PIPE,  # it ends with this process: nobody asks on when it was killed
            start_new_session=True,  # an interrupt on the terminal is ours to pass on, once
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
                    failures.append(_failure(report))
                elif report.get("event") == "interrupted":
                    stopped.append(
                        f"{str(report.get('landing_month'))[:7]}: {report.get('reason')}"
                    )
                come_back_at = str(report.get("come_back_at") or come_back_at)
                yield report
            child.wait()
        finally:
            if child.poll() is None:
                child.terminate()
                child.wait()
            talk.join()
            for pipe in (child.stdin, child.stdout, child.stderr):
                if pipe is not None:
                    pipe.close()
    if failures or child.returncode != 0:
        reasons = [f"{month}: {reason}" for month, _, reason in failures]
        killed = [f"it was ended by {_signal_name(-child.returncode)}"]
        reasons = reasons or stopped or (killed if child.returncode < 0 else [])
        reasons = reasons or [_last_lines(log_path)]
        count = (
            f"{len(failures)} month{'s' if len(failures) > 1 else ''}" if failures else "the crawl"
        )
        code = child.returncode
        raise CollectionError(
            f"{spider}: {count} did not complete. {'; '.join(reasons[:REASONS_SHOWN])}\n"
            f"{_advice(current, spider, failures, come_back_at)} Log: {log_path}",
            exit_code=128 - code if code < 0 else code or 1,
            failures=failures,
        )


def _advice(
    current: Settings, spider: str, failures: Sequence[tuple[str, str, str]], come_back_at: str
) -> str:
    """Say what to do next."""
    if come_back_at:
        return (
            f"The site wants no request before {come_back_at}. What was fetched is kept; run again "
            "then."
        )
    for month, _, _ in failures:
        pages = current.archive_dir / spider / month / FAILED
        if pages.is_file():
            return (
                "What was landed stays. The page that was not understood is the last one of "
                f"{pages}; once it is fixed, here or there, run again."
            )
    return "What was landed stays; run again to fetch the rest."


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def _failure(report: dict[str, Any]) -> tuple[str, str, str]:
    reason = str(report.get("reason") or "")
    return (
        str(report.get("landing_month", ""))[:7],
        str(report.get("error") or reason.partition(":")[0]),
        reason,
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
    """Return the place in the ledger (bytes) from which new lines will follow.

    Half a line that a power cut left at the end is cut off before the next one is written.
    """
    path = current.landing_dir / "ledger.jsonl"
    if not path.exists():
        return 0
    with path.open("rb") as stream:
        return end_of_whole_lines(stream)


def ledger_lines(current: Settings, since: int = 0) -> Iterator[dict[str, Any]]:
    """Yield the lines of the ledger from a position on; a torn last line is left out."""
    path = current.landing_dir / "ledger.jsonl"
    if not path.exists():
        return
    with path.open("rb") as stream:
        stream.seek(since)
        for raw in stream:
            if raw.endswith(b"\n"):
                yield json.loads(raw)


def ledger_report(current: Settings, since: int) -> CollectionReport:
    """Count what the ledger says from a position on."""
    report = CollectionReport()
    for line in ledger_lines(current, since):
        month = str(line.get("landing_month", ""))[:7]
        table = str(line.get("table", ""))
        event = line["event"]
        counts = report.tables.setdefault(table, TableReport())
        counts.last_at = str(line["at"])
        counts.first_at = counts.first_at or counts.last_at
        if event == "asked":
            report.asked += 1
            counts.asked += 1
            continue
        if event in FETCHED:
            report.fetched.append((table, month))
            report.rows += int(line.get("rows") or 0)
            counts.landed += 1
            counts.rows += int(line.get("rows") or 0)
        elif event == "failed":
            report.failed.append((table, month, str(line.get("reason", ""))))
            counts.failed += 1
        elif event == "unchanged":
            counts.unchanged += 1
        pages = int(line.get("pages") or 0)
        counts.received += pages > 0
        counts.pages += pages
        counts.records += int(line.get("received") or 0)
        counts.page_bytes += int(line.get("page_bytes") or 0)
        if line.get("stated") is not None:
            counts.stated = (counts.stated or 0) + int(line["stated"])
    return report


def report_progress(done: int, total: int, rows: int) -> None:
    """Tell the person who waits how many months of the current spider are settled."""
    progress().advance(done, total, f"months, {rows:,} new records" if rows else "months")
