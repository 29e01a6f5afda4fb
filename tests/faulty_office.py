"""Embedded offices whose faults can be switched on and off while they run, and the fault matrix.

The cases say what a crawl must come to under each fault of docs/office.md; who builds warehouses on
the same faults takes :data:`CASES` and :class:`FaultyOffice` from here.
"""

from __future__ import annotations

import json
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

ROOT = Path(__file__).resolve().parents[1]
RECORDS = 3_000
_START = 60.0  # seconds until an office answers


@dataclass(frozen=True, slots=True)
class Months:
    """Two months of a table: one that is landed before the fault, and the one it is aimed at."""

    landed: str
    aimed_at: str


@dataclass(frozen=True, slots=True)
class Case:
    """One fault and what the crawl must come to.

    ``fault`` may name the two months as ``{landed}`` and ``{aimed}`` and the year of the second as
    ``{year}``. ``errors`` are the errors allowed for failing months, empty for exactly the right
    rows. ``rows`` says how the rows of the month may differ from those of an undisturbed crawl:
    ``same``, ``script`` (one text begins with the script that the fault wrote there) or ``twice``
    (one row more, equal to another).
    """

    spider: str
    fault: str
    errors: tuple[str, ...] = ()
    rows: str = "same"
    arguments: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        return f"{self.spider}-{self.fault}"

    def fault_in(self, months: Months) -> str:
        """Return the fault with the months and the year that it is aimed at."""
        return self.fault.format(
            landed=months.landed, aimed=months.aimed_at, year=months.aimed_at[:4]
        )


_PATENTS, _EVENTS, _DOCUMENTS, _CITIES = (
    "sipo_patents",
    "sipo_assignments",
    "policy_documents",
    "citystat_city_years",
)
_AIM = "month={aimed}"
ONE_AT_A_TIME = ("-s", "CONCURRENT_REQUESTS=1")


