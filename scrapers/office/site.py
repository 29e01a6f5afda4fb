"""The web site: requests in, pages out, one line of log each; it only reads the store."""

from __future__ import annotations

import csv
import io
import ipaddress
import json
import logging
import os
import re
import signal
import sys
import threading
from base64 import b64decode
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal, TextIO

from twisted.web.http import Request
from twisted.web.resource import Resource
from twisted.web.server import NOT_DONE_YET, Site

from scrapers.office import fault_pages, pages
from scrapers.office.answer import Answer, Delivery, Listing
from scrapers.office.catalogue import SORT_METHODS, YEARBOOKS, Catalogue
from scrapers.office.delivery import deliver
from scrapers.office.faults import (
    LOGIN_PATH,
    SESSION_PATH,
    Asked,
    Fault,
    Switchboard,
    parse_fault,
    stamp_of,
)
from scrapers.office.query import QueryError, parse_days, parse_where, parse_window

__all__ = ["Answer", "NotLoopbackError", "Office", "loopback_host", "serve"]

_LOG = logging.getLogger(__name__)
_OUTLINE_SIZES = (3, 10, 20, 100)  # 100 is the bulk list
_TRAN_SIZES = (10, 20, 100)
_MAX_PAGE = 10**9  # larger numbers do not fit the offset of the store
_YEARBOOK_PATH = re.compile(r"/nj/(?P<name>[a-z]+)/(?P<year>\d{4})\.csv")
_STATIC = Path(__file__).with_name("static")
_STATIC_FILES = {
    "/css/style.css": ("text/css; charset=utf-8", "style.css"),
    "/js/gb.js": ("text/javascript; charset=utf-8", "gb.js"),
}
_POLICY_SIZE = 10
_POLICY_PATH = re.compile(r"/zcwj/(?P<id>[0-9A-Za-z-]+)\.html")
_PICTURES = ("/images/", "/pic/", "/qrcode/")
_BLANK_GIF = b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")
_TO_SESSION = (("location", SESSION_PATH),)
_ROBOTS = b"User-agent: *\nAllow: /\n"


class NotLoopbackError(ValueError):
    """The office was asked to listen where other machines could reach it."""


