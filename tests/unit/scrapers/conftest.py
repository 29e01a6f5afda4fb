"""A small gazette site in the style of the saved pages, and what tests of collection share."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest

ROOT = Path(__file__).resolve().parents[3]
PAGES = ROOT / "tests" / "fixtures" / "pages"
TOTALS = {"pip": "numIp", "pig": "numIg", "pug": "numUg", "pdg": "numDg"}
KINDS = {
    "pip": ("发明公布", "A"),
    "pig": ("发明授权", "B"),
    "pug": ("实用新型", "U"),
    "pdg": ("外观设计", "S"),
}
TRANSFER = "专利申请权、专利权的转移"
RENAME = "专利权人的姓名或者名称、地址的变更"
EN = "\u2002"


@pytest.fixture(scope="session")
def page() -> Callable[[str], bytes]:
    """Read a page of tests/fixtures/pages."""
    return lambda name: (PAGES / name).read_bytes()


def names_line(names: list[str], shown: int) -> str:
    """Names as the site shows them: the first ones, the others hidden behind a button."""
    visible, hidden = names[:shown], names[shown:]
    text = escape(f";{EN}".join(visible))
    if not hidden:
        return text
    return (
        f'{text};<a class="zhankaizt" href="javascript:;"><img src="images/jtx.bmp"/></a>\n'
        f'<div style="display:none;">{EN}{escape(f";{EN}".join(hidden))}</div>\n'
    )


def record_box(source: str, number: int, date: str, names: list[str], shown: int = 1) -> str:
    """One record of the listing."""
    heading, kind = KINDS[source]
    first, holder = ("申请公布", "申请人") if source == "pip" else ("授权公告", "专利权人")
    inventor = "设计人" if source == "pdg" else "发明人"
    return f"""<div class="cp_box"><div class="cp_linr">
<h1>
    [{heading}]\xa0一种装置{number}</h1>
<ul>
<li class="wl228">{first}号：CN{number:09d}{kind}</li>
<li class="wl228">{first}日：{date}</li>
<li class="wl228">申请号：2018{number:08d}X</li>
<li class="wl228">申请日：2018.05.22</li>
<li class="wl228">{holder}：{names_line(names, shown)}</li>
<li class="wl228">{inventor}：张三</li>
<li class="clear"></li>
<li>地址：100080北京市海淀区成府路{number}号</li>
<li>分类号：G06F9/44(2006.01)I;  <a class="zhankai" href="javascript:;">全部</a>
<div style="display:none;"><ul>
<li>{EN}H01M10/0525(2010.01)I</li>
<li>专利代理机构：北京某某知识产权代理事务所11370</li><li>代理人：李四</li></ul></div></li>
</ul>
<div class="cp_jsh"><span id="tit">摘要：</span>
本发明{number}<span style="display:none;">的目的</span>
<a class="zhankaizy" id="tit">全部</a></div>
</div></div>
"""


def listing(form_id: str, title: str, counters: dict[str, int], body: str, pages: int) -> bytes:
    """A listing page: counters by script, records or none, a pager."""
    script = "".join(f'{form_id}.{k}.value = "{v}";\n' for k, v in counters.items())
    inputs = "".join(f'<input name="{k}" type="hidden"/>' for k in counters)
    return f"""<html><head><title>{title}</title>
<script type="text/javascript">function setup({form_id}) {{ {script} }}</script></head>
<body><form id="{form_id}">{inputs}</form>
{body}<div class="next"><a href="javascript:zl_fy({pages});">{pages}</a></div>
</body></html>""".encode()


def no_result(form_id: str, counters: dict[str, int]) -> bytes:
    """The page without result, with the form and its counters."""
    inputs = "".join(f'<input name="{k}" value="{v}" type="hidden"/>' for k, v in counters.items())
    return f"""<html><head><title>错误页面</title></head><body><form id="{form_id}">{inputs}</form>
