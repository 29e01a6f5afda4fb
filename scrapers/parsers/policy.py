"""Policy documents (政策文件): bytes of a listing or of one document in, items out."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from scrapers.errors import (
    LayoutChangedError,
    MissingCounterError,
    MissingLabelError,
    MojibakeError,
    UnexpectedPageError,
    UnknownLabelError,
)
from scrapers.items import PolicyDocument
from scrapers.parsers.text import (
    LAYOUT,
    PageState,
    class_nodes,
    class_path,
    form_counters,
    is_mojibake,
    last_page,
    node_text,
    page_state,
    raw_text,
    read_page,
    refuse_stray_text,
)

LISTING_TITLE = "政策文件查询结果"
DOCUMENT_TITLE = "政策文件"
COUNTERS = ("numDoc", "numDocc")

_FIELD_OF_LABEL = {
    "索引号": "document_id",
    "地区": "province_name",
    "标题": "title",
    "发文机关": "issuers",
    "发文字号": "document_no",
    "成文日期": "issued_date",
    "发布日期": "published_date",
}
_REQUIRED = ("document_id", "province_name", "title", "issuers", "published_date")
_BOXES = class_path("div", "zc_box")
_ADDRESS = re.compile(r"/?zcwj/([^/?#]+)\.html")
_SEPARATOR = re.compile("[;；]\u2002")


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyEntry:
    """One line of the listing: which document, whose, when."""

    document_id: str
    title: str
    province_name: str
    document_no: str | None
    published_date: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyListing:
    """One answer of the listing; see :class:`scrapers.parsers.gazette.GazettePage`."""

    state: PageState
    counters: dict[str, int] | None
    records: tuple[PolicyEntry, ...]
    last_page: int | None
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyPage:
    """One document and the digest of its page."""

    document: PolicyDocument
    digest: str


def parse_policy_listing(body: bytes) -> PolicyListing:
    """Read one page of the listing of policy documents.

    Parameters
    ----------
    body : bytes
        The page as served, UTF-8.

    Raises
    ------
    UnexpectedPageError
        If the page is in no known state.
    LayoutChangedError
        If documents are named outside the lines of the listing.
    MissingLabelError
        If a line lacks its title, address, region or day.
    """
    page = read_page(body, listing_title=LISTING_TITLE)
    boxes = _BOXES(page.document)
    state = page_state(page, listing_title=LISTING_TITLE, n_records=len(boxes))
    if not boxes and (links := _addresses(page.document)):
        raise LayoutChangedError(f"no line is where it should be, but the page names {links[0]!r}")
    return PolicyListing(
        state=state,
        counters=form_counters(page.document, "zcwj", COUNTERS),
        records=tuple(
            _entry(box, f"line {position} of page sha256:{page.digest[:12]}")
            for position, box in enumerate(boxes, start=1)
        ),
        last_page=last_page(page.text),
        digest=page.digest,
    )


def _addresses(document: Any) -> list[str]:
    return [href for a in document.iter("a") if _ADDRESS.search(href := a.get("href") or "")]


def require_counters(page: PolicyListing) -> dict[str, int]:
    """Return the counters of a page.

    Raises
    ------
    MissingCounterError
        If the page does not state how many documents the window has.
    """
    if page.counters is None or "numDoc" not in page.counters:
        raise MissingCounterError(f"page in state {page.state} does not state numDoc")
    return page.counters


def _entry(box: Any, where: str) -> PolicyEntry:
    link = next((a for a in box.iter("a") if _ADDRESS.search(a.get("href") or "")), None)
    if link is None:
        raise MissingLabelError(f"no address of a document in {where}")
    address = _ADDRESS.search(link.get("href"))
    assert address is not None
    values = {
        name: next((node_text(node) for node in class_nodes(box, "span", name)), "")
        for name in ("zc_dq", "zc_wh", "zc_rq")
    }
    title = node_text(link)
    for name, value in (("标题", title), ("地区", values["zc_dq"]), ("发布日期", values["zc_rq"])):
        if not value:
            raise MissingLabelError(f"no {name} in {where}")
    return PolicyEntry(
        document_id=address[1],
        title=title,
        province_name=values["zc_dq"],
        document_no=values["zc_wh"] or None,
        published_date=values["zc_rq"],
    )


def parse_policy_document(body: bytes) -> PolicyPage:
    """Read the page of one policy document.

    Parameters
    ----------
    body : bytes
        The page as served, UTF-8.

    Returns
    -------
    PolicyPage
        The document with every issuer, hidden ones included, and its text, one line a paragraph.

    Raises
    ------
    UnexpectedPageError
        If the page is no document.
    MissingLabelError, UnknownLabelError
        If the document lacks a line that all carry, or has one that nobody has read so far.
    LayoutChangedError
        If the table or the text is not where it should be.
    """
    page = read_page(body, listing_title=DOCUMENT_TITLE)
    where = f"page sha256:{page.digest[:12]}"
    if not page.title.startswith(DOCUMENT_TITLE) or page.title.startswith(LISTING_TITLE):
        raise UnexpectedPageError(f"{where} is no document, title {page.title!r}")
    box = next(iter(class_nodes(page.document, "div", "zc_wj")), None)
    table = None if box is None else next(iter(class_nodes(box, "table", "zc_xx")), None)
    if table is None:
        raise LayoutChangedError(f"no div.zc_wj > table.zc_xx in {where}")
    text_box = next(iter(class_nodes(page.document, "div", "zc_zw")), None)
    if text_box is None:
        raise LayoutChangedError(f"no div.zc_zw in {where}")
    refuse_stray_text(box, where)
    refuse_stray_text(text_box, where)
    values = _values(table, where)
    paragraphs = [node_text(node) for node in text_box.iter("p")]
    text = "\n".join(paragraph for paragraph in paragraphs if paragraph)
    if not text:
        raise MissingLabelError(f"no 正文 in {where}")
    issuers = tuple(_SEPARATOR.split(values["issuers"]))
    if not all(issuers):
        raise LayoutChangedError(f"发文机关 {values['issuers']!r} hides names in {where}")
    document = PolicyDocument(
        document_id=values["document_id"],
        province_name=values["province_name"],
        title=values["title"],
        document_no=values.get("document_no") or None,
        issuers=issuers,
        issued_date=values.get("issued_date") or None,
        published_date=values["published_date"],
        text=text,
        source_file="",
        source_row=1,
        raw_pointer=f"sha256:{page.digest}#1",
    )
    return PolicyPage(document=document, digest=page.digest)


def _values(table: Any, where: str) -> dict[str, str]:
    values: dict[str, str] = {}
    for row in table.iter("tr"):
        cells = list(row)
        if [cell.get("class") for cell in cells] != ["zc_lb", "zc_nr"]:
            raise LayoutChangedError(f"row {node_text(row)[:40]!r} in {where}")
        label = node_text(cells[0]).rstrip("：:").strip(LAYOUT)
        field = _FIELD_OF_LABEL.get(label)
        if field is None:
            if is_mojibake(label):
                raise MojibakeError(f"label {label!r} in {where}")
            raise UnknownLabelError(f"label {label!r} in {where}")
        if field in values:
            raise UnknownLabelError(f"label {label!r} twice in {where}")
        values[field] = _names(cells[1])
    for field in _REQUIRED:
        if not values.get(field):
            label = next(label for label, name in _FIELD_OF_LABEL.items() if name == field)
            raise MissingLabelError(f"no {label} in {where}")
    return values


def _names(cell: Any) -> str:
    """Text of a value, hidden names included; see the lines of the gazette."""
    text = cell.text or ""
    for child in cell:
        if child.tag == "div":
            text = text.rstrip(LAYOUT) + raw_text(child).strip(LAYOUT)
        elif child.tag != "a":
            text += raw_text(child)
        text += child.tail or ""
    return text.strip(LAYOUT)
