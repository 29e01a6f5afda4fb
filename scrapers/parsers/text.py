"""What all pages of the gazette site share: text of a node, page script, page state."""

from __future__ import annotations

import hashlib
import re
from enum import StrEnum
from typing import Any

from lxml import html as lxml_html

from scrapers.errors import MissingCounterError, UnexpectedPageError

# White space that only lays out the page. EN SPACE (U+2002) is part of the published text: it
# stands after the semicolon between two names and must survive.
LAYOUT = " \t\r\n\f\v\xa0"

_ROBOT_TITLE = "请输入验证码"
_NO_RESULT = "抱歉，没有您要查询的结果"
_PARSER = lxml_html.HTMLParser(encoding="utf-8", remove_comments=True)


class PageState(StrEnum):
    """What an answer is; the site sends status 200 with all of them."""

    RECORDS = "records"
    PAST_THE_END = "past_the_end"
    NO_RESULT = "no_result"
    ROBOT_CHECK = "robot_check"


def page_digest(body: bytes) -> str:
    """Return the SHA-256 of a page as served, in hex; row pointers and archives use it."""
    return hashlib.sha256(body).hexdigest()


def parse_document(body: bytes) -> Any:
    """Parse bytes of a page into an lxml element.

    Raises
    ------
    UnexpectedPageError
        If the page is empty or no HTML at all.
    """
    if not body.strip():
        raise UnexpectedPageError("empty page")
    document = lxml_html.document_fromstring(body, parser=_PARSER)
    if document is None:
        raise UnexpectedPageError(f"no HTML: {body[:60]!r}")
    return document


def node_text(node: Any) -> str:
    """Return all text below a node, layout white space at both ends removed."""
    return str(node.text_content()).strip(LAYOUT)


def class_nodes(node: Any, tag: str, name: str) -> list[Any]:
    """Return the descendants ``tag`` whose class list holds ``name``, in document order."""
    return [n for n in node.iter(tag) if name in (n.get("class") or "").split()]


def looks_like_robot_check(body: bytes) -> bool:
    """Tell a robot check from its bytes, without parsing the page."""
    return b"/verify-captcha" in body or f"<title>{_ROBOT_TITLE}".encode() in body


def page_title(document: Any) -> str:
    """Return the text of the title element, or an empty string."""
    return next((node_text(node) for node in document.iter("title")), "")


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
        for script in document.iter("script")
        if script.text and f"{form_id}." in script.text
        for pair in pattern.findall(script.text)
    ]
    inputs = [
        (field.get("name") or "", field.get("value") or "")
        for form in document.iter("form")
        if form.get("id") == form_id
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
        if not text.isdecimal():
            raise MissingCounterError(f"counter {name} is {text!r}")
        counters[name] = int(text)
    return counters or None


def last_page(document: Any) -> int | None:
    """Return the last page that the pager offers, or ``None`` without a pager."""
    numbers = [
        int(number)
        for node in document.iter("a", "input")
        for attribute in ("href", "onkeypress")
        for number in re.findall(r"zl_(?:fy|tz)\((\d+)\)", node.get(attribute) or "")
    ]
    return max(numbers, default=None)


def page_state(document: Any, *, listing_title: str, n_records: int) -> PageState:
    """Tell the state of a page from its content.

    Parameters
    ----------
    document : lxml element
    listing_title : str
        Beginning of the title of the listing that was asked for.
    n_records : int
        Number of records found on the page.

    Raises
    ------
    UnexpectedPageError
        If the page is in none of the known states.
    """
    title = page_title(document)
    if title.startswith(_ROBOT_TITLE) or any(
        "verify-captcha" in (form.get("action") or "") for form in document.iter("form")
    ):
        return PageState.ROBOT_CHECK
    if any(_NO_RESULT in node_text(node) for node in class_nodes(document, "div", "cx_nojg")):
        if n_records:
            raise UnexpectedPageError(f"page says that it has no result, and {n_records} records")
        return PageState.NO_RESULT
    if title.startswith(listing_title):
        if n_records:
            return PageState.RECORDS
        if last_page(document) is not None:
            return PageState.PAST_THE_END
    raise UnexpectedPageError(f"unknown page, title {title!r}, {n_records} records")