def _cases() -> list[Case]:
    cases: list[Case] = []

    def add(spider: str, fault: str, *errors: str, **options: Any) -> None:
        cases.append(Case(spider, fault, errors, **options))

    # The site's guard: stops everything at once.
    add(_PATENTS, "robot_check:after=4", "RobotCheckError")
    add(_PATENTS, "robot_check", "RobotCheckError")
    add(_PATENTS, "login:after=4", "LoginRequiredError")
    add(_PATENTS, "login:variant=expired", "LoginRequiredError")
    add(_PATENTS, "block:variant=frequent,after=4", "BlockedError")
    add(_PATENTS, "block:variant=refused", "BlockedError")
    add(_PATENTS, "block:variant=412", "BlockedError")
    add(_PATENTS, "redirect_to_login", "LoginRequiredError")
    add(_PATENTS, "robots_disallow", "RobotsForbiddenError")
    # As off this machine: whatever waits in line is not sent any more.
    add(_PATENTS, "robot_check:after=5", "RobotCheckError", arguments=ONE_AT_A_TIME)
    add(_PATENTS, "login:after=5", "LoginRequiredError", arguments=ONE_AT_A_TIME)
    add(_PATENTS, "block:variant=frequent,after=5", "BlockedError", arguments=ONE_AT_A_TIME)
    # The gazette listing.
    add(_PATENTS, f"changed_layout:{_AIM}", "LayoutChangedError")
    add(_PATENTS, f"empty_first_page:{_AIM}", "EmptyPageError")
    add(_PATENTS, f"past_the_end_early:{_AIM},page=2", "PastTheEndError")
    add(_PATENTS, f"unknown_label:{_AIM}", "UnknownLabelError")
    add(_PATENTS, f"missing_label:{_AIM},page=2", "MissingLabelError")
    add(_PATENTS, f"shrunk_page:{_AIM},page=2", "ShortPageError")
    add(_PATENTS, f"shifted_total:{_AIM}", "CounterChangedError")
    add(_PATENTS, f"missing_total:{_AIM}", "MissingCounterError")
    add(_PATENTS, f"duplicate_slice:{_AIM},source=pip", "DuplicatePageError")
    add(_PATENTS, "missing_year:month={landed}", "MissingYearError")
    add(_PATENTS, "missing_year:year={year}", "MissingYearError", "SuspiciousEmptyError")
    add(_PATENTS, "path_stamp", "MissingYearError", "SuspiciousEmptyError")
    add(_PATENTS, f"wrong_encoding:{_AIM}", "WrongEncodingError")
    add(_PATENTS, f"mojibake:scope=page,{_AIM}", "MojibakeError")
    add(_PATENTS, f"mojibake:scope=values,{_AIM}", "MojibakeError")
    add(_PATENTS, f"replacement_characters:{_AIM}", "MojibakeError")
    add(_PATENTS, f"truncated_body:{_AIM}", "TruncatedPageError")
    add(_PATENTS, f"error_page_200:variant=no_form,{_AIM}", "MissingCounterError")
    add(_PATENTS, f"error_page_200:variant=exception,{_AIM}", "ErrorPageError")
    add(_PATENTS, f"wrong_source:{_AIM},source=pig", "WrongSliceError")
    add(_PATENTS, f"swapped_dates:{_AIM}", "WrongSliceError")
    add(_PATENTS, f"script_title:{_AIM},source=pip,page=1,times=1", rows="script")
    # A month that is landed already and is fetched again.
    again = {"arguments": ("--all",)}
    add(_PATENTS, "shrunk_page:month={landed}", "ShortPageError", **again)
    add(_PATENTS, "truncated_body:month={landed},page=2", "TruncatedPageError", **again)
    add(_PATENTS, "mojibake:month={landed},page=2", "MojibakeError", **again)
    # The wire.
    add(_PATENTS, f"short_body:{_AIM}", "ConnectionLostError")
    add(_PATENTS, f"short_body:{_AIM},times=2")
    add(_PATENTS, f"reset:variant=middle,{_AIM}", "ConnectionLostError")
    add(_PATENTS, f"reset:variant=before,{_AIM}", "ConnectionLostError")
    add(_PATENTS, f"reset:{_AIM},times=2")
    add(_PATENTS, f"slow_drip:bytes=1,pause=0.05,{_AIM}", "ResponseTimeoutError")
    add(_PATENTS, f"slow_drip:bytes=4000,pause=0.01,{_AIM}")
    add(_PATENTS, f"status_500:{_AIM}", "ServerFailureError")
    add(_PATENTS, f"status_502:{_AIM}", "ServerFailureError")
    add(_PATENTS, f"status_503:{_AIM}", "ServerFailureError")
    add(_PATENTS, f"status_503:{_AIM},times=2")
    add(_PATENTS, f"redirect_loop:{_AIM}", "RedirectError")
    add(_PATENTS, f"oversized:mb=40,{_AIM}", "OversizedResponseError")
    add(_PATENTS, f"zip_bomb:mb=200,{_AIM}", "DecompressionBombError")
    # Legal events.
    add(_EVENTS, f"changed_layout:{_AIM}", "LayoutChangedError")
    add(_EVENTS, f"unknown_label:{_AIM}", "UnknownLabelError")
    add(_EVENTS, f"missing_label:{_AIM}", "MissingLabelError")
    add(_EVENTS, f"shrunk_page:{_AIM}", "ShortPageError")
    add(_EVENTS, f"past_the_end_early:{_AIM},page=2", "PastTheEndError")
    add(_EVENTS, f"duplicate_slice:{_AIM},page=2", "DuplicatePageError")
    add(_EVENTS, f"swapped_dates:{_AIM}", "WrongSliceError")
    add(_EVENTS, f"mojibake:scope=values,{_AIM}", "MojibakeError")
    add(_EVENTS, f"truncated_body:{_AIM},page=2", "TruncatedPageError")
    add(_EVENTS, "path_stamp", "MissingYearError", "SuspiciousEmptyError")
    add(
        _EVENTS,
        f"wrong_source:{_AIM}",
        "WrongSliceError",
        arguments=("-a", "event_types=专利申请权、专利权的转移"),
    )
    add(_EVENTS, f"duplicate_events:{_AIM}", rows="twice")
    # Policy documents: a listing and a page for each document.
    add(_DOCUMENTS, "changed_layout:path=/zcwj/list.action", "LayoutChangedError")
    add(_DOCUMENTS, "changed_layout:path=/zcwj/*,after=6", "LayoutChangedError")
    add(_DOCUMENTS, "unknown_label", "UnknownLabelError")
    add(_DOCUMENTS, "missing_label:path=/zcwj/*,after=6", "MissingLabelError")
    add(_DOCUMENTS, f"shrunk_page:{_AIM}", "ShortPageError")
    add(_DOCUMENTS, f"duplicate_slice:{_AIM},page=2", "DuplicatePageError")
    add(_DOCUMENTS, f"missing_total:{_AIM}", "MissingCounterError")
    add(_DOCUMENTS, "missing_year:month={landed}", "MissingYearError")
    add(_DOCUMENTS, "truncated_body:path=/zcwj/*,after=6", "TruncatedPageError")
    add(_DOCUMENTS, "error_page_200:path=/zcwj/*,after=6,times=1", "UnexpectedPageError")
    # Yearbooks.
    add(_CITIES, "missing_year:year={year}", "MissingYearError")
    add(_CITIES, "html_in_csv:year={year}", "ErrorPageError")
    add(_CITIES, "short_csv:year={year}", "TruncatedPageError")
    add(_CITIES, "wrong_encoding:year={year}", "WrongEncodingError")
    add(_CITIES, "mojibake:year={year}", "MojibakeError")
    add(_CITIES, "status_503:year={year},times=2")
    return cases


