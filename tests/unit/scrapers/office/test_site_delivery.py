"""Faults on the wire: what a client of the running site sees when sending goes wrong."""

from __future__ import annotations

import http.client
import json
import socket
import subprocess
import sys
import time
import zlib
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import pytest

from scrapers.office.amend import prepare_store

START = (
    "import sys, pathlib; from scrapers.office.site import serve; "
    "d = pathlib.Path(sys.argv[1]); "
    "serve(d / 'country.sqlite', port_file=d / 'site.json', log_path=d / 'requests.log', "
    "faults_file=d / 'faults.txt')"
)
DEADLINE = 30.0
FORM = urlencode(
    {
        "showType": "1",
        "strSources": "pip",
        "strWhere": "OPD=BETWEEN['2019.07.01','2019.07.31']",
        "numSortMethod": "4",
        "pageSize": "20",
        "pageNow": "1",
    }
)


class Site:
    """A site with a file of faults, and one request at a time."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        prepare_store(directory / "country.sqlite")
        self.process = subprocess.Popen(
            [sys.executable, "-c", START, str(directory)], stdout=subprocess.PIPE, text=True
        )
        assert self.process.stdout is not None
        self.process.stdout.readline()
        url = json.loads((directory / "site.json").read_text())["url"]
        address = urlsplit(url)
        self.host, self.port = str(address.hostname), int(address.port or 0)

    def switch(self, *faults: str) -> None:
        part = self.directory / "faults.part"
        part.write_text("".join(f"{fault}\n" for fault in faults), encoding="utf-8")
        part.replace(self.directory / "faults.txt")

    def ask(self) -> tuple[http.client.HTTPConnection, http.client.HTTPResponse]:
        connection = http.client.HTTPConnection(self.host, self.port, timeout=DEADLINE)
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        connection.request("POST", "/patentoutline.action", FORM, headers)
        return connection, connection.getresponse()

    def page(self) -> bytes:
        connection, response = self.ask()
        try:
            return response.read()
        finally:
            connection.close()

    def log(self) -> list[dict[str, object]]:
        lines = (self.directory / "requests.log").read_text(encoding="utf-8").splitlines()
        return [json.loads(line) for line in lines]

    def end(self) -> None:
        self.process.terminate()
        assert self.process.stdout is not None
        self.process.stdout.close()
        assert self.process.wait(DEADLINE) == 0


@pytest.fixture
def site(store: Path) -> Iterator[Site]:
    running = Site(store.parent)
    yield running
    running.end()


def test_the_file_switches_faults_of_a_running_site(site: Site) -> None:
    well = site.page()
    site.switch("status_503:times=1")
    connection, response = site.ask()
    assert response.status == 503
    assert response.headers["X-Synthetic"] == "true"
    connection.close()
    assert site.page() == well
    site.switch("truncated_body")
    assert well.startswith(cut := site.page())
    assert len(cut) < len(well)
    site.switch()
    assert site.page() == well
    assert [entry.get("fault") for entry in site.log()] == [
        None, "status_503:times=1", None, "truncated_body", None,
    ]  # fmt: skip
    assert [entry.get("status") for entry in site.log()][1] == 503


def test_a_short_body_ends_before_its_length(site: Site) -> None:
    well = site.page()
    site.switch("short_body")
    connection, response = site.ask()
    assert int(response.headers["Content-Length"]) == len(well)
    with pytest.raises(http.client.IncompleteRead) as caught:
        response.read()
    connection.close()
    assert well.startswith(caught.value.partial)
    assert 0 < len(caught.value.partial) < len(well)


@pytest.mark.parametrize("variant", ["middle", "before"])
def test_a_connection_is_reset(site: Site, variant: str) -> None:
    site.switch(f"reset:variant={variant}")
    with pytest.raises(ConnectionResetError):
        site.page()
    site.switch()
    assert b"cp_box" in site.page()


def test_a_page_drips_and_is_whole_when_one_waits(site: Site) -> None:
    well = site.page()
    site.switch(f"slow_drip:bytes={len(well) // 4},pause=0.05")
    started = time.monotonic()
    assert site.page() == well
    assert time.monotonic() - started > 0.15


def test_whoever_hangs_up_on_a_drip_does_not_disturb_the_site(site: Site) -> None:
    site.switch("slow_drip:times=1")
    connection, response = site.ask()
    assert response.read(3) == b"<!D"
    connection.close()
    response.close()
    assert b"cp_box" in site.page()


def test_an_oversized_page_goes_on_as_long_as_one_reads(site: Site) -> None:
    well = site.page()
    site.switch("oversized:mb=8")
    connection, response = site.ask()
    assert response.headers["Content-Length"] is None
    body = response.read()
    connection.close()
    assert len(body) > 8_000_000
    assert body[:2000] == well[:2000]
    assert body.endswith(well[-2000:])
    site.switch("oversized:mb=100000,times=1")
    connection, response = site.ask()
    assert len(response.read(1_000_000)) == 1_000_000
    connection.close()
    response.close()
    assert site.page() == well


def test_a_zip_bomb_is_small_on_the_wire(site: Site) -> None:
    well = site.page()
    site.switch("zip_bomb:mb=50")
    connection, response = site.ask()
    assert response.headers["Content-Encoding"] == "gzip"
    body = response.read()
    connection.close()
    assert len(body) < 1_000_000
    assert zlib.decompressobj(31).decompress(body) == well


def test_a_redirect_names_its_target(site: Site) -> None:
    site.switch("redirect_to_login")
    connection, response = site.ask()
    assert (response.status, response.headers["Location"]) == (302, "/login.jsp")
    response.read()
    connection.close()


def test_a_file_that_cannot_be_read_breaks_every_answer(site: Site) -> None:
    site.switch("no_such_fault")
    connection, response = site.ask()
    assert response.status == 500
    connection.close()
    response.close()


def test_faults_concern_no_bare_connection(site: Site) -> None:
    site.switch("reset")
    with socket.create_connection((site.host, site.port), timeout=DEADLINE) as plain:
        plain.sendall(b"GET /robots.txt HTTP/1.0\r\n\r\n")
        answer = b""
        while block := plain.recv(65536):
            answer += block
    assert answer.endswith(b"Allow: /\n")
