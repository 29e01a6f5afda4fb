"""The rule on skips: only reasons that are written down, and none for what is required."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import NO_BROWSER, NO_SHARED, ROOT, allowed_skips, refused_skips


@pytest.fixture(autouse=True)
def nothing_required(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GREENTIES_REQUIRE_SHARED", raising=False)
    monkeypatch.delenv("GREENTIES_REQUIRE_BROWSER", raising=False)


def test_the_reasons_used_by_the_fixtures_are_listed() -> None:
    assert {NO_SHARED, NO_BROWSER} <= allowed_skips()
    assert refused_skips([("a", NO_SHARED), ("b", NO_BROWSER)]) == []


def test_any_other_reason_is_refused_with_the_name_of_the_test() -> None:
    assert refused_skips([("tests/x.py::t", "slow today")]) == ["tests/x.py::t: slow today"]


@pytest.mark.parametrize(
    ("variable", "reason"),
    [("GREENTIES_REQUIRE_SHARED", NO_SHARED), ("GREENTIES_REQUIRE_BROWSER", NO_BROWSER)],
)
def test_what_is_required_may_not_be_skipped(
    variable: str, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, "1")
    assert refused_skips([("t", reason)]) == [f"t: {reason}"]


def test_a_skip_for_another_reason_fails_the_session(tmp_path: Path) -> None:
    """A session of its own, with the conftest of this one."""
    (tmp_path / "tests").mkdir()
    for name in ("conftest.py", "allowed_skips.txt"):
        shutil.copy(ROOT / "tests" / name, tmp_path / "tests" / name)
    codes = []
    for reason in (NO_SHARED, "slow today"):
        (tmp_path / "tests" / "test_it.py").write_text(
            f"import pytest\ndef test_it():\n    pytest.skip({reason!r})\n"
            "def test_other():\n    pass\n"
        )
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests"],
            cwd=tmp_path,
            text=True,
            capture_output=True,
            check=False,
        )
        codes.append(done.returncode)
    assert codes == [0, 1], done.stdout
    assert "tests/test_it.py::test_it: slow today" in done.stdout