CASES = _cases()


# One process a collector imports everything once and forks for every crawl.
_COLLECTOR = """
import json, os, signal, sys
import pyarrow.parquet, scrapy.core.downloader.handlers.http11
import scrapers.extensions, scrapers.middlewares, scrapers.run
for line in sys.stdin:
    job = json.loads(line)
    child = os.fork()
    if child == 0:
        signal.alarm(job["seconds"])
        for number, name in ((1, "out"), (2, "err")):
            os.dup2(os.open(job[name], os.O_WRONLY | os.O_CREAT | os.O_TRUNC), number)
        os.close(0)
        try:
            code = scrapers.run.main(job["arguments"])
        except SystemExit as error:
            code = error.code
        except BaseException as error:
            print(repr(error), file=sys.stderr)
            code = 1
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""


@dataclass(frozen=True, slots=True)
class Collected:
    """What one run of the collector said."""

    code: int
    lines: list[dict[str, Any]]
    stderr: str

    def by_month(self) -> dict[str, dict[str, Any]]:
        """Return the line of each month ``YYYY-MM``."""
        return {line["landing_month"][:7]: line for line in self.lines if "landing_month" in line}


class Collector:
    """Runs ``python -m scrapers.run``, one crawl after the other, without starting anew.

    Parameters
    ----------
    folder : Path
        For what the crawls print.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True)
        self._out, self._err = folder / "out.jsonl", folder / "err.txt"
        self._process = subprocess.Popen(
            [sys.executable, "-c", _COLLECTOR],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def run(self, arguments: Sequence[str], *, seconds: int = 120) -> Collected:
        """Run one crawl; one that takes longer is killed and has a negative code."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        job = {"arguments": [*arguments], "out": str(self._out), "err": str(self._err)}
        self._process.stdin.write(json.dumps({**job, "seconds": seconds}) + "\n")
        self._process.stdin.flush()
        code = int(self._process.stdout.readline())
        lines = self._out.read_text(encoding="utf-8").splitlines()
        return Collected(
            code, [json.loads(line) for line in lines], self._err.read_text(encoding="utf-8")
        )

    def close(self) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(timeout=10)
        self._process.stdout.close()


class FaultyOffice:
    """An office in a process of its own.

    Parameters
    ----------
    store_folder : Path
        Folder of a built office; copied, so that each office has a request log of its own.
    folder : Path
        Where the copy goes.
    country : sequence of str
        Options of the office that name the country of that store.
    """

    def __init__(
        self,
        store_folder: Path,
        folder: Path,
        *,
        country: Sequence[str] = ("--records", str(RECORDS)),
    ) -> None:
        shutil.copytree(store_folder, folder)
        self.folder = folder
        self._seen = 0
        (folder / "requests.log").unlink(missing_ok=True)
        self._log = folder / "requests.log"
        self._faults = folder / "faults.txt"
        self._port_file = folder / "port.json"
        self._process = subprocess.Popen(
            [
                *(sys.executable, "-m", "scrapers.office", "serve"),
                *("--directory", str(folder), *country),
                *("--port", "0", "--port-file", str(self._port_file)),
                *("--faults-file", str(self._faults), "--stop-with-stdin"),
            ],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self.url = self._wait_for_url()

    def _wait_for_url(self) -> str:
        deadline = time.monotonic() + _START
        while time.monotonic() < deadline and self._process.poll() is None:
            if self._port_file.exists():
                return str(json.loads(self._port_file.read_text(encoding="utf-8"))["url"])
            time.sleep(0.05)
        self.close()
        raise RuntimeError(f"the office does not answer, exit code {self._process.returncode}")

    def switch(self, *faults: str) -> None:
        """Switch these faults on and all others off."""
        part = self._faults.with_suffix(".part")
        part.write_text("".join(f"{fault}\n" for fault in faults), encoding="utf-8")
        part.replace(self._faults)

    def requests(self) -> list[dict[str, Any]]:
        """Return the requests answered since the last call, oldest first."""
        if not self._log.exists():
            return []
        lines = self._log.read_text(encoding="utf-8").splitlines()
        seen, self._seen = self._seen, len(lines)
        return [json.loads(line) for line in lines[seen:]]

    def close(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            self._process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def build_office(folder: Path) -> Path:
    """Build the country of the matrix; returns the folder of its office."""
    subprocess.run(
        [
            *(sys.executable, "-m", "scrapers.office", "build"),
            *("--directory", str(folder), "--records", str(RECORDS)),
        ],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    return folder


def choose_months(store: Path) -> dict[str, Months]:
    """Return, for each spider, the richest month that follows one with records, and that one."""
    counts = {
        _PATENTS: "SELECT substr(gazette_date, 1, 7) AS month, sum(source = 'pip'),"
        " sum(source = 'pig') FROM publication GROUP BY month",
        _EVENTS: "SELECT substr(gazette_date, 1, 7) AS month, count(*),"
        " sum(event_type = '专利申请权、专利权的转移') > 1 FROM event GROUP BY month",
        _DOCUMENTS: "SELECT substr(published_date, 1, 7) AS month, count(*), 1"
        " FROM policy_document GROUP BY month",
    }
    chosen = {_CITIES: Months("2010-01", "2011-01")}
    connection = sqlite3.connect(f"file:{store}?mode=ro", uri=True)
    try:
        for spider, query in counts.items():
            held = {month: (n, fits) for month, n, fits in connection.execute(query)}
            aimed = max(
                (month for month in held if held[month][1] and _before(month) in held),
                key=lambda month: (held[month][0], month),
            )
            chosen[spider] = Months(_before(aimed), aimed)
    finally:
        connection.close()
    return chosen


def _before(month: str) -> str:
    year, number = int(month[:4]), int(month[5:])
    return f"{year - 1}-12" if number == 1 else f"{year}-{number - 1:02d}"