class Office:
    """Answers requests from a catalogue; knows no sockets, so that it can be asked directly.

    Parameters
    ----------
    catalogue : Catalogue
    robot_check_after : int, optional
        Number of answered requests after which every request gets the robot check
        (``robots.txt`` neither counts nor is refused).
    faults : iterable of str or Fault
        Faults that are on from the start, see docs/office.md.
    faults_file : Path, optional
        Further faults, one a line; read again whenever the file changes.

    Raises
    ------
    FaultError
        If a fault cannot be read.
    """

    def __init__(
        self,
        catalogue: Catalogue,
        *,
        robot_check_after: int | None = None,
        faults: Iterable[str | Fault] = (),
        faults_file: Path | None = None,
    ) -> None:
        self._catalogue = catalogue
        self._requests_left = robot_check_after
        self._switchboard = Switchboard(
            [f if isinstance(f, Fault) else parse_fault(f) for f in faults], faults_file
        )
        self._static = {
            path: Answer("static", (_STATIC / name).read_bytes(), content_type)
            for path, (content_type, name) in _STATIC_FILES.items()
        }
        self._forms: dict[str, Callable[[Asked], Answer]] = {
            "/patentoutline.action": self._outline,
            "/patentdetail.action": self._detail,
            "/tranoutline.action": self._tran_outline,
            "/fullTran.action": self._full_tran,
        }

    def answer(self, method: str, path: str, form: Mapping[str, str]) -> Answer:
        """Return the answer to one request.

        Parameters
        ----------
        method : str
            HTTP method.
        path : str
            Path without query.
        form : mapping
            Decoded fields of the body, or of the query of a GET request.

        Returns
        -------
        Answer
            The error page (state ``no_result``) for whatever the site does not know.

        Raises
        ------
        FaultError
            If the file of faults changed and cannot be read.
        """
        self._switchboard.refresh()
        asked = Asked(method, path, form)
        if path == "/robots.txt":
            robots = Answer("robots", _ROBOTS, "text/plain; charset=utf-8")
            return self._switchboard.change_answer(asked, robots)
        if self._requests_left is not None:
            if self._requests_left <= 0:
                return Answer("robot_check", pages.robot_check_page())
            self._requests_left -= 1
        stamped = self._unstamped(asked)
        answer = self._answer(stamped or asked)
        if stamped is not None or answer.fault:
            return answer
        return self._switchboard.change_answer(asked, answer)

    def _unstamped(self, asked: Asked) -> Asked | None:
        """Return the request for a path with the stamp that is valid now, without the stamp."""
        fault = self._switchboard.find("path_stamp")
        if fault is None:
            return None
        stamp = f"{stamp_of(fault)}.action"
        if asked.method != "POST" or not asked.path.endswith(stamp):
            return None
        return replace(asked, path=f"{asked.path.removesuffix(stamp)}.action")

    def _answer(self, asked: Asked) -> Answer:
        if asked.method == "POST":
            handler = self._forms.get(asked.path)
            if handler is None:
                return _no_result()
            try:
                return handler(asked)
            except QueryError as error:
                _LOG.info("refused %s: %s", asked.path, error)
                return _no_result()
        return self._get(asked)

    def _get(self, asked: Asked) -> Answer:
        path = asked.path
        if path in self._static:
            return self._static[path]
        if path.startswith(_PICTURES):
            return Answer("static", _BLANK_GIF, "image/gif")
        if path in ("/", "/index.action"):
            return Answer("form", pages.index_page(*self._catalogue.gazette_range()))
        if path == "/flzt.jsp":
            first, last = self._catalogue.gazette_range()
            types = self._catalogue.event_types()
            return Answer("form", pages.events_form_page(first, last, types))
        if path in ("/sjsm.jsp", "/bqsm.jsp"):
            return Answer("form", pages.about_page(self._catalogue.facts()))
        if path == LOGIN_PATH:
            return Answer("login", fault_pages.login_page())
        if path == SESSION_PATH and self._switchboard.find("redirect_loop"):
            return Answer("redirect", b"", status=302, delivery=Delivery(headers=_TO_SESSION))
        if path == "/zcwj.jsp":
            return Answer("form", pages.policy_form_page(*self._catalogue.policy_range()))
        if path == "/zcwj/list.action":
            try:
                return self._policy_list(asked)
            except QueryError as error:
                _LOG.info("refused %s: %s", path, error)
                return _no_result()
        match = _POLICY_PATH.fullmatch(path)
        if match is not None:
            document = self._catalogue.policy_document(match["id"])
            if document is None:
                return _no_result()
            return Answer("records", pages.policy_document_page(document))
        match = _YEARBOOK_PATH.fullmatch(path)
        if match is not None and match["name"] in YEARBOOKS:
            return self._yearbook(match["name"], match["year"])
        return _no_result()

    def _yearbook(self, name: str, year: str) -> Answer:
        header, rows = self._catalogue.yearbook(name, year)
        if not rows:
            return _no_result()
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)  # a missing cell (NULL) is written empty
        return Answer("table", text.getvalue().encode(), "text/csv; charset=utf-8")

    # ------------------------------------------------------------ forms

    def _outline(self, asked: Asked) -> Answer:
        form = asked.form
        source = form.get("strSources", "")
        sort = form.get("numSortMethod", "")
        if form.get("showType") != "1" or source not in pages.SOURCES or sort not in SORT_METHODS:
            raise QueryError("showType, strSources or numSortMethod")
        size, page = _paging(form, _OUTLINE_SIZES)
        where = parse_where(form.get("strWhere", ""))
        counters = self._catalogue.outline_counters(where)
        values = {
            "showType": "1",
            "strSources": source,
            "strWhere": form["strWhere"],
            "numSortMethod": sort,
            "strLicenseCode": form.get("strLicenseCode", ""),
            **counters,
            "pageSize": str(size),
            "pageNow": str(page),
        }
        total_field = self._catalogue.total_field(source)

        def fetch(other: str, limit: int, offset: int) -> Sequence[pages.Publication]:
            return self._catalogue.publications(
                other or source, where, sort=sort, limit=limit, offset=offset
            )

        others = [other for other in pages.SOURCES if other != source]
        listing = _listing("outline", values, total_field, page, size, fetch, others)
        return self._show(
            asked,
            listing,
            lambda shown: pages.outline_page(
                shown.rows,
                shown.values,
                page=page,
                pages=shown.pages,
                size=size,
                page_sizes=_OUTLINE_SIZES,
            ),
        )

    def _show(self, asked: Asked, listing: Listing, page_of: Callable[[Listing], bytes]) -> Answer:
        shown, fault = self._switchboard.change_rows(asked, listing)
        if shown.total == 0:
            body = pages.no_result_page(shown.form, shown.values)
            return Answer("no_result", body, fault=fault, listing=shown)
        state = "records" if shown.rows else "past_the_end"
        return Answer(state, page_of(shown), fault=fault, listing=shown)

    def _detail(self, asked: Asked) -> Answer:
        source = asked.form.get("strSources", "")
        if source not in pages.SOURCES:
            raise QueryError("strSources")
        where = parse_where(asked.form.get("strWhere", ""))
        if not where.clauses:
            raise QueryError("a record is asked for by its number")
        records = self._catalogue.publications(source, where, sort="3", limit=1, offset=0)
        if not records:
            return _no_result()
        return Answer("records", pages.detail_page(records[0]))

    def _tran_outline(self, asked: Asked) -> Answer:
        form = asked.form
        size, page = _paging(form, _TRAN_SIZES)
        event_type = form.get("strType", "")
        window = parse_window(form.get("strDate", ""))
        counters = self._catalogue.tran_counters(window, event_type)
        values = {
            "strType": event_type,
            "strDate": form["strDate"],
            **counters,
            "pageSize": str(size),
            "pageNow": str(page),
        }

        def fetch(other: str, limit: int, offset: int) -> Sequence[pages.Event]:
            return self._catalogue.events(window, other or event_type, limit=limit, offset=offset)

        others = (
            [other for other in self._catalogue.event_types() if other != event_type]
            if event_type and self._switchboard.faults
            else []
        )
        listing = _listing("tran", values, "numTran", page, size, fetch, others)
        return self._show(
            asked,
            listing,
            lambda shown: pages.tran_page(
                shown.rows,
                shown.values,
                page=page,
                pages=shown.pages,
                size=size,
                page_sizes=_TRAN_SIZES,
            ),
        )

    def _policy_list(self, asked: Asked) -> Answer:
        form = asked.form
        window = parse_days(form.get("from", ""), form.get("until", ""))
        page = _page_number(form.get("page", ""))
        values = {
            "from": window.first,
            "until": window.last,
            **self._catalogue.policy_counters(window),
            "pageSize": str(_POLICY_SIZE),
            "page": str(page),
        }

        def fetch(other: str, limit: int, offset: int) -> Sequence[pages.PolicyDocument]:
            return self._catalogue.policy_documents(window, limit=limit, offset=offset)

        listing = _listing("policy", values, "numDoc", page, _POLICY_SIZE, fetch)
        return self._show(
            asked,
            listing,
            lambda shown: pages.policy_list_page(
                shown.rows, shown.values, page=page, pages=shown.pages
            ),
        )

    def _full_tran(self, asked: Asked) -> Answer:
        events = self._catalogue.events_of(asked.form.get("an", ""))
        if not events:
            return _no_result()
        return Answer("records", pages.full_tran_page(events))


