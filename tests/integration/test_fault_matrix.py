"""The fault matrix: whatever the source does, a crawl ends in its error or in the right rows."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import pyarrow.parquet as pq
import pytest

from scrapers import errors
from scrapers.landing import current_file, current_months, verify
from tests.faulty_office import (
    CASES,
    ONE_AT_A_TIME,
    Case,
    Collected,
    Collector,
    FaultyOffice,
    Months,
    build_office,
    choose_months,
)

_PAGE_SIZES = {"sipo_patents": "3", "sipo_assignments": "10"}
_SCRIPT = "<script>alert(1)</script>"
_BENCHES = 3  # side by side


@dataclass(frozen=True)
class Outcome:
    """What a crawl under a fault came to, and the crawl after it."""

    code: int
    events: dict[str, str]
    errors: dict[str, str]
    log: list[dict[str, Any]]  # requests under the fault
    landed: dict[str, str]  # month: SHA-256 of its file
    rows: list[dict[str, Any]] | None  # of the month aimed at
    problems: list[str]  # of the landing folder
    next_code: int
    next_landed: dict[str, str]
    stderr: str


@dataclass(frozen=True)
class Bench:
    """An office and the collector that asks it."""

    office: FaultyOffice
    collector: Collector

    def crawl(self, spider: str, folder: Path, window: tuple[str, str], *more: str) -> Collected:
        """Crawl a window into a folder."""
        size = _PAGE_SIZES.get(spider)
        return self.collector.run(
            [
                *("--spider", spider, "--base-url", self.office.url),
                *("--landing-dir", str(folder / "landing"), "--archive-dir", str(folder / "raw")),
                *("--from-month", window[0], "--until-month", window[1]),
                *(("--page-size", size) if size else ()),
                *("-s", "DOWNLOAD_TIMEOUT=1.5", "-s", "RETRY_BACKOFF=0.02"),
                *more,
            ]
        )


def after(month: str) -> str:
    """Return the month that follows."""
    year, number = int(month[:4]), int(month[5:])
    return f"{year + 1}-01" if number == 12 else f"{year}-{number + 1:02d}"


def files(folder: Path, spider: str) -> dict[str, str]:
    """Return the SHA-256 of the file that counts, by month."""
    months = current_months(folder / "landing", spider)
    return {
        month: hashlib.sha256(
            current_file(folder / "landing", spider, month).read_bytes()
        ).hexdigest()
        for month in months
    }


def window_of(spider: str, months: Months) -> tuple[str, str]:
    last = "2012-01" if spider.startswith("citystat") else months.aimed_at
    return months.landed, after(last)


@dataclass(frozen=True)
class Reference:
    """Undisturbed crawls: a folder with the first month landed, and the files of all months."""

    months: dict[str, Months]
    base: dict[str, Path]
    whole: dict[str, dict[str, str]]
    rows: dict[str, list[dict[str, Any]]]
    folder: Path


@pytest.fixture(scope="module")
def benches(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Bench]]:
    folder = tmp_path_factory.mktemp("offices")
    built = build_office(folder / "built")
    with ExitStack() as stack:
        started: list[Bench] = []
        for number in range(_BENCHES):
            office = stack.enter_context(FaultyOffice(built, folder / f"office-{number}"))
            collector = Collector(folder / f"collector-{number}")
            stack.callback(collector.close)
            started.append(Bench(office, collector))
        yield started


@pytest.fixture(scope="module")
def reference(benches: list[Bench], tmp_path_factory: pytest.TempPathFactory) -> Reference:
    folder = tmp_path_factory.mktemp("matrix")
    bench = benches[0]
    months = choose_months(bench.office.folder / "country.sqlite")
    base: dict[str, Path] = {}
    whole: dict[str, dict[str, str]] = {}
    rows: dict[str, list[dict[str, Any]]] = {}
    for spider, pair in months.items():
        base[spider] = folder / f"{spider}-base"
        first = bench.crawl(spider, base[spider], (pair.landed, after(pair.landed)))
        assert first.code == 0, first.stderr
        complete = folder / f"{spider}-whole"
        shutil.copytree(base[spider], complete)
        both = bench.crawl(spider, complete, window_of(spider, pair))
        assert both.code == 0, both.stderr
        whole[spider] = files(complete, spider)
        rows[spider] = read_rows(complete, spider, pair.aimed_at)
        assert len(rows[spider]) > int(_PAGE_SIZES.get(spider, "1"))
    return Reference(months, base, whole, rows, folder)


def read_rows(folder: Path, spider: str, month: str) -> list[dict[str, Any]]:
    path = current_file(folder / "landing", spider, month)
    return pq.read_table(path).to_pylist()


@pytest.fixture(scope="module")
def outcomes(benches: list[Bench], reference: Reference) -> dict[str, Outcome]:
    """Run every case, as many side by side as there are benches."""
    free: SimpleQueue[Bench] = SimpleQueue()
    for bench in benches:
        free.put(bench)

    def run(case: Case) -> Outcome:
        bench = free.get()
        try:
            return run_case(bench, case, reference)
        finally:
            bench.office.switch()
            free.put(bench)

    with ThreadPoolExecutor(len(benches)) as pool:
        return dict(zip((case.name for case in CASES), pool.map(run, CASES), strict=True))


def run_case(bench: Bench, case: Case, reference: Reference) -> Outcome:
    """Crawl under the fault, then without it, from the folder where one month is landed."""
    spider, months = case.spider, reference.months[case.spider]
    folder = reference.folder / f"case-{CASES.index(case)}"
    shutil.copytree(reference.base[spider], folder)
    window = window_of(spider, months)
    bench.office.requests()
    bench.office.switch(case.fault_in(months))
    disturbed = bench.crawl(spider, folder, window, *case.arguments)
    bench.office.switch()
    landed = files(folder, spider)
    rows = read_rows(folder, spider, months.aimed_at) if months.aimed_at in landed else None
    log = bench.office.requests()
    problems = [str(problem) for problem in verify(folder / "landing")]
    following = bench.crawl(spider, folder, window, "--all")
    problems += [str(problem) for problem in verify(folder / "landing")]
    lines = disturbed.by_month()
    return Outcome(
        code=disturbed.code,
        events={month: line["event"] for month, line in lines.items()},
        errors={month: line["error"] for month, line in lines.items() if line["event"] == "failed"},
        log=log,
        landed=landed,
        rows=rows,
        problems=problems,
        next_code=following.code,
        next_landed=files(folder, spider),
        stderr=disturbed.stderr + following.stderr,
    )


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_fault_ends_in_its_error_or_in_exactly_the_right_rows(
    case: Case, outcomes: dict[str, Outcome], reference: Reference
) -> None:
    outcome, months = outcomes[case.name], reference.months[case.spider]
    whole = reference.whole[case.spider]
    assert any("fault" in entry for entry in outcome.log), "the fault was never served"
    assert outcome.problems == []
    # What was landed before is as it was, whatever happened.
    assert outcome.landed[months.landed] == whole[months.landed]
    if case.errors:
        assert set(outcome.errors.values()) <= set(case.errors), outcome.stderr
        assert outcome.errors
        assert outcome.code in {getattr(errors, name).exit_code for name in case.errors}
        for month in outcome.errors:
            assert month == months.landed or month not in outcome.landed
        for month in set(outcome.landed) - {months.landed}:
            assert outcome.landed[month] == whole[month]  # landed before the fault was met
    else:
        assert outcome.code == 0, outcome.stderr
        assert outcome.rows is not None
        assert_rows(case, outcome, reference)
    # Without the fault: complete, and equal to the crawl that was never disturbed.
    assert outcome.next_code == 0, outcome.stderr
    assert outcome.next_landed == whole


def assert_rows(case: Case, outcome: Outcome, reference: Reference) -> None:
    """Compare the rows of the month that the fault was aimed at with the undisturbed ones."""
    expected = reference.rows[case.spider]
    assert outcome.rows is not None
    if case.rows == "same":
        assert outcome.landed == reference.whole[case.spider]
        return
    found = [content(row) for row in outcome.rows]
    wanted = [content(row) for row in expected]
    if case.rows == "script":
        marked = [row for row in found if row["title"].startswith(_SCRIPT)]
        assert len(marked) == 1
        for row in found:
            row["title"] = row["title"].removeprefix(_SCRIPT)
        assert found == wanted
    else:
        assert found == [wanted[0], *wanted]


def content(row: dict[str, Any]) -> dict[str, Any]:
    """Return a row without what points at the page it stood on."""
    pointers = ("source_file", "source_row", "raw_pointer")
    return {name: value for name, value in row.items() if name not in pointers}


def test_a_guard_is_not_asked_again(outcomes: dict[str, Outcome]) -> None:
    for case in CASES:
        if set(case.errors) & {"RobotCheckError", "LoginRequiredError", "BlockedError"}:
            under_way = 0 if case.arguments == ONE_AT_A_TIME else 16
            assert requests_after_fault(outcomes[case.name]) <= under_way, case.name


def test_every_fault_of_the_office_has_a_case() -> None:
    from scrapers.office.faults import KINDS

    assert {case.fault.partition(":")[0] for case in CASES} == set(KINDS)
    assert len(KINDS) >= 25


def requests_after_fault(outcome: Outcome) -> int:
    """Return how many requests were answered after the first fault was served."""
    first = next((k for k, entry in enumerate(outcome.log) if "fault" in entry), len(outcome.log))
    return max(0, len(outcome.log) - first - 1)


def test_the_matrix_is_printed(
    outcomes: dict[str, Outcome], reference: Reference, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = [
        f"{'spider':<20} {'fault':<52} {'seen':<14} {'ends in':<40} {'exit':>4} "
        f"{'landed':>6} {'asked on':>8}"
    ]
    for case in CASES:
        outcome = outcomes[case.name]
        seen = next((entry["state"] for entry in outcome.log if "fault" in entry), "")
        ends = ", ".join(sorted(set(outcome.errors.values()))) or "right rows"
        landed = len(outcome.rows) if outcome.rows is not None else 0
        lines.append(
            f"{case.spider:<20} {case.fault_in(reference.months[case.spider]):<52} {seen:<14} "
            f"{ends:<40} {outcome.code:>4} {landed:>6} {requests_after_fault(outcome):>8}"
        )
    with capsys.disabled():
        print("\n" + "\n".join(lines))
    assert len(lines) == len(CASES) + 1
