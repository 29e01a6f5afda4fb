"""What all tests share: the labelled cases beside the checkout, and the rule on skips."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# Same examples each time; a busy machine is no failure.
settings.register_profile(
    "greenties",
    deadline=None,
    derandomize=True,
    max_examples=60,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("greenties")

ROOT = Path(__file__).resolve().parents[1]
NO_SHARED = "shared cases absent: set GREENTIES_SHARED"
NO_BROWSER = "no chromium: apt-get install chromium"
# Where a reason may not be given: variable that demands the thing -> reason of its absence.
REQUIRED = {"GREENTIES_REQUIRE_SHARED": NO_SHARED, "GREENTIES_REQUIRE_BROWSER": NO_BROWSER}

_skips: list[tuple[str, str]] = []


@pytest.fixture(scope="session")
def shared() -> Path:
    """Folder of the shared cases; absent ones skip, or fail where they are required."""
    folder = Path(os.environ.get("GREENTIES_SHARED") or ROOT.parent / "shared")
    if not folder.is_dir():
        if os.environ.get("GREENTIES_REQUIRE_SHARED") == "1":
            pytest.fail(f"{NO_SHARED} ({folder} is required here)")
        pytest.skip(NO_SHARED)
    return folder


def allowed_skips() -> set[str]:
    """Reasons listed in tests/allowed_skips.txt."""
    lines = (ROOT / "tests" / "allowed_skips.txt").read_text(encoding="utf-8").splitlines()
    return {line.strip() for line in lines if line.strip() and not line.startswith("#")}


def refused_skips(skips: list[tuple[str, str]]) -> list[str]:
    """Return a line for each skip whose reason is not allowed, here and now."""
    demanded = {reason for name, reason in REQUIRED.items() if os.environ.get(name) == "1"}
    allowed = allowed_skips() - demanded
    return [f"{test}: {reason}" for test, reason in skips if reason not in allowed]


def _note(report: pytest.TestReport | pytest.CollectReport) -> None:
    if report.skipped and not hasattr(report, "wasxfail"):
        text = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        _skips.append((report.nodeid, str(text).removeprefix("Skipped: ").strip()))


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Remember why a test was skipped."""
    _note(report)


def pytest_collectreport(report: pytest.CollectReport) -> None:
    """Remember why a whole file was skipped."""
    _note(report)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail the session for a skip that nobody allowed."""
    refused = refused_skips(_skips)
    if refused and session.exitstatus in {pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED}:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say which skips were refused."""
    if refused := refused_skips(_skips):
        terminalreporter.section("skips that tests/allowed_skips.txt does not name")
        for line in refused:
            terminalreporter.line(line)
