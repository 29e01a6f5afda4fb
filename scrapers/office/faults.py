"""Faults of the source: what real sites do to crawlers, on a switch.

A fault is written ``NAME[:key=value,...]`` (docs/office.md lists the names). It changes what one
request is answered with: the rows of a listing, the bytes of a page, the whole answer or the way it
is sent. Nothing on a page says that it is a fault; only the request log does.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from html import escape
from pathlib import Path
from typing import Any

from scrapers.office import fault_pages, pages
from scrapers.office.answer import HTML, Answer, Delivery, Listing
from scrapers.office.query import QueryError, Window, parse_where, parse_window

_LOG = logging.getLogger(__name__)

_LISTING_PATHS = {
    "/patentoutline.action": "outline",
    "/tranoutline.action": "tran",
    "/zcwj/list.action": "policy_list",
}
_YEARBOOK = re.compile(r"/nj/[a-z]+/(?P<year>\d{4})\.csv")
_DOCUMENT = re.compile(r"/zcwj/[^/]+\.html")
_LISTINGS = frozenset(_LISTING_PATHS.values())
_RECORD_PAGES = _LISTINGS | {"policy_document"}
_DATA = _RECORD_PAGES | {"yearbook", "detail", "full_tran"}
_ALL = _DATA | {"page"}
_STATIC = ("/css/", "/js/", "/images/", "/pic/", "/qrcode/")
_SCRIPTED = "1"  # ids of policy documents that end so: list and document must say the same
SCRIPT = "<script>alert(1)</script>"
_STAMP = "0712"
SESSION_PATH = "/session.action"
LOGIN_PATH = "/login.jsp"


class FaultError(ValueError):
    """A fault that is not spelled right: unknown name, option or value."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One request as faults look at it."""

    method: str
    path: str
    form: Mapping[str, str]

    @property
    def kind(self) -> str:
        """Return what is asked for: a listing, a document, a yearbook, another page."""
        if self.path in _LISTING_PATHS:
            return _LISTING_PATHS[self.path]
        if self.path == "/robots.txt":
            return "robots"
        if self.path in ("/patentdetail.action", "/fullTran.action"):
            return "detail" if "detail" in self.path else "full_tran"
        if _YEARBOOK.fullmatch(self.path):
            return "yearbook"
        if _DOCUMENT.fullmatch(self.path):
            return "policy_document"
        return "static" if self.path.startswith(_STATIC) else "page"

    @property
    def source(self) -> str:
        """Return the source or the event type asked for."""
        return self.form.get("strSources") or self.form.get("strType") or ""

    @property
    def page(self) -> int | None:
        """Return the page of a listing asked for."""
        text = self.form.get("pageNow") or self.form.get("page") or ""
        return int(text) if text.isascii() and text.isdigit() else None

    @property
    def window(self) -> Window | None:
        """Return the days asked for; a yearbook covers its year."""
        try:
            if self.kind == "outline":
                return parse_where(self.form.get("strWhere", "")).window
            if self.kind == "tran":
                return parse_window(self.form.get("strDate", ""))
        except QueryError:
            return None
        if self.kind == "policy_list":
            first, last = self.form.get("from", ""), self.form.get("until", "")
            return Window(first, last) if first and last else None
        match = _YEARBOOK.fullmatch(self.path)
        if match is not None:
            return Window(f"{match['year']}-01-01", f"{match['year']}-12-31")
        return None


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault with the requests it is for.

    ``after`` requests that match are answered well first, then ``times`` get the fault (all, when
    it is ``None``), the rest are answered well again.
    """

    name: str
    text: str
    after: int = 0
    times: int | None = None
    path: str = ""
    source: str = ""
    month: str = ""
    year: str = ""
    page: int | None = None
    options: Mapping[str, str] = field(default_factory=dict)

    def is_for(self, asked: Asked) -> bool:
        """Return whether the request is one of those that the fault is for."""
        if self.path:
            if not (
                asked.path == self.path
                or (self.path.endswith("*") and asked.path.startswith(self.path[:-1]))
            ):
                return False
        elif asked.kind not in KINDS[self.name].where:
            return False
        if self.source and asked.source != self.source:
            return False
        if self.page is not None and asked.page != self.page:
            return False
        if self.month or self.year:
            window = asked.window
            if window is None:
                return False
            first, last = window.months()
            if self.month and (first, last) != (self.month, self.month):
                return False
            if self.year and {first[:4], last[:4]} != {self.year}:
                return False
        return True


Rows = Callable[[Listing, Fault, dict[str, Any]], Listing | None]
Bytes = Callable[[Answer, Fault, Asked], Answer | None]


@dataclass(frozen=True, slots=True)
class Kind:
    """What faults of one name do: to rows of a listing, or to a finished answer."""

    where: frozenset[str]
    rows: Rows | None = None
    answer: Bytes | None = None
    options: Mapping[str, tuple[str, ...] | type] = field(default_factory=dict)


# ---------------------------------------------------------------- rows of a listing


def _no_rows_on_the_first_page(
    listing: Listing, fault: Fault, memory: dict[str, Any]
) -> Listing | None:
    return replace(listing, rows=()) if listing.page == 1 and listing.rows else None


def _no_rows_in_the_middle(
    listing: Listing, fault: Fault, memory: dict[str, Any]
) -> Listing | None:
    return replace(listing, rows=()) if listing.page > 1 and listing.rows else None


def _fewer_rows(listing: Listing, fault: Fault, memory: dict[str, Any]) -> Listing | None:
    kept = len(listing.rows) - int(fault.options.get("rows", "1"))
    return replace(listing, rows=listing.rows[:kept]) if kept > 0 else None


def _other_total(listing: Listing, fault: Fault, memory: dict[str, Any]) -> Listing | None:
    # A total can only change after it was stated.
    seen: set[tuple[str, ...]] = memory.setdefault("windows", set())
    key = tuple(listing.values.get(n, "") for n in ("strWhere", "strDate", "strType", "from"))
    if key not in seen:
        seen.add(key)
        return None
    total = listing.total + int(fault.options.get("by", "1"))
    if total < 1:
        return None
    values = {**listing.values, listing.total_field: str(total)}
    return replace(listing, total=total, values=values)


def _no_total(listing: Listing, fault: Fault, memory: dict[str, Any]) -> Listing | None:
    counters = {name: "" for name in listing.values if name.startswith("num")}
    counters.pop("numSortMethod", None)
    return replace(listing, values={**listing.values, **counters})


def _same_slice_again(listing: Listing, fault: Fault, memory: dict[str, Any]) -> Listing | None:
    if listing.page == 1 or not listing.rows:
        return None
    offset = (listing.page - 2) * listing.size
    return replace(listing, rows=listing.fetch("", len(listing.rows), offset))


def _rows_of_another_source(
    listing: Listing, fault: Fault, memory: dict[str, Any]
) -> Listing | None:
    for other in listing.others:
        rows = listing.fetch(other, len(listing.rows), 0)
        if rows:
            return replace(listing, rows=rows)
    return None


def _rows_of_other_days(listing: Listing, fault: Fault, memory: dict[str, Any]) -> Listing | None:
    if not listing.rows:
        return None
    return replace(listing, rows=[_moved(row) for row in listing.rows])


def _moved(row: Any) -> Any:
    if isinstance(row, pages.Publication):
        # the two dates of a record in each other's place
        return replace(row, gazette_date=row.application_date, application_date=row.gazette_date)
    name = "gazette_date" if isinstance(row, pages.Event) else "published_date"
    day: str = getattr(row, name)
    return replace(row, **{name: f"{int(day[:4]) - 1}{day[4:]}"})


def _first_row_twice(listing: Listing, fault: Fault, memory: dict[str, Any]) -> Listing | None:
    # The whole listing as if its first row were printed twice: later rows move one place on.
    total = listing.total + 1
    offset = (listing.page - 1) * listing.size
    if offset == 0:
        rows = list(listing.fetch("", listing.size, 0))
        rows = [rows[0], *rows][: listing.size]
    else:
        rows = list(listing.fetch("", listing.size, offset - 1))
    values = {**listing.values, listing.total_field: str(total)}
    return replace(listing, rows=rows, total=total, values=values)


def _script_in_a_title(listing: Listing, fault: Fault, memory: dict[str, Any]) -> Listing | None:
    if not listing.rows:
        return None
    if listing.form == "policy":
        rows = [
            replace(row, title=SCRIPT + row.title) if row.document_id.endswith(_SCRIPTED) else row
            for row in listing.rows
        ]
        return replace(listing, rows=rows) if rows != list(listing.rows) else None
    first, *others = listing.rows
    name = "text" if isinstance(first, pages.Event) else "title"
    marked = replace(first, **{name: SCRIPT + getattr(first, name)})
    return replace(listing, rows=[marked, *others])


def _damaged_values(listing: Listing, fault: Fault, memory: dict[str, Any]) -> Listing | None:
    if fault.options.get("scope", "page") != "values" or not listing.rows:
        return None
    damage = partial(gibberish, read_as=fault.options.get("as", "gbk"))
    return replace(listing, rows=[_with_text(row, damage) for row in listing.rows])


def _replaced_characters(listing: Listing, fault: Fault, memory: dict[str, Any]) -> Listing | None:
    if not listing.rows:
        return None
    first, *others = listing.rows
    return replace(listing, rows=[_with_text(first, _holes), *others])


def gibberish(text: str, read_as: str = "gbk") -> str:
    """Return what UTF-8 looks like when it was read as something else; ASCII stays."""
    return text.encode().decode(read_as, errors="replace")


def _holes(text: str) -> str:
    return "".join("\ufffd" if k % 3 == 1 and c > "\x7f" else c for k, c in enumerate(text))


def _with_text(row: Any, damage: Callable[[str], str]) -> Any:
    if isinstance(row, pages.Publication):
        return replace(
            row,
            title=damage(row.title),
            applicants=[damage(name) for name in row.applicants],
            address=row.address and damage(row.address),
        )
    if isinstance(row, pages.Event):
        return replace(row, text=damage(row.text))
    return replace(row, title=damage(row.title))


# ---------------------------------------------------------------- finished answers


def _html(body: bytes, state: str, **changes: Any) -> Answer:
    return Answer(state, body, **changes)


def _robot_check(answer: Answer, fault: Fault, asked: Asked) -> Answer:
    return _html(pages.robot_check_page(), "robot_check")


def _login(answer: Answer, fault: Fault, asked: Asked) -> Answer:
    expired = fault.options.get("variant", "form") == "expired"
    body = fault_pages.session_expired_page() if expired else fault_pages.login_page()
    return _html(body, "login")


def _block(answer: Answer, fault: Fault, asked: Asked) -> Answer:
    variant = fault.options.get("variant", "frequent")
    status = 412 if variant == "412" else 200
    return _html(fault_pages.blocked_page(variant), "blocked", status=status)


_NEW_NAMES = {
    "cp_box": "result-item", "cp_linr": "result-body", "wl228": "field", "cp_jsh": "summary",
    "table_flztxx": "status-item", "flzt_lb": "label", "flzt_nr": "value", "flzt_xx": "detail",
    "zc_box": "doc-item", "zc_wj": "doc-main", "zc_xx": "doc-meta", "zc_lb": "label",
    "zc_nr": "value", "zc_zw": "doc-text",
}  # fmt: skip


def _changed_layout(answer: Answer, fault: Fault, asked: Asked) -> Answer | None:
    text = answer.body.decode()
    for old, new in _NEW_NAMES.items():
        text = text.replace(f'class="{old}"', f'class="{new}"')
    return _changed(answer, text.encode())


def _changed(answer: Answer, body: bytes) -> Answer | None:
    return replace(answer, body=body) if body != answer.body else None


_LABELS = {
    # printed label: the name that nobody has read so far
    "outline": ("<li>地址：", "<li>联系地址："),
    "tran": (">事务数据类型<", ">法律状态类别<"),
    "policy_document": (">发文机关<", ">制发单位<"),
}
_LINES = {
    "outline": re.compile(r'<li class="wl228">申请号：[^\n]*\n'),
    "tran": re.compile(r'<tr><td class="flzt_lb">申请号</td>[^\n]*\n'),
    "policy_list": re.compile(r'<span class="zc_rq">[^\n]*\n'),
    "policy_document": re.compile(r'<tr><td class="zc_lb">发布日期</td>[^\n]*\n'),
}


def _unknown_label(answer: Answer, fault: Fault, asked: Asked) -> Answer | None:
    if asked.kind not in _LABELS:
        return None
    known, unknown = _LABELS[asked.kind]
    return _changed(answer, answer.body.decode().replace(known, unknown, 1).encode())


def _missing_label(answer: Answer, fault: Fault, asked: Asked) -> Answer | None:
    if asked.kind not in _LINES:
        return None
    return _changed(answer, _LINES[asked.kind].sub("", answer.body.decode(), count=1).encode())


def _script_in_a_document(answer: Answer, fault: Fault, asked: Asked) -> Answer | None:
    if asked.kind != "policy_document" or not asked.path.endswith(f"{_SCRIPTED}.html"):
        return None
    title = '<td class="zc_lb">标题</td><td class="zc_nr">'
    body = answer.body.decode().replace(title, title + escape(SCRIPT), 1)
    return _changed(answer, body.encode())


def _missing_year(answer: Answer, fault: Fault, asked: Asked) -> Answer | None:
    if answer.state not in ("records", "table"):
        return None
    if asked.kind == "yearbook":
        return _html(pages.no_result_page(), "no_result")
    return _emptied(answer)


def _emptied(answer: Answer) -> Answer:
    """Return the page "no result" with every counter of the listing at zero."""
    assert answer.listing is not None
    values = {
        name: "0" if name.startswith("num") and name != "numSortMethod" and value else value
        for name, value in answer.listing.values.items()
    }
    return _html(pages.no_result_page(answer.listing.form, values), "no_result")


def _path_stamp(answer: Answer, fault: Fault, asked: Asked) -> Answer | None:
    if asked.kind in ("outline", "tran"):
        return None if answer.listing is None else _emptied(answer)
    text = answer.body.decode()
    for name in ("patentoutline", "tranoutline"):
        text = text.replace(f'"{name}.action"', f'"{name}{stamp_of(fault)}.action"')
    return _changed(answer, text.encode())


def stamp_of(fault: Fault) -> str:
    """Return the four digits that the path of a listing carries now."""
    return fault.options.get("stamp", _STAMP)


def _wrong_encoding(answer: Answer, fault: Fault, asked: Asked) -> Answer | None:
    return _changed(answer, answer.body.decode().encode("gb18030"))


def _mojibake(answer: Answer, fault: Fault, asked: Asked) -> Answer | None:
    if fault.options.get("scope", "page") != "page":
        return None
    read_as = fault.options.get("as", "gbk")
    return _changed(answer, gibberish(answer.body.decode(), read_as).encode())


def _error_page(answer: Answer, fault: Fault, asked: Asked) -> Answer:
    if fault.options.get("variant", "no_form") == "exception":
        return _html(fault_pages.exception_page(), "error")
    return _html(pages.no_result_page(), "no_result")


def _html_in_csv(answer: Answer, fault: Fault, asked: Asked) -> Answer:
    # as a download that was answered by another part of the site: the type still says CSV
    return replace(answer, state="error", body=fault_pages.maintenance_page())


def _short_csv(answer: Answer, fault: Fault, asked: Asked) -> Answer | None:
    if answer.state != "table":
        return None
    middle = len(answer.body) * 3 // 5
    return replace(answer, body=answer.body[: answer.body.index(b",", middle) + 1])


def _status(code: int) -> Bytes:
    def answer_with(answer: Answer, fault: Fault, asked: Asked) -> Answer:
        return _html(fault_pages.status_page(code), "error", status=code)

    return answer_with


def _redirect(location: str) -> Bytes:
    def answer_with(answer: Answer, fault: Fault, asked: Asked) -> Answer:
        headers = (("location", location),)
        return _html(b"", "redirect", status=302, delivery=Delivery(headers=headers))

    return answer_with


def _truncated(answer: Answer, fault: Fault, asked: Asked) -> Answer | None:
    return replace(answer, body=_first_part(answer.body)) if len(answer.body) > 1 else None


def _first_part(body: bytes) -> bytes:
    return body[: len(body) * 3 // 5]


def _short_body(answer: Answer, fault: Fault, asked: Asked) -> Answer:
    sent = len(_first_part(answer.body))
    return replace(answer, delivery=Delivery(how="close", sent=sent))


def _reset(answer: Answer, fault: Fault, asked: Asked) -> Answer:
    before = fault.options.get("variant", "middle") == "before"
    sent = 0 if before else len(_first_part(answer.body))
    return replace(answer, delivery=Delivery(how="reset", sent=sent))


def _slow_drip(answer: Answer, fault: Fault, asked: Asked) -> Answer:
    return replace(
        answer,
        delivery=Delivery(
            how="drip",
            piece=int(fault.options.get("bytes", "1")),
            pause=float(fault.options.get("pause", "0.02")),
        ),
    )


_MEGABYTE = 1024 * 1024


def _oversized(answer: Answer, fault: Fault, asked: Asked) -> Answer:
    padding = int(fault.options.get("mb", "300")) * _MEGABYTE
    return replace(answer, delivery=Delivery(how="stream", padding=padding))


def _zip_bomb(answer: Answer, fault: Fault, asked: Asked) -> Answer:
    body = fault_pages.packed(answer.body, int(fault.options.get("mb", "1000")))
    headers = (("content-encoding", "gzip"),)
    return replace(answer, body=body, delivery=Delivery(headers=headers))


def _robots_disallow(answer: Answer, fault: Fault, asked: Asked) -> Answer:
    return replace(answer, body=b"User-agent: *\nDisallow: /\n")


_YEARBOOKS = frozenset({"yearbook"})
_PAGES = _ALL - _YEARBOOKS
KINDS: dict[str, Kind] = {
    "robot_check": Kind(_ALL, answer=_robot_check),
    "login": Kind(_ALL, answer=_login, options={"variant": ("form", "expired")}),
    "block": Kind(_ALL, answer=_block, options={"variant": ("frequent", "refused", "412")}),
    "changed_layout": Kind(_RECORD_PAGES, answer=_changed_layout),
    "empty_first_page": Kind(_LISTINGS, rows=_no_rows_on_the_first_page),
    "past_the_end_early": Kind(_LISTINGS, rows=_no_rows_in_the_middle),
    "unknown_label": Kind(frozenset(_LABELS), answer=_unknown_label),
    "missing_label": Kind(frozenset(_LINES), answer=_missing_label),
    "shrunk_page": Kind(_LISTINGS, rows=_fewer_rows, options={"rows": int}),
    "shifted_total": Kind(_LISTINGS, rows=_other_total, options={"by": int}),
    "missing_total": Kind(_LISTINGS, rows=_no_total),
    "duplicate_slice": Kind(_LISTINGS, rows=_same_slice_again),
    "missing_year": Kind(_LISTINGS | _YEARBOOKS, answer=_missing_year),
    "wrong_encoding": Kind(_DATA, answer=_wrong_encoding),
    "mojibake": Kind(
        _DATA,
        rows=_damaged_values,
        answer=_mojibake,
        options={"scope": ("page", "values"), "as": ("gbk", "latin-1")},
    ),
    "replacement_characters": Kind(_LISTINGS, rows=_replaced_characters),
    "truncated_body": Kind(_DATA, answer=_truncated),
    "short_body": Kind(_DATA, answer=_short_body),
    "slow_drip": Kind(_DATA, answer=_slow_drip, options={"bytes": int, "pause": float}),
    "reset": Kind(_DATA, answer=_reset, options={"variant": ("middle", "before")}),
    "status_500": Kind(_ALL, answer=_status(500)),
    "status_502": Kind(_ALL, answer=_status(502)),
    "status_503": Kind(_ALL, answer=_status(503)),
    "redirect_loop": Kind(_ALL, answer=_redirect(SESSION_PATH)),
    "redirect_to_login": Kind(_ALL, answer=_redirect(LOGIN_PATH)),
    "oversized": Kind(_DATA, answer=_oversized, options={"mb": int}),
    "zip_bomb": Kind(_DATA, answer=_zip_bomb, options={"mb": int}),
    "script_title": Kind(_RECORD_PAGES, rows=_script_in_a_title, answer=_script_in_a_document),
    "path_stamp": Kind(
        frozenset({"outline", "tran", "page"}), answer=_path_stamp, options={"stamp": str}
    ),
    "error_page_200": Kind(
        _DATA, answer=_error_page, options={"variant": ("no_form", "exception")}
    ),
    "wrong_source": Kind(frozenset({"outline", "tran"}), rows=_rows_of_another_source),
    "swapped_dates": Kind(_LISTINGS, rows=_rows_of_other_days),
    "html_in_csv": Kind(_YEARBOOKS, answer=_html_in_csv),
    "short_csv": Kind(_YEARBOOKS, answer=_short_csv),
    "duplicate_events": Kind(frozenset({"tran"}), rows=_first_row_twice),
    "robots_disallow": Kind(frozenset({"robots"}), answer=_robots_disallow),
}


# ---------------------------------------------------------------- the switchboard

_NUMBERS = ("after", "times", "page")
_TEXTS = {
    "path": re.compile(r"/\S*"),
    "source": re.compile(r".+"),
    "month": re.compile(r"\d{4}-(0[1-9]|1[0-2])"),
    "year": re.compile(r"\d{4}"),
}


def parse_fault(text: str) -> Fault:
    """Read ``NAME[:key=value,...]``.

    Parameters
    ----------
    text : str
        For example ``status_503:times=3`` or ``shrunk_page:source=pip,month=2019-07,page=2``.

    Returns
    -------
    Fault

    Raises
    ------
    FaultError
        If the name or an option is unknown, an option is given twice or has no such value.
    """
    name, _, rest = text.strip().partition(":")
    kind = KINDS.get(name)
    if kind is None:
        raise FaultError(f"no fault {name!r}; known are {', '.join(sorted(KINDS))}")
    values: dict[str, Any] = {}
    options: dict[str, str] = {}
    for item in rest.split(",") if rest else ():
        key, equals, value = item.partition("=")
        if not equals or key in values or key in options:
            raise FaultError(f"cannot read {item!r} in {text!r}")
        if key in _NUMBERS:
            if not (value.isascii() and value.isdigit()):
                raise FaultError(f"{key}={value!r} is no whole number in {text!r}")
            values[key] = int(value)
        elif key in _TEXTS:
            if _TEXTS[key].fullmatch(value) is None:
                raise FaultError(f"{key}={value!r} in {text!r}")
            values[key] = value
        elif key in kind.options:
            _check_option(key, value, kind.options[key], text)
            options[key] = value
        else:
            known = [*_NUMBERS, *_TEXTS, *kind.options]
            raise FaultError(f"no option {key!r} in {text!r}; known are {', '.join(known)}")
    return Fault(name=name, text=text.strip(), options=options, **values)


def _check_option(key: str, value: str, allowed: tuple[str, ...] | type, text: str) -> None:
    if isinstance(allowed, tuple):
        if value not in allowed:
            raise FaultError(f"{key}={value!r} in {text!r}; one of {', '.join(allowed)}")
        return
    if key == "stamp" and re.fullmatch(r"\d{4}", value) is None:
        raise FaultError(f"stamp={value!r} in {text!r} is not four digits")
    try:
        allowed(value)
    except ValueError as error:
        raise FaultError(f"{key}={value!r} in {text!r}") from error


def read_faults(path: Path) -> list[Fault]:
    """Read a file of faults, one a line; empty lines and lines with ``#`` say nothing.

    Returns
    -------
    list of Fault
        Empty when there is no file.

    Raises
    ------
    FaultError
        If a line cannot be read.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return []
    return [parse_fault(line) for line in map(str.strip, lines) if line and line[0] != "#"]