def _listing(  # noqa: PLR0917 (one call per listing, every value another type)
    form: Literal["outline", "tran", "policy"],
    values: Mapping[str, str],
    total_field: str,
    page: int,
    size: int,
    fetch: Callable[[str, int, int], Sequence[Any]],
    others: Sequence[str] = (),
) -> Listing:
    total, offset = int(values[total_field]), (page - 1) * size
    return Listing(
        form=form,
        rows=fetch("", size, offset) if offset < total else (),
        values=values,
        total_field=total_field,
        total=total,
        page=page,
        size=size,
        fetch=fetch,
        others=others,
    )


def _no_result() -> Answer:
    return Answer("no_result", pages.no_result_page())


def _paging(form: Mapping[str, str], sizes: tuple[int, ...]) -> tuple[int, int]:
    size = form.get("pageSize", "")
    if not (size.isascii() and size.isdigit() and int(size) in sizes):
        raise QueryError(f"pageSize {size!r}")
    return int(size), _page_number(form.get("pageNow", ""))


def _page_number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= _MAX_PAGE):
        raise QueryError(f"page {text!r}")
    return int(text)


# ---------------------------------------------------------------- HTTP


class _Gate(Resource):
    """The one resource of the site: hands every path to the office and writes the log."""

    isLeaf = True  # noqa: N815 (the name twisted asks for)

    def __init__(self, office: Office, log: TextIO | None) -> None:
        super().__init__()
        self._office = office
        self._log = log

    def render(self, request: Request) -> bytes:
        method = request.method.decode("ascii", "replace")
        path = request.path.decode("utf-8", "replace")
        form = _decoded_form(request)
        try:
            answer = self._office.answer(method, path, form)
        except Exception:
            _LOG.exception("the office failed on %s %s", method, path)
            answer = Answer("broken", pages.no_result_page(), status=500)
        request.setResponseCode(answer.status)
        request.setHeader(b"content-type", answer.content_type.encode())
        request.setHeader(b"x-synthetic", b"true")
        if self._log is not None:
            entry = {
                "method": method,
                "path": path,
                "form": {name: value for name, value in form.items() if value},
                "state": answer.state,
                "bytes": len(answer.body),
            }
            if answer.fault:
                entry |= {"fault": answer.fault, "status": answer.status}
            self._log.write(json.dumps(entry, ensure_ascii=False) + "\n")
            self._log.flush()
        if answer.delivery is not None and method != "HEAD":
            deliver(request, answer.body, answer.delivery)
            return NOT_DONE_YET  # type: ignore[return-value]  # what twisted takes for "later"
        request.setHeader(b"content-length", str(len(answer.body)).encode())
        return b"" if method == "HEAD" else answer.body


