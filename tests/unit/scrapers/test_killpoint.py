"""The switch that ends a process at a stage: off unless told, exact when told."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from scrapers import killpoint

ROOT = Path(__file__).resolve().parents[3]
PASS = "from scrapers import killpoint\nfor n in range(1, 6):\n    print(n, flush=True)\n    "


def passages(kill_at, stage="archive"):
    environment = {k: v for k, v in os.environ.items() if k != "GREENTIES_KILL_AT"}
    if kill_at is not None:
        environment["GREENTIES_KILL_AT"] = kill_at
    return subprocess.run(
        [sys.executable, "-c", f"{PASS}killpoint.reached({stage!r})"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        start_new_session=True,
        # Dagster lets SIGTERM do what SIGINT does, which is nothing in a shell's background job.
        preexec_fn=lambda: signal.signal(signal.SIGTERM, signal.SIG_DFL),
    )


@pytest.mark.parametrize("kill_at", [None, "", "fetch:1", "archive:6"])
def test_nothing_happens_unless_the_stage_is_passed_so_often(kill_at):
    done = passages(kill_at)
    assert (done.returncode, done.stdout.split()) == (0, list("12345"))


@pytest.mark.parametrize(
    ("kill_at", "how"),
    [
        ("archive:3", signal.SIGKILL),
        ("archive:3:KILL", signal.SIGKILL),
        ("archive:3:GROUP", signal.SIGKILL),
        ("archive:3:TERM", signal.SIGTERM),
    ],
)
def test_the_process_ends_at_the_passage_that_was_named(kill_at, how):
    done = passages(kill_at)
    assert (done.returncode, done.stdout.split()) == (-how, list("123"))


@pytest.mark.parametrize("text", ["archive", "nothing:1", "archive:x", "archive:1:HUP"])
def test_a_plan_that_cannot_be_read_is_refused(text):
    assert "GREENTIES_KILL_AT" in passages(text).stderr
    with pytest.raises(ValueError, match="GREENTIES_KILL_AT"):
        killpoint._plan(text)