class Switchboard:
    """The faults that are on, how often each was asked for, and the file they may come from.

    Parameters
    ----------
    faults : sequence of Fault
        Always on.
    file : Path, optional
        Further faults; read again, and counted anew, whenever the file changes.
    """

    def __init__(self, faults: Sequence[Fault] = (), file: Path | None = None) -> None:
        self._fixed = list(faults)
        self._file = file
        self._stamp: tuple[int, ...] | None = None
        self._from_file: list[Fault] = []
        self._matched: dict[int, int] = {}  # by position: options may repeat
        self._memory: dict[int, dict[str, Any]] = {}
        if file is not None:
            read_faults(file)  # a file that cannot be read stops the start

    def refresh(self) -> None:
        """Read the file again if it changed.

        Raises
        ------
        FaultError
            If it cannot be read; it is tried again at the next request.
        """
        if self._file is None:
            return
        try:
            found = self._file.stat()
            stamp: tuple[int, ...] = (found.st_mtime_ns, found.st_size, found.st_ino)
        except FileNotFoundError:
            stamp = ()
        if stamp != self._stamp:
            self._from_file = read_faults(self._file)
            self._stamp = stamp
            fixed = len(self._fixed)
            self._matched = {k: n for k, n in self._matched.items() if k < fixed}
            self._memory = {k: m for k, m in self._memory.items() if k < fixed}
            _LOG.info("faults: %s", [fault.text for fault in self.faults])

    @property
    def faults(self) -> list[Fault]:
        """Return the faults that are on, in the order in which they are tried."""
        return [*self._fixed, *self._from_file]

    def find(self, name: str) -> Fault | None:
        """Return the first fault of a name that is on."""
        return next((fault for fault in self.faults if fault.name == name), None)

    def change_rows(self, asked: Asked, listing: Listing) -> tuple[Listing, str]:
        """Return what the first fault makes of a listing, and the fault as written."""
        for place, fault in enumerate(self.faults):
            change = KINDS[fault.name].rows
            if change is None or not fault.is_for(asked):
                continue
            changed = change(listing, fault, self._memory.setdefault(place, {}))
            if changed is not None and self._is_due(place, fault):
                return changed, fault.text
        return listing, ""

    def change_answer(self, asked: Asked, answer: Answer) -> Answer:
        """Return what the first fault makes of a finished answer."""
        for place, fault in enumerate(self.faults):
            change = KINDS[fault.name].answer
            if change is None or not fault.is_for(asked):
                continue
            changed = change(answer, fault, asked)
            if changed is not None and self._is_due(place, fault):
                return replace(changed, fault=fault.text)
        return answer

    def _is_due(self, place: int, fault: Fault) -> bool:
        matched = self._matched[place] = self._matched.get(place, 0) + 1
        return matched > fault.after and (
            fault.times is None or matched <= fault.after + fault.times
        )


__all__ = ["HTML", "KINDS", "Asked", "Fault", "FaultError", "Switchboard", "parse_fault"]
