"""The running site: port file, headers, keep-alive, log, amendments from outside, a clean end."""

from __future__ import annotations

import http.client
import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import pytest

from scrapers.office.amend import amend, prepare_store
from scrapers.office.site import NotLoopbackError, loopback_host, serve

START = (
    "import sys, pathlib; from scrapers.office.site import serve; "
    "d = pathlib.Path(sys.argv[1]); "
    "serve(d / 'country.sqlite', port_file=d / 'site.json', log_path=d / 'requests.log', "
    "stop_with_stdin=len(sys.argv) > 2)"
)
DEADLINE = 30.0  # seconds; a start takes about half a second


class Site:
    """A site in a process of its own."""

    def __init__(self, directory: Path, *arguments: str) -> None:
        self.directory = directory
        prepare_store(directory / "country.sqlite")
        self.process = subprocess.Popen(
            [sys.executable, "-c", START, str(directory), *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        self.announced = self.process.stdout.readline().strip()
        self.facts = json.loads((directory / "site.json").read_text())
        address = urlsplit(self.facts["url"])
        assert address.hostname is not None
        self.connection = http.client.HTTPConnection(
            address.hostname, address.port, timeout=DEADLINE
        )

    def request(self, method: str, path: str, form: dict[str, str] | None = None) -> bytes:
        headers = {"Content-Type": "application/x-www-form-urlencoded"} if form else {}
        self.connection.request(method, path, urlencode(form) if form else None, headers)
        self.response = self.connection.getresponse()
        return self.response.read()

    def listing(self) -> bytes:
        return self.request(
            "POST",
            "/patentoutline.action",
            {
                "showType": "1",
                "strSources": "pdg",
                "strWhere": "OPD=BETWEEN['2019.07.01','2019.07.31']",
                "numSortMethod": "4",
                "numIp": "",
                "pageSize": "20",
                "pageNow": "1",
            },
        )

    def end(self) -> int:
        self.connection.close()
        for stream in (self.process.stdin, self.process.stdout):
            if stream is not None:
                stream.close()
        return self.process.wait(DEADLINE)


@pytest.fixture
def site(store: Path) -> Iterator[Site]:
    running = Site(store.parent)
    yield running
    running.process.terminate()
    running.end()


def test_the_port_file_names_the_running_process(site: Site) -> None:
    assert site.facts == {"url": site.announced, "pid": site.process.pid}
    assert site.announced.startswith("http://127.0.0.1:")


def test_every_answer_is_200_and_marked_synthetic(site: Site) -> None:
    for method, path in (("GET", "/index.action"), ("GET", "/nothing"), ("POST", "/nothing")):
        site.request(method, path)
        assert site.response.status == 200
        assert site.response.headers["X-Synthetic"] == "true"
        assert site.response.headers["Content-Type"] == "text/html; charset=utf-8"


def test_one_connection_serves_many_requests(site: Site) -> None:
    site.listing()
    socket = site.connection.sock
    for _ in range(5):
        assert site.listing()
    assert socket is not None
    assert site.connection.sock is socket


def test_no_page_names_the_host(site: Site) -> None:
    for path in ("/index.action", "/flzt.jsp", "/sjsm.jsp"):
        assert b"127.0.0.1" not in site.request("GET", path)
    assert b"127.0.0.1" not in site.listing()


def test_the_log_holds_one_line_per_request_with_its_form(site: Site) -> None:
    body = site.listing()
    site.request("GET", "/robots.txt")
    lines = (site.directory / "requests.log").read_text(encoding="utf-8").splitlines()
    listing, robots = (json.loads(line) for line in lines)
    assert listing == {
        "method": "POST",
        "path": "/patentoutline.action",
        "form": {
            "showType": "1",
            "strSources": "pdg",
            "strWhere": "OPD=BETWEEN['2019.07.01','2019.07.31']",
            "numSortMethod": "4",
            "pageSize": "20",
            "pageNow": "1",
        },
        "state": "records",
        "bytes": len(body),
    }
    assert (robots["path"], robots["form"], robots["state"]) == ("/robots.txt", {}, "robots")


def test_an_amendment_from_outside_shows_without_a_restart(site: Site) -> None:
    before = site.listing()
    assert amend(site.directory / "country.sqlite", "2019-07").source == "pdg"
    after = site.listing()
    assert "虚构路10号".encode() not in before
    assert "虚构路10号".encode() in after
    assert b'name="numDgc" type="hidden" value="1"' in after


def test_an_amendment_survives_a_restart(store: Path) -> None:
    amend(store, "2019-07")
    pages = []
    for _ in range(2):
        site = Site(store.parent)
        pages.append(site.listing())
        site.process.terminate()
        site.end()
    assert pages[0] == pages[1]
    assert b'name="numDgc" type="hidden" value="1"' in pages[0]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_cleanly(store: Path, number: signal.Signals) -> None:
    site = Site(store.parent)
    site.listing()
    site.process.send_signal(number)
    assert site.end() == 0
    assert not (store.parent / "site.json").exists()


def test_it_ends_with_the_standard_input_of_its_parent(store: Path) -> None:
    site = Site(store.parent, "stop")
    assert site.listing()
    started = time.monotonic()
    assert site.end() == 0
    assert time.monotonic() - started < DEADLINE


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.7", "example.org", "::", ""])
def test_other_machines_are_kept_out(store: Path, host: str) -> None:
    with pytest.raises(NotLoopbackError):
        serve(store, host=host)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.1.2.3", "::1", "localhost"])
def test_loopback_addresses_are_allowed(host: str) -> None:
    assert loopback_host(host) in {"127.0.0.1", "127.1.2.3", "::1"}
