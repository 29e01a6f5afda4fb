"""What all pages of the gazette site share: bytes, encoding, text of a node, script, page state.

Nothing here believes a status code. A page is read in three steps, and each can refuse it: the
bytes (encoding, whole to the end), the text (who speaks: the site, its guard, its error page), the
document (a listing, no result, past the end).
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from lxml import etree

from scrapers.errors import (
    BlockedError,
    ErrorPageError,
    LayoutChangedError,
    LoginRequiredError,
    MissingCounterError,
    MojibakeError,
    RobotCheckError,
    TruncatedPageError,
    UnexpectedPageError,
    WrongEncodingError,
)

# White space that only lays out the page. EN SPACE (U+2002) is part of the published text: it
# stands after the semicolon between two names and must survive.
LAYOUT = " \t\r\n\f\v\xa0"

# Beginnings of the titles of pages that hold records: their words are not the guard's.
_OWN_TITLES = ("专利查询", "事务数据", "政策文件")
_ROBOT_TITLE = "请输入验证码"
_NO_RESULT = "抱歉，没有您要查询的结果"
_NO_RESULT_TITLE = "无查询结果"  # of the site since 2021
_PARSER = etree.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True)

_TITLE = re.compile(r"<title[^>]*>(.*?)</title\s*>", re.IGNORECASE | re.DOTALL)
_CHARSET = re.compile(r"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([\w.:-]+)", re.IGNORECASE)
# Some hosts append a script or a comment below the page; the page itself is whole then.
_END = re.compile(
    r"</html\s*>(?:\s|<!--(?:(?!-->).)*-->|<script\b(?:(?!</script).)*</script\s*>)*\Z",
    re.IGNORECASE | re.DOTALL,
)
_TAIL = 4_096  # characters at the end of a page in which it must end

_LOGIN = re.compile(
    r"type\s*=\s*[\"']?password|j_password|wee_security_check"
    r"|请(?:先|重新)?登[录陆]|(?:会话|登[录陆])(?:已)?(?:过期|超时|失效)|用户登[录陆]",
    re.IGNORECASE,
)
_LOGIN_TITLE = re.compile(r"登[录陆]|\blog[ -]?in\b|\bsign[ -]?in\b", re.IGNORECASE)
_BLOCK = re.compile(
    r"频繁|人机(?:验证|识别)|拒绝(?:了您的)?访问|访问被?(?:拒绝|禁止|限制|受限)|禁止访问"
    r"|安全(?:验证|拦截)|请求被拦截|已被(?:拦截|封禁|限制)|access denied|forbidden"
    r"|too many requests|request blocked",
    re.IGNORECASE,
)
# What a guard says, and a server in trouble too: an error page that also says what broke is one.
_BUSY = re.compile(r"稍后(?:再|重)?试|稍后访问|系统繁忙|服务器繁忙")
_TAGS = re.compile(r"<(script|style)\b.*?</\1\s*>|<[^>]*>", re.IGNORECASE | re.DOTALL)
_ERROR_TITLE = re.compile(
    r"错误|出错|异常|维护|不可用|无法|\berror\b|\b(?:404|500|502|503|504)\b|unavailable|bad gateway"
    r"|not found|exception",
    re.IGNORECASE,
)
_ERROR_TEXT = re.compile(
    r"HTTP Status \d{3}|Exception report|Problem Report|\bjava\.\w+\.\w+|Traceback \(most recent"
    r"|Internal Server Error|Service Unavailable|Bad Gateway"
    r"|Whitelabel Error|系统(?:出错|异常|错误|维护)|服务器(?:内部)?错误|页面不存在",
    re.IGNORECASE,
)


class PageState(StrEnum):
    """What an answer is; the site sends status 200 with all of them.

    The first three are answers to the question that was asked; every other one is an error of its
    own (:func:`read_page`, :func:`page_state`).
    """

    RECORDS = "records"
    PAST_THE_END = "past_the_end"
    NO_RESULT = "no_result"
    ROBOT_CHECK = "robot_check"
    LOGIN = "login"
    BLOCK = "block"
    CHANGED_LAYOUT = "changed_layout"
    WRONG_ENCODING = "wrong_encoding"
    MOJIBAKE = "mojibake"
    TRUNCATED_BODY = "truncated_body"
    ERROR_PAGE = "error_page"
    UNKNOWN = "unknown"


_STATE_OF_ERROR: dict[type[UnexpectedPageError], PageState] = {
    RobotCheckError: PageState.ROBOT_CHECK,
    LoginRequiredError: PageState.LOGIN,
    BlockedError: PageState.BLOCK,
    LayoutChangedError: PageState.CHANGED_LAYOUT,
    WrongEncodingError: PageState.WRONG_ENCODING,
    MojibakeError: PageState.MOJIBAKE,
    TruncatedPageError: PageState.TRUNCATED_BODY,
    ErrorPageError: PageState.ERROR_PAGE,
}


@dataclass(frozen=True, slots=True)
class Page:
    """A page whose bytes are whole and whose speaker is the site.

    ``text`` is the page decoded, ``title`` the text of its title, ``document`` its lxml root.
    """

    digest: str
    text: str
    title: str
    document: Any


def state_of_error(error: UnexpectedPageError) -> PageState:
    """Return the page state that an error of a parser stands for."""
    return next(
        (state for kind, state in _STATE_OF_ERROR.items() if isinstance(error, kind)),
        PageState.UNKNOWN,
    )


def page_digest(body: bytes) -> str:
    """Return the SHA-256 of a page as served, in hex; row pointers and archives use it."""
    return hashlib.sha256(body).hexdigest()


# ------------------------------------------------------------------------------- bytes and text
def read_page(body: bytes, *, listing_title: str) -> Page:
    """Read a page of the site, whole and in its own encoding, or say who spoke instead.

    Parameters
    ----------
    body : bytes
        The page as served.
    listing_title : str
        Beginning of the title of the page that was asked for.

    Raises
    ------
    RobotCheckError, LoginRequiredError, BlockedError
        If the site's guard answered; told before anything else, from pages in any encoding.
    WrongEncodingError
        If the bytes are no UTF-8 or the page declares another encoding.
    MojibakeError
        If the text was once read in another encoding: U+FFFD, or UTF-8 read as GBK or Latin-1.
    TruncatedPageError
        If the page is empty or does not end with ``</html>``: the parser repairs silently.
    ErrorPageError
        If the site's own error page came.
    UnexpectedPageError
        If there is no HTML.
    """
    if not body or body.isspace():
        raise TruncatedPageError("empty page")
    text = _decoded(body)
    title = _title_of(text)
    is_listing = title.startswith(listing_title)
    if not is_listing:
        _refuse_guard(text, title)
    if "\0" in text:
        raise WrongEncodingError(f"NUL byte at {body.index(0)} of {len(body)}")
    declared = _CHARSET.search(text, 0, 65_536)
    if declared is not None and declared[1].lower() not in ("utf-8", "utf8"):
        raise WrongEncodingError(f"page declares the encoding {declared[1]!r}")
    if not is_listing:
        refuse_mojibake(title, at_least=1, is_screened=False)
    if "<" not in text:
        raise UnexpectedPageError(f"no HTML: {text[:60]!r}")
    if not _END.search(text, max(0, len(text) - _TAIL)):
        raise TruncatedPageError(f"page ends with {text[-40:]!r}, {len(body)} bytes")
    refuse_mojibake(text)
    is_answer = is_listing or title == _NO_RESULT_TITLE or _NO_RESULT in text
    if not is_answer and _is_error_page(text, title):
        raise ErrorPageError(f"error page, title {title!r}")
    return Page(page_digest(body), text, title, parse_document(body))


def parse_document(body: bytes) -> Any:
    """Parse bytes of a page into an lxml element, without judging them.

    Raises
    ------
    UnexpectedPageError
        If the page is empty or no HTML at all.
    """
    try:
        document = etree.fromstring(body, parser=_PARSER)
    except etree.XMLSyntaxError as error:
        raise UnexpectedPageError(f"no HTML: {error}") from error
    if document is None:
        raise UnexpectedPageError(f"no HTML: {body[:60]!r}")
    return document


def guard_state(body: bytes) -> PageState | None:
    """Tell from its bytes whether a page is a robot check, a login or a block page.

    For the one who decides whether to go on asking; a listing or a page without result is none
    of them, whatever words its records hold.
    """
    if not body or body.isspace():
        return None
    if _begins_as_own(body):
        return None
    text = _leniently_decoded(body)
    title = _title_of(text)
    if title.startswith(_OWN_TITLES) or _NO_RESULT in text:
        return None
    try:
        _refuse_guard(text, title)
    except UnexpectedPageError as error:
        return state_of_error(error)
    return None


def _begins_as_own(body: bytes) -> bool:
    """Tell a page with records by its title alone, without decoding the rest."""
    start = body.find(b"<title>", 0, 65_536)
    head = body[start + 7 : start + 67] if start >= 0 else b""
    return head.decode("utf-8", "ignore").lstrip(LAYOUT).startswith(_OWN_TITLES)


def _decoded(body: bytes) -> str:
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        lenient = _leniently_decoded(body)
        title = _title_of(lenient)
        if not title.startswith(_OWN_TITLES):
            _refuse_guard(lenient, title)
        if error.reason == "unexpected end of data" and error.end == len(body):
            raise TruncatedPageError(f"page of {len(body)} bytes ends inside a character") from None
        raise WrongEncodingError(
            f"byte {body[error.start]:#04x} at {error.start} of {len(body)} is no UTF-8"
        ) from None


def _leniently_decoded(body: bytes) -> str:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return body.decode(encoding)
        except UnicodeDecodeError:
            continue
    return body.decode("utf-8", "replace")


def _title_of(text: str) -> str:
    found = _TITLE.search(text, 0, 262_144)
    return found[1].strip(LAYOUT) if found else ""


def _refuse_guard(text: str, title: str) -> None:
    """Raise if a page is the robot check, a login or a block page; see :func:`read_page`."""
    if title.startswith(_ROBOT_TITLE) or "verify-captcha" in text:
        raise RobotCheckError(f"robot check, title {title!r}")
    if _NO_RESULT in text:
        return
    if _LOGIN_TITLE.search(title) or (found := _LOGIN.search(text)):
        what = title if _LOGIN_TITLE.search(title) else found[0]  # type: ignore[index]
        raise LoginRequiredError(f"login page ({what!r}), title {title!r}")
    found = _BLOCK.search(text)
    if found is None and not _is_error_page(text, title):
        found = _BUSY.search(text)
    if found is not None:
        raise BlockedError(f"block page ({found[0]!r}), title {title!r}")
    is_script = not title and "<script" in text[:4_096] and _END.search(text[-_TAIL:])
    if is_script and not _TAGS.sub("", text).strip(LAYOUT):
        raise BlockedError("block page: nothing but a script")


def _is_error_page(text: str, title: str) -> bool:
    return bool(_ERROR_TITLE.search(title) or _ERROR_TEXT.search(text))


# -------------------------------------------------------------------------------- damaged text
# Characters that UTF-8 text shows when it was read as GBK: the lead bytes E4 to E9 of Chinese
# characters become these rare ones; 锛 and 銆 are what becomes of full-width punctuation.
_GBK_MARKS = ("锛", "銆", "鍏", "鐨", "涓", "绉")
# The same read as Latin-1 or Windows-1252.
_LATIN_MARKS = ("ï", "ã", "ä", "å", "ç", "è", "é")
_FOREIGN_RUN = re.compile(r"[^\x00-\xff：；，。、（）]{4,}")
_LATIN_RUN = re.compile(
    r"[\x80-\xff\u0152\u0153\u0160\u0161\u0178\u017d\u017e\u0192\u02c6\u02dc"
    r"\u2013\u2014\u2018-\u201e\u2020-\u2022\u2026\u2030\u2039\u203a\u20ac\u2122]{3,}"
)
_MOJIBAKE_RUNS = 3  # damaged runs in a page, so that a real odd name passes


def refuse_mojibake(text: str, *, at_least: int = _MOJIBAKE_RUNS, is_screened: bool = True) -> None:
    """Raise if the text was once read in another encoding.

    U+FFFD is never part of a published text: it is what a decoder writes where it failed. The
    other two kinds are proved by reading the text back: at least so many runs of it must become
    Chinese again.
    """
    if "\ufffd" in text:
        position = text.index("\ufffd")
        raise MojibakeError(f"replacement character in {_around(text, position)!r}")
    for trace in ("锟斤拷", "烫烫烫", "屯屯屯"):
        if trace[0] in text and trace in text:
            raise MojibakeError(f"{trace} in {_around(text, text.index(trace))!r}")
    if not is_screened or any(mark in text for mark in _GBK_MARKS):
        runs = [run for run in _FOREIGN_RUN.findall(text) if _reads_back(run, "gb18030")]
        if len(runs) >= at_least:
            raise MojibakeError(f"UTF-8 read as GBK: {runs[0][:20]!r}")
    if not is_screened or any(mark in text for mark in _LATIN_MARKS):
        runs = [run for run in _LATIN_RUN.findall(text) if _reads_back(run, "cp1252")]
        if len(runs) >= at_least:
            raise MojibakeError(f"UTF-8 read as Latin-1: {runs[0][:20]!r}")


def is_mojibake(text: str) -> bool:
    """Tell whether a short text, a label or a title, was once read in another encoding."""
    try:
        refuse_mojibake(text, at_least=1, is_screened=False)
    except MojibakeError:
        return True
    return False


def _reads_back(run: str, encoding: str) -> bool:
    """Tell whether a run of characters becomes Chinese when its wrong reading is undone."""
    raw = bytearray()
    for char in run:
        try:
            raw += char.encode(encoding)
        except UnicodeEncodeError:
            raw += bytes([ord(char)]) if ord(char) < 256 else b"?"
    back = raw.decode("utf-8", "replace")
    chinese = sum("\u3400" <= char <= "\u9fff" or "\uff01" <= char <= "\uff5e" for char in back)
    lost = back.count("\ufffd")
    # Read as GBK, an odd number of bytes loses one: so some of the run may stay unreadable.
    return chinese >= (2 if encoding == "gb18030" else 1) and lost <= chinese


def _around(text: str, position: int) -> str:
    return text[max(0, position - 12) : position + 12]


# ------------------------------------------------------------------------------------ documents
_ALL_TEXT = etree.XPath("string()", smart_strings=False)


def raw_text(node: Any) -> str:
    """Return all text below a node as it stands."""
    return str(_ALL_TEXT(node)) if len(node) else (node.text or "")


def node_text(node: Any) -> str:
    """Return all text below a node, layout white space at both ends removed."""
    return raw_text(node).strip(LAYOUT)


def refuse_stray_text(node: Any, where: str) -> None:
    """Refuse text that stands between the parts of a record: a tag around it is broken.

    Raises
    ------
    LayoutChangedError
    """
    for text in (node.text, *(child.tail for child in node)):
        if text and not text.isspace():
            raise LayoutChangedError(f"text {text.strip()[:40]!r} outside any line of {where}")


def class_path(tag: str, name: str) -> Any:
    """Return a compiled path to the descendants ``tag`` whose class list holds ``name``."""
    return etree.XPath(
        f"descendant::{tag}[contains(concat(' ', normalize-space(@class), ' '), ' {name} ')]"
    )


def class_nodes(node: Any, tag: str, name: str) -> list[Any]:
    """Return the descendants ``tag`` whose class list holds ``name``, in document order."""
    return [n for n in node.iter(tag) if name in (n.get("class") or "").split()]


_SCRIPTS = etree.XPath("//script[not(@src)]")
_FORMS = etree.XPath("//form[@id=$name]")


def _stated(document: Any, form_id: str) -> dict[str, str]:
    """Return the counters (fields ``num…``) of a form that a page states; empty ones state nothing.

    The site writes them by script (``pato.numIp.value = "0";``) into empty inputs; a page that
    fills the inputs themselves is read as well.

    Raises
    ------
    UnexpectedPageError
        If script and input state different values for one counter.
    """
    stated: dict[str, str] = {}
    pattern = re.compile(rf'\b{form_id}\.(num\w+)\.value\s*=\s*"([^"]*)"')
    scripted = [
        pair
        for script in _SCRIPTS(document)
        if script.text and f"{form_id}." in script.text
        for pair in pattern.findall(script.text)
    ]
    inputs = [
        (field.get("name") or "", field.get("value") or "")
        for form in _FORMS(document, name=form_id)
        for field in form.iter("input")
    ]
    for name, text in [*scripted, *inputs]:
        value = text.strip()
        if not name.startswith("num") or not value:
            continue
        if stated.setdefault(name, value) != value:
            raise UnexpectedPageError(f"form {form_id} states {name}={stated[name]} and {value}")
    return stated


def form_counters(document: Any, form_id: str, names: tuple[str, ...]) -> dict[str, int] | None:
    """Return the named counters that a form of the page states; None where it states none.

    Raises
    ------
    MissingCounterError
        If a counter is no whole number.
    UnexpectedPageError
        If script and input state different values for one counter.
    """
    stated = _stated(document, form_id)
    counters: dict[str, int] = {}
    for name in names:
        text = stated.get(name, "")
        if not text:
            continue
        if not (text.isascii() and text.isdecimal()):
            raise MissingCounterError(f"counter {name} is {text!r}")
        counters[name] = int(text)
    return counters or None


_PAGE_NUMBER = re.compile(r"(\d+)\)")


def last_page(text: str) -> int | None:
    """Return the last page that the pager of a page offers, or ``None`` without a pager.

    The pager is links and an input that call ``zl_fy(n)`` and ``zl_tz(last)``, or the same under
    another prefix.
    """
    numbers: list[int] = []
    for call in ("_fy(", "_tz("):
        place = text.find(call)
        while place >= 0:
            if found := _PAGE_NUMBER.match(text, place + len(call)):
                numbers.append(int(found[1]))
            place = text.find(call, place + 1)
    return max(numbers, default=None)


def page_state(
    page: Page, *, listing_title: str, n_records: int, labels: tuple[str, ...] = ()
) -> PageState:
    """Tell what a page of a listing answers: records, no result, or past the end.

    Parameters
    ----------
    page : Page
    listing_title : str
        Beginning of the title of the listing that was asked for.
    n_records : int
        Number of records found on the page.
    labels : tuple of str
        Labels that stand in records alone: found on a page without records, they say that the
        records stand in a layout nobody has read so far.

    Raises
    ------
    LayoutChangedError
        If a listing holds neither records nor what a listing without records looks like.
    UnexpectedPageError
        If the page is in none of the known states.
    """
    if _NO_RESULT in page.text and any(
        _NO_RESULT in node_text(node) for node in class_nodes(page.document, "div", "cx_nojg")
    ):
        if n_records:
            raise UnexpectedPageError(f"page says that it has no result, and {n_records} records")
        return PageState.NO_RESULT
    if page.title == _NO_RESULT_TITLE and not n_records:
        return PageState.NO_RESULT
    if not page.title.startswith(listing_title):
        raise UnexpectedPageError(f"unknown page, title {page.title!r}, {n_records} records")
    if n_records:
        return PageState.RECORDS
    shown = next(page.document.iter("body"), page.document)
    strange = [label for label in labels if f"{label}" in node_text(shown)]
    if strange:
        raise LayoutChangedError(f"no record is where it should be, but the page says {strange}")
    if last_page(page.text) is None:
        raise LayoutChangedError("listing without records and without a pager")
    return PageState.PAST_THE_END
