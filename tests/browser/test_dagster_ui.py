"""The Dagster UI on a small instance: the lineage of Table 3 reaches back to the spiders."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.browser

ROOT = Path(__file__).resolve().parents[2]
START_LIMIT = 240.0  # seconds; the definitions are loaded in a process of their own
SHOW_LIMIT = 120_000  # milliseconds


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def address(browser: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """`greenties ui` on a data folder of its own, stopped as a person would stop it."""
    folder = tmp_path_factory.mktemp("ui") / "data folder"
    log = folder.parent / "ui.log"
    port = free_port()
    inherited = {k: v for k, v in os.environ.items() if not k.startswith("GREENTIES_")}
    with log.open("w", encoding="utf-8") as stream:
        child = subprocess.Popen(
            [sys.executable, "-m", "orchestration.cli", "ui", "--port", str(port)],
            cwd=ROOT,
            env={**inherited, "GREENTIES_DATA_DIR": str(folder)},
            stdout=stream,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    url = f"http://127.0.0.1:{port}"
    try:
        deadline = time.monotonic() + START_LIMIT
        while True:
            assert child.poll() is None, log.read_text(encoding="utf-8")[-4000:]
            assert time.monotonic() < deadline, log.read_text(encoding="utf-8")[-4000:]
            try:
                with urllib.request.urlopen(f"{url}/server_info", timeout=5):
                    break
            except (urllib.error.URLError, TimeoutError, ConnectionError):
                time.sleep(0.5)
        assert (folder / "dagster/dagster.yaml").exists()
        yield url
        said = log.read_text(encoding="utf-8")
        assert "WARNING" not in said, said[-4000:]
    finally:
        child.send_signal(signal.SIGINT)
        try:
            child.wait(60)
        except subprocess.TimeoutExpired:
            os.killpg(child.pid, signal.SIGKILL)
            child.wait()
            raise


def lineage(browser: Any, address: str, asset: str) -> Any:
    page = browser.new_page(viewport={"width": 3200, "height": 2000})
    page.goto(
        f"{address}/assets/{asset}?view=lineage&lineageScope=upstream&lineageDepth=60",
        timeout=SHOW_LIMIT,
    )
    page.get_by_text(asset.rsplit("/", maxsplit=1)[-1]).first.wait_for(timeout=SHOW_LIMIT)
    return page


@pytest.mark.parametrize(
    ("asset", "spider"),
    [
        ("reports/rpt_table3_baseline", "sipo_patents_files"),
        ("raw/sipo_assignments", "sipo_assignments_files"),
    ],
)
def test_the_lineage_reaches_back_to_the_spider(
    browser: Any, address: str, asset: str, spider: str
) -> None:
    page = lineage(browser, address, asset)
    page.get_by_text(spider, exact=True).first.wait_for(timeout=SHOW_LIMIT)
    page.close()


def test_no_dialog_covers_the_first_visit_and_the_jobs_are_listed(
    browser: Any, address: str
) -> None:
    page = browser.new_page(viewport={"width": 1400, "height": 900})
    page.goto(f"{address}/jobs", timeout=SHOW_LIMIT)
    page.get_by_text("everything", exact=True).first.wait_for(timeout=SHOW_LIMIT)
    assert page.locator("[role=dialog]").count() == 0
    page.close()
