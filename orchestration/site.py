"""The site to crawl: the one the settings name, or the embedded office for as long as needed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from orchestration.progress import progress
from orchestration.settings import REPO_ROOT, Settings

START_LIMIT = 900.0  # seconds; building a large country takes a while
STOP_LIMIT = 15.0  # seconds between the polite and the final signal


class SiteError(RuntimeError):
    """The embedded office did not start, or this data folder holds another country."""


def office_command(current: Settings, *arguments: str) -> list[str]:
    """Return the command line of the embedded office; it is only ever a child process."""
    return [sys.executable, "-m", "scrapers.office", *arguments]


def country_arguments(current: Settings) -> list[str]:
    """Arguments that name the country of this data folder, for `serve` and `build`."""
    return [
        *("--directory", str(current.office_dir), "--truth", str(current.truth_dir)),
        *("--seed", str(current.office_seed), "--records", str(current.office_records)),
        *("--preset", current.office_preset, "--shares", current.office_shares),
        *("--dirt", current.office_dirt),
    ]


@contextmanager
def open_site(current: Settings) -> Iterator[str]:
    """Yield the base URL of the site; an office that was started here is stopped at the end.

    Raises
    ------
    SiteError
        If the embedded office ends, or does not answer in time, and if the folder holds the records
        of the same country at another level of dirt.
    """
    if current.site_url:
        yield current.site_url.rstrip("/")
        return
    _refuse_other_dirt(current)
    current.office_dir.mkdir(parents=True, exist_ok=True)
    port_file = current.office_dir / f"port-{os.getpid()}.json"
    port_file.unlink(missing_ok=True)
    log_path = current.office_dir / "serve.log"
    log_path.unlink(missing_ok=True)  # the last start is what anybody asks about
    command = office_command(
        current,
        "serve",
        *country_arguments(current),
        *("--port", "0", "--port-file", str(port_file)),
        "--stop-with-stdin",  # nobody is left behind, even when this process is killed
    )
    with log_path.open("ab") as log:
        child = subprocess.Popen(
            command,
            cwd=REPO_ROOT,
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # an interrupt on the terminal is ours to pass on
        )
    try:
        yield _wait_for(child, port_file, log_path)
    finally:
        _stop(child)
        port_file.unlink(missing_ok=True)


def _refuse_other_dirt(current: Settings) -> None:
    """Refuse to mix two levels of dirt in one folder."""
    # Months of both have the same totals: none would be asked for again.
    current.office_dir.mkdir(parents=True, exist_ok=True)
    noted = current.office_dir / "dirt"
    has_records = next(current.landing_dir.glob("sipo_patents/*/current.json"), None) is not None
    before = noted.read_text(encoding="utf-8").strip() if noted.exists() else "default"
    if has_records and before != current.office_dirt:
        raise SiteError(
            f"{current.data_dir} holds records of level of dirt {before!r}, asked for is "
            f"{current.office_dirt!r}: take another data folder"
        )
    noted.write_text(f"{current.office_dirt}\n", encoding="utf-8")


def _wait_for(child: subprocess.Popen[bytes], port_file: Path, log_path: Path) -> str:
    deadline = time.monotonic() + START_LIMIT
    while not port_file.exists():
        if child.poll() is not None:
            said = _tail(log_path, lines=2)
            raise SiteError(f"the embedded office ended at once: {said}\nLog: {log_path}")
        if time.monotonic() > deadline:
            raise SiteError(f"the embedded office did not answer, see {log_path}")
        progress().detail(_tail(log_path, lines=1)[:60])
        time.sleep(0.1)
    return str(json.loads(port_file.read_text(encoding="utf-8"))["url"]).rstrip("/")


def _stop(child: subprocess.Popen[bytes]) -> None:
    if child.poll() is None:
        child.send_signal(signal.SIGTERM)
        try:
            child.wait(STOP_LIMIT)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


def _tail(path: Path, lines: int = 15) -> str:
    if not path.exists():
        return ""
    with path.open("rb") as stream:
        stream.seek(max(0, path.stat().st_size - 8192))
        text = stream.read().decode("utf-8", errors="replace")
    return "\n".join(text.strip().splitlines()[-lines:])
