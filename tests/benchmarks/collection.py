"""Rate of collection: records a second from the embedded office to landing files and archive.

Baseline of the same run is the office itself: the same pages asked for as fast as they come and
thrown away. What the crawler adds (reading, archiving, landing) is the difference.

Run ``python -m tests.benchmarks.collection [--records 120000]``.
"""

from __future__ import annotations

import argparse
import calendar
import http.client
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from math import ceil
from pathlib import Path
from urllib.parse import urlencode, urlsplit

from scrapers.parsers.gazette import SOURCES, parse_gazette_page, require_counters

FIRST, UNTIL = "2006-01", "2021-01"
CONNECTIONS = 16


def main() -> None:
    """Build a country, measure the office and the crawler at both page sizes, print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, default=120_000)
    parser.add_argument("--directory", type=Path, help="where to work; a temporary folder without")
    options = parser.parse_args()
    folder = options.directory or Path(tempfile.mkdtemp(prefix="greenties-benchmark-"))
    try:
        _measure(folder, options.records)
    finally:
        if options.directory is None:
            shutil.rmtree(folder, ignore_errors=True)


def _measure(folder: Path, records: int) -> None:
    office = folder / "office"
    port_file = folder / "port.json"
    serve = [sys.executable, "-m", "scrapers.office", "serve", "--directory", str(office)]
    serve += ["--records", str(records), "--port", "0", "--port-file", str(port_file)]
    server = subprocess.Popen(
        [*serve, "--stop-with-stdin"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL
    )
    try:
        url = _address(port_file, server)
        print(f"{records:,} records, {os.cpu_count()} cores, one office process, one crawl process")
        print(f"{'page size':>9} {'who':<32} {'records/s':>10} {'pages/s':>8} {'of office':>9}")
        for size in (100, 20):
            n_records, n_pages, seconds = _office_alone(url, size)
            base = n_records / seconds
            _line(size, "office, pages thrown away", base, n_pages / seconds, 1.0)
            landed, pages, seconds, cpu = _crawl(url, size, folder)
            if landed != n_records:
                raise SystemExit(f"the crawl landed {landed:,} of {n_records:,} records")
            who = f"crawl with WARC and landing, {cpu:.0f} CPU s"
            _line(size, who, landed / seconds, pages / seconds, landed / seconds / base)
    finally:
        assert server.stdin is not None
        server.stdin.close()
        server.wait(timeout=30)


def _line(size: int, who: str, rate: float, pages: float, ratio: float) -> None:
    print(f"{size:>9} {who:<32} {rate:>10,.0f} {pages:>8,.1f} {ratio:>9.2f}", flush=True)


def _address(port_file: Path, server: subprocess.Popen[bytes]) -> str:
    while not port_file.exists():
        if server.poll() is not None:
            raise SystemExit(f"the office ended with exit code {server.returncode}")
        time.sleep(0.1)
    return str(json.loads(port_file.read_text(encoding="utf-8"))["url"])


def _form(source: str, month: str, size: int, number: int) -> bytes:
    year, of_year = int(month[:4]), int(month[5:])
    last = calendar.monthrange(year, of_year)[1]
    return urlencode(
        {
            "showType": "1",
            "strSources": source,
            "strWhere": f"OPD=BETWEEN['{year}.{of_year:02d}.01','{year}.{of_year:02d}.{last}']",
            "numSortMethod": "4",
            "pageSize": str(size),
            "pageNow": str(number),
        }
    ).encode()


def _office_alone(url: str, size: int) -> tuple[int, int, float]:
    """Ask for every page as fast as it comes: records, pages, seconds."""
    months = [f"{y}-{m:02d}" for y in range(2006, 2021) for m in range(1, 13)]
    local = threading.local()
    host = urlsplit(url).netloc

    def ask(body: bytes) -> bytes:
        if not hasattr(local, "connection"):
            local.connection = http.client.HTTPConnection(host, timeout=60)
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        local.connection.request("POST", "/patentoutline.action", body, headers)
        answer: bytes = local.connection.getresponse().read()
        return answer

    forms, n_records = [], 0
    with ThreadPoolExecutor(CONNECTIONS) as pool:
        firsts = pool.map(ask, [_form("pip", month, size, 1) for month in months])
        for month, body in zip(months, firsts, strict=True):
            counters = require_counters(parse_gazette_page(body, "pip"))
            for source, (total, _) in SOURCES.items():
                n_records += counters[total]
                pages = ceil(counters[total] / size)
                forms += [_form(source, month, size, n) for n in range(1, pages + 1)]
        started = time.perf_counter()
        for _ in pool.map(ask, forms):
            pass
        seconds = time.perf_counter() - started
    return n_records, len(forms), seconds


def _crawl(url: str, size: int, folder: Path) -> tuple[int, int, float, float]:
    """Crawl everything into a fresh folder: records, pages, seconds, CPU seconds of the crawler."""
    target = folder / f"crawl-{size}"
    shutil.rmtree(target, ignore_errors=True)
    command = [sys.executable, "-m", "scrapers.run", "--spider", "sipo_patents"]
    command += ["--base-url", url, "--page-size", str(size)]
    command += ["--landing-dir", str(target / "landing"), "--archive-dir", str(target / "raw")]
    command += ["--from-month", FIRST, "--until-month", UNTIL]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    started = time.perf_counter()
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    seconds = time.perf_counter() - started
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    months = [line for line in lines if line["event"] == "landed"]
    return sum(m["rows"] for m in months), sum(m["pages"] for m in months), seconds, cpu


if __name__ == "__main__":
    main()
