"""What a person sees while the line runs: bars on a terminal, dated lines in a log.

Assets report to the current progress of the process. Without one (the Dagster UI, tests) the
reports go nowhere; Dagster keeps its own record.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TextIO

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
)
from rich.table import Column

LOG_INTERVAL = 5.0  # seconds between two lines of one step in a plain log


class Silence:
    """Progress that nobody watches."""

    def step(self, name: str, total: int | None = None) -> None:
        """Begin a step; the previous one is over."""

    def advance(self, done: int, total: int | None = None, detail: str = "") -> None:
        """Report how far the current step is."""

    def detail(self, text: str) -> None:
        """Report what the current step is busy with; may be called from another thread."""

    def say(self, text: str) -> None:
        """Print a line that stays."""

    def close(self) -> None:
        """End the current step."""


class LogProgress(Silence):
    """Plain lines with the seconds since the start, for logs and pipes."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._start = time.monotonic()
        self._step = ""
        self._step_start = self._start
        self._last = 0.0
        self._state = ""

    def step(self, name: str, total: int | None = None) -> None:
        self.close()
        self._step, self._step_start, self._state = name, time.monotonic(), ""
        self._last = time.monotonic()
        self._print(f"{name} ...")

    def advance(self, done: int, total: int | None = None, detail: str = "") -> None:
        count = f"{done:,}" if total is None else f"{done:,} of {total:,}"
        self._state = f"{count} {detail}".strip()
        if time.monotonic() - self._last >= LOG_INTERVAL:
            self._last = time.monotonic()
            self._print(f"{self._step}: {self._state}")

    def detail(self, text: str) -> None:
        if time.monotonic() - self._last >= LOG_INTERVAL:
            self._last = time.monotonic()
            self._print(f"{self._step}: {text}")

    def say(self, text: str) -> None:
        self._print(text)

    def close(self) -> None:
        if self._step:
            seconds = time.monotonic() - self._step_start
            state = f", {self._state}" if self._state else ""
            self._print(f"{self._step}: done in {seconds:.1f} s{state}")
            self._step = ""

    def _print(self, text: str) -> None:
        elapsed = time.monotonic() - self._start
        print(f"[{elapsed:6.1f} s] {text}", file=self._stream, flush=True)


class BarProgress(Silence):
    """A bar per step on a terminal."""

    def __init__(self, console: Console) -> None:
        self._bars = Progress(
            SpinnerColumn(finished_text="✓", table_column=Column(min_width=1)),
            TextColumn("{task.description}", table_column=Column(min_width=31, no_wrap=True)),
            BarColumn(bar_width=10, table_column=Column(min_width=10)),
            MofNCompleteColumn(table_column=Column(min_width=7, no_wrap=True)),
            TimeElapsedColumn(table_column=Column(min_width=7, no_wrap=True)),
            # Whatever room is left; a narrow terminal cuts the detail and nothing else.
            TextColumn(
                "{task.fields[detail]}",
                table_column=Column(ratio=1, no_wrap=True, overflow="ellipsis"),
            ),
            console=console,
            expand=True,
        )
        self._bars.start()
        self._task: TaskID | None = None

    def step(self, name: str, total: int | None = None) -> None:
        self._finish()
        self._task = self._bars.add_task(name, total=total, detail="")

    def advance(self, done: int, total: int | None = None, detail: str = "") -> None:
        if self._task is not None:
            self._bars.update(self._task, completed=done, total=total, detail=detail)

    def detail(self, text: str) -> None:
        if self._task is not None:
            self._bars.update(self._task, detail=text)

    def say(self, text: str) -> None:
        self._bars.console.print(text, highlight=False)

    def close(self) -> None:
        self._finish()
        self._bars.stop()

    def _finish(self) -> None:
        if self._task is not None:
            task = self._bars.tasks[self._task]
            done = max(int(task.completed), 1)
            self._bars.update(self._task, total=done, completed=done)
            self._task = None


_CURRENT: ContextVar[Silence | None] = ContextVar("progress", default=None)
_SILENCE = Silence()


def progress() -> Silence:
    """Return the progress of this process."""
    return _CURRENT.get() or _SILENCE


@contextmanager
def shown(stream: TextIO) -> Iterator[Silence]:
    """Show progress on a stream: bars when it is a terminal, lines otherwise."""
    display = BarProgress(Console(file=stream)) if stream.isatty() else LogProgress(stream)
    token = _CURRENT.set(display)
    try:
        yield display
    finally:
        _CURRENT.reset(token)
        display.close()
