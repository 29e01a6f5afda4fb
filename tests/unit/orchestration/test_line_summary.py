"""What a run says in the end."""

from __future__ import annotations

import dagster as dg
import pytest

from orchestration.collect import CollectionReport
from orchestration.fingerprints import Fingerprint
from orchestration.line import Outcome, _was_interrupted


def outcome(changed: list[str], *, fetched: list[tuple[str, str]], asked: int = 360) -> Outcome:
    tables = {name: Fingerprint(1, "0" * 32) for name in ("marts.a", "marts.b", "reports.c")}
    return Outcome(
        collected=CollectionReport(asked=asked, fetched=fetched, rows=1234),
        built=True,
        fingerprints=tables,
        changed=changed,
    )


def test_few_months_are_named_and_the_tables_that_changed_too() -> None:
    said = outcome(["marts.a", "reports.c"], fetched=[("sipo_patents", "2019-07")]).summary
    assert "fetched 1 (sipo_patents 2019-07), 1,234 records" in said
    assert "1 of them as they were" in said
    assert "Changed: marts.a, reports.c." in said


def test_many_months_are_counted_by_table() -> None:
    months = [("sipo_patents", f"2019-{m:02}") for m in range(1, 13)]
    said = outcome(
        ["marts.a", "marts.b", "reports.c"], fetched=[*months, ("citystat_city_years", "2019-01")]
    ).summary
    assert "fetched 13 (1 of citystat_city_years, 12 of sipo_patents)" in said
    assert "Published 3 tables, all of them new or changed." in said


def test_a_build_that_changes_no_fingerprint_says_so() -> None:
    said = outcome([], fetched=[]).summary
    assert "nothing is new, nothing was fetched" in said
    assert "no fingerprint changed" in said


@pytest.mark.parametrize("is_interrupt", [True, False])
def test_a_stopped_step_is_told_from_one_that_failed(is_interrupt: bool) -> None:
    @dg.op
    def step() -> None:
        raise dg.DagsterExecutionInterruptedError if is_interrupt else ValueError("x")

    @dg.job
    def line() -> None:
        step()

    result = line.execute_in_process(raise_on_error=False)
    assert any(_was_interrupted(event) for event in result.all_events) is is_interrupt