def _decoded_form(request: Request) -> dict[str, str]:
    fields: dict[bytes, list[bytes]] = request.args or {}
    return {
        name.decode("utf-8", "replace"): values[0].decode("utf-8", "replace")
        for name, values in fields.items()
    }


def loopback_host(host: str) -> str:
    """Return ``host`` when only this machine can reach it.

    Raises
    ------
    NotLoopbackError
        For every other address or name.
    """
    if host == "localhost":
        return "127.0.0.1"
    try:
        is_loopback = ipaddress.ip_address(host).is_loopback
    except ValueError:
        is_loopback = False
    if not is_loopback:
        raise NotLoopbackError(f"the office listens on loopback addresses only, not on {host!r}")
    return host


def serve(
    store: Path,
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    port_file: Path | None = None,
    log_path: Path | None = None,
    robot_check_after: int | None = None,
    faults: Iterable[str | Fault] = (),
    faults_file: Path | None = None,
    stop_with_stdin: bool = False,
    announce: Callable[[str], object] = print,
) -> None:
    """Serve a store until SIGTERM, SIGINT or, if asked, the end of standard input.

    Parameters
    ----------
    store : Path
        ``country.sqlite``; read only.
    host, port : str, int
        Loopback address and port; port 0 takes a free one.
    port_file : Path, optional
        Gets ``{"url": ..., "pid": ...}`` in one rename once the site answers; removed at the end.
    log_path : Path, optional
        Request log, one JSON object a line, appended to.
    robot_check_after, faults, faults_file
        See `Office`.
    stop_with_stdin : bool
        Stop when standard input closes, so that no office outlives the process that started it.
    announce : callable
        Receives the URL when the site is ready.

    Raises
    ------
    NotLoopbackError
        If ``host`` is reachable from elsewhere.
    FileNotFoundError
        If there is no store.
    FaultError
        If a fault cannot be read.
    """
    address = loopback_host(host)
    catalogue = Catalogue(store)
    office = Office(
        catalogue,
        robot_check_after=robot_check_after,
        faults=faults,
        faults_file=faults_file,
    )
    # A shell that starts a job in the background may hand SIGINT down as ignored.
    signal.signal(signal.SIGINT, signal.default_int_handler)

    from twisted.internet import reactor as installed

    reactor: Any = installed
    log = None
    if log_path is not None:
        log_path.parent.mkdir(parents=True, exist_ok=True)
        log = log_path.open("a", encoding="utf-8")
    try:
        listening = reactor.listenTCP(port, Site(_Gate(office, log)), interface=address)
        bound = listening.getHost().port
        url = f"http://[{address}]:{bound}" if ":" in address else f"http://{address}:{bound}"
        if port_file is not None:
            _write_port_file(port_file, url)
        reactor.callWhenRunning(announce, url)
        if stop_with_stdin:
            threading.Thread(target=_stop_at_eof, args=(reactor,), daemon=True).start()
        reactor.run()
    finally:
        if port_file is not None:
            _remove_port_file(port_file)
        if log is not None:
            log.close()
        catalogue.close()


def _stop_at_eof(reactor: Any) -> None:
    while sys.stdin.buffer.read(65536):
        pass
    reactor.callFromThread(reactor.stop)


def _write_port_file(path: Path, url: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    part.write_text(json.dumps({"url": url, "pid": os.getpid()}) + "\n", encoding="utf-8")
    part.replace(path)


def _remove_port_file(path: Path) -> None:
    # another office may have taken the file over in the meantime
    try:
        if json.loads(path.read_text(encoding="utf-8"))["pid"] == os.getpid():
            path.unlink()
    except (OSError, ValueError, KeyError, TypeError):
        _LOG.info("port file %s is not ours any more", path)