<div class="cx_nojg"><span>抱歉，没有您要查询的结果！</span></div></body></html>""".encode()


ROBOT = (
    '<html><head><title>请输入验证码</title></head><body><form action="/verify-captcha.jpg">'
    "</form></body></html>"
).encode()


@dataclass
class StubSite:
    """Records by month and source, events by month and type, corrections, and a request log."""

    patents: dict[str, dict[str, int]] = field(default_factory=dict)  # month -> source -> n
    events: dict[str, dict[str, list[str]]] = field(default_factory=dict)  # month -> type -> text
    corrections: dict[str, int] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)
    override: Callable[[str, dict[str, str]], bytes | None] = lambda path, form: None
    status: Callable[[dict[str, str]], int] = lambda form: 200
    robots: bytes = b"User-agent: *\nAllow: /\n"
    log: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    agents: set[str] = field(default_factory=set)
    url: str = ""

    def answer(self, path: str, form: dict[str, str]) -> bytes:
        if path != "/robots.txt":
            self.log.append((path, form))
        special = self.override(path, form)
        if special is not None:
            return special
        if path == "/patentoutline.action":
            return self._gazette(form)
        if path == "/tranoutline.action":
            return self._events(form)
        return self.files.get(path, no_result("pato", {}))

    def _gazette(self, form: dict[str, str]) -> bytes:
        first, last = form["strWhere"].split("'")[1::2]
        size, now, source = int(form["pageSize"]), int(form["pageNow"]), form["strSources"]
        held: dict[str, list[tuple[str, int]]] = {}
        for month, sources in sorted(self.patents.items()):
            for s, k in sources.items():
                days = [(month, n) for n in range(k) if first <= _day(month, n) <= last]
                held.setdefault(s, []).extend(days)
        month = first[:7].replace(".", "-")
        counters = {name: len(held.get(s, [])) for s, name in TOTALS.items()}
        counters["numIpc"] = self.corrections.get(month, 0)
        chosen = held.get(source, [])[(now - 1) * size : now * size]
        if not held.get(source):
            return no_result("pato", counters)
        base = list(TOTALS).index(source) * 10_000
        boxes = "".join(
            record_box(
                source,
                (base + int(m.replace("-", "")) * 100_000 + n) % 10**9,
                _day(m, n),
                [f"公司{n}", "某某大学"],
            )
            for m, n in chosen
        )
        pages = -(-len(held[source]) // size)
        return listing("pato", "专利查询结果展示-公布模式", counters, boxes, pages)

    def _events(self, form: dict[str, str]) -> bytes:
        first, last = form["strDate"].split("'")[1::2]
        month = first[:7].replace(".", "-")
        texts = [
            (m, n, kind, text)
            for m, held in sorted(self.events.items())
            for n, (kind, text) in enumerate((t, x) for t in held for x in held[t])
            if first <= _day(m, n) <= last and form["strType"] in ("", kind)
        ]
        counters = {"numTran": len(texts), "numTranc": self.corrections.get(month, 0)}
        if not texts:
            return no_result("tran", counters)
        size, now = int(form["pageSize"]), int(form["pageNow"])
        body = "".join(
            f"""<div class="table_flztxx"><table>
<tr><td class="flzt_lb">申请号：</td><td class="flzt_nr">2010{n:08d}X</td></tr>
<tr><td class="flzt_lb">事务数据公告日：</td><td class="flzt_nr">{_day(m, n)}</td></tr>
<tr><td class="flzt_lb">事务数据类型：</td><td class="flzt_nr">{kind}</td></tr>
<tr><td class="flzt_xx" colspan="2">{escape(text).replace(chr(10), "<br/>")}</td></tr>
</table></div>"""
            for m, n, kind, text in texts[(now - 1) * size : now * size]
        )
        return listing("tran", "事务数据查询结果展示", counters, body, -(-len(texts) // size))


def _day(month: str, n: int) -> str:
    return f"{month.replace('-', '.')}.{n % 28 + 1:02d}"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    site: StubSite

    def _send(self, body: bytes, status: int = 200) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("X-Synthetic", "true")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self) -> None:
        self.site.agents.add(self.headers.get("User-Agent", ""))
        robots = self.path == "/robots.txt"
        self._send(self.site.robots if robots else self.site.answer(self.path, {}))

    def do_POST(self) -> None:
        text = self.rfile.read(int(self.headers["Content-Length"])).decode()
        form = {k: v[0] for k, v in parse_qs(text, keep_blank_values=True).items()}
        self._send(self.site.answer(self.path, form), self.site.status(form))

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def site() -> Iterator[StubSite]:
    """A gazette site on a free port of this machine."""
    stub = StubSite()
    handler = type("Handler", (_Handler,), {"site": stub})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    stub.url = f"http://127.0.0.1:{server.server_address[1]}"
    yield stub
    server.shutdown()
    server.server_close()
    thread.join()


@dataclass
class Collected:
    """What one run of the collector said."""

    code: int
    lines: list[dict[str, Any]]  # one a month
    stderr: str
    finished: dict[str, Any] = field(default_factory=dict)  # figures of the whole crawl

    @property
    def events(self) -> dict[str, str]:
        return {line["landing_month"][:7]: line["event"] for line in self.lines}


@pytest.fixture
def collect(tmp_path: Path) -> Callable[..., Collected]:
    """Run ``python -m scrapers.run`` on folders below ``tmp_path``."""

    def run(
        site: StubSite, spider: str, from_month: str, until_month: str, *more: str
    ) -> Collected:
        command = [sys.executable, "-m", "scrapers.run", "--spider", spider]
        command += ["--base-url", site.url, "--landing-dir", str(tmp_path / "landing")]
        command += ["--archive-dir", str(tmp_path / "raw")]
        command += ["--from-month", from_month, "--until-month", until_month, *more]
        result = subprocess.run(
            command,
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        lines = [json.loads(line) for line in result.stdout.splitlines()]
        finished = [line for line in lines if line["event"] == "finished"]
        months = [line for line in lines if line["event"] != "finished"]
        return Collected(result.returncode, months, result.stderr, *finished)

    return run


@pytest.fixture
def robot_page() -> bytes:
    """The robot check."""
    return ROBOT


@pytest.fixture(name="listing", scope="session")
def listing_page() -> Callable[..., bytes]:
    """Build a listing page: form, title, counters, records as HTML, pages."""
    return listing


@pytest.fixture(name="record_box", scope="session")
def record_box_builder() -> Callable[..., str]:
    """Build one record of the listing as HTML."""
    return record_box
