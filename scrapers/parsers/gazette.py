"""Gazette listing (公布公告查询, 公布模式): bytes of a page in, records and counters out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Any

from scrapers.errors import (
    LayoutChangedError,
    MissingCounterError,
    MissingLabelError,
    MojibakeError,
    UnknownLabelError,
    WrongSliceError,
)
from scrapers.items import SipoPatent
from scrapers.parsers import gazette_b2
from scrapers.parsers.text import (
    LAYOUT,
    PageState,
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

LISTING_TITLE = "专利查询结果展示"

# Source code of the form, its counter of the window and the heading of its records.
SOURCES: dict[str, tuple[str, str]] = {
    "pip": ("numIp", "发明公布"),
    "pig": ("numIg", "发明授权"),
    "pug": ("numUg", "实用新型"),
    "pdg": ("numDg", "外观设计"),
}
COUNTERS = (
    "numIp",
    "numIpc",
    "numIg",
    "numIgc",
    "numIgd",
    "numUg",
    "numUgc",
    "numUgd",
    "numDg",
    "numDgc",
)

_FIELD_OF_LABEL = {
    "申请公布号": "publication_no",
    "授权公告号": "publication_no",
    "申请公布日": "publication_date",
    "授权公告日": "publication_date",
    "申请号": "application_no",
    "申请日": "application_date",
    "申请人": "applicants",
    "专利权人": "applicants",
    "发明人": "inventors",
    "设计人": "inventors",
    "地址": "address",
    "分类号": "ipc",
    "专利代理机构": "agency",
    "代理人": "agents",
    "优先权": "priority",
    "本国优先权": "domestic_priority",
    "PCT进入国家阶段日": "pct_entry_date",
    "PCT申请数据": "pct_application",
    "PCT公布数据": "pct_publication",
    "对比文件": "cited_documents",
    "分案原申请": "divisional_of",
    "生物保藏": "bio_deposit",
    "更正文献出版日": "correction_date",
}
# Labels that stand in records and nowhere else on a page of the site.
_LABELS_OF_RECORDS = ("申请公布号", "授权公告号", "申请公布日", "授权公告日")
_POINTERS = ("source_file", "source_row", "raw_pointer")
_OPTIONAL = tuple(
    f.name
    for f in fields(SipoPatent)
    if f.name not in (*_POINTERS, "abstract") and "None" in str(f.type)
)
# What all 40,006 records of the issue of 2019-07-09 carry, of whatever kind.
_REQUIRED = (
    "publication_no",
    "publication_date",
    "application_no",
    "application_date",
    "applicants",
    "inventors",
    "address",
    "ipc",
)
# Lists whose names overflow: one that ends in a separator has lost its hidden names.
_LISTS = ("applicants", "inventors", "ipc", "agents")
_BOXES = class_path("div", "cp_box")
_MARKUP = frozenset({"sub", "sup", "i", "b", "em", "font", "u"})  # what a title may hold

# Heading, title, labels with their values in the order of the page, abstract.
Reading = tuple[str, str, list[tuple[str | None, str]], str | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class GazettePage:
    """One answer of the listing.

    ``counters`` are the totals of the whole window (records, and corrections for the names that
    end in ``c``), ``None`` where the page states none. ``records`` carry their position on the
    page in ``source_row``, from 1; ``source_file`` is filled in when the month is landed.
    """

    state: PageState
    counters: dict[str, int] | None
    records: tuple[SipoPatent, ...]
    last_page: int | None
    digest: str


def parse_gazette_page(body: bytes, source_type: str) -> GazettePage:
    """Read one page of the gazette listing, in the layout of 2014-2020 or in that since 2021.

    Parameters
    ----------
    body : bytes
        The page as served, UTF-8.
    source_type : str
        The source that was asked: pip 发明公布, pig 发明授权, pug 实用新型, pdg 外观设计.

    Returns
    -------
    GazettePage
        With all names, symbols and fields of every record, the hidden ones included.

    Raises
    ------
    UnexpectedPageError
        If the page is in no known state; see :func:`scrapers.parsers.text.read_page` and
        :func:`scrapers.parsers.text.page_state` for the narrower errors.
    LayoutChangedError
        If a record holds a part that nobody has read so far, or hides names where none are found.
    MissingLabelError, UnknownLabelError
        If a record lacks a label that all carry, or has one that nobody has read so far.
    MissingCounterError
        If a listing states a counter that is no number.
    WrongSliceError
        If a record is of another source than the asked one.
    """
    page = read_page(body, listing_title=LISTING_TITLE)
    boxes, read = _BOXES(page.document), _read_box
    if not boxes:
        boxes, read = gazette_b2.record_boxes(page.document), gazette_b2.read_box
    state = page_state(
        page, listing_title=LISTING_TITLE, n_records=len(boxes), labels=_LABELS_OF_RECORDS
    )
    return GazettePage(
        state=state,
        counters=form_counters(page.document, "pato", COUNTERS),
        records=tuple(
            _record(read, box, source_type, position, page.digest)
            for position, box in enumerate(boxes, start=1)
        ),
        last_page=last_page(page.text),
        digest=page.digest,
    )


def require_counters(page: GazettePage) -> dict[str, int]:
    """Return the counters of a page.

    Raises
    ------
    MissingCounterError
        If the page states none, so that completeness cannot be judged.
    """
    if page.counters is None:
        raise MissingCounterError(f"page in state {page.state} states no counters")
    for total, _ in SOURCES.values():
        if total not in page.counters:
            raise MissingCounterError(f"page in state {page.state} does not state {total}")
    return page.counters


def _record(
    read: Callable[[Any, str], Reading],
    box: Any,
    source_type: str,
    position: int,
    digest: str,
) -> SipoPatent:
    where = f"record {position} of page sha256:{digest[:12]}"
    heading, title, lines, abstract = read(box, where)
    expected = SOURCES[source_type][1]
    if not heading.startswith(expected):
        if is_mojibake(heading):
            raise MojibakeError(f"heading {heading!r} in {where}")
        raise WrongSliceError(f"{where} is [{heading}], asked for {source_type} {expected}")
    values = _by_field(lines, where)
    for name in _REQUIRED:
        if not values.get(name):
            raise MissingLabelError(f"no {_labels_of(name)} in {where}")
    for name in _LISTS:
        if values.get(name, "").rstrip("\u2002").endswith(";"):
            raise LayoutChangedError(f"{name} {values[name]!r} hides names in {where}")
    get = values.get
    return SipoPatent(
        source_type=source_type,
        record_heading=heading,
        title=title,
        publication_no=values["publication_no"],
        publication_date=values["publication_date"],
        application_no=values["application_no"],
        application_date=values["application_date"],
        applicants=values["applicants"],
        **{name: get(name) or None for name in _OPTIONAL},
        abstract=abstract or None,
        source_file="",
        source_row=position,
        raw_pointer=f"sha256:{digest}#{position}",
    )


def _by_field(lines: list[tuple[str | None, str]], where: str) -> dict[str, str]:
    """Give every line its field; a line without label goes on with the symbols before it."""
    values: dict[str, str] = {}
    last: str | None = None
    for label, value in lines:
        if label is None:
            # Only symbols (分类号) overflow into a line of their own.
            if last != "ipc":
                raise UnknownLabelError(f"line without label {value[:40]!r} in {where}")
            values["ipc"] += value
            continue
        field = _FIELD_OF_LABEL.get(label)
        if field is None:
            if is_mojibake(label):
                raise MojibakeError(f"label {label!r} in {where}")
            raise UnknownLabelError(f"label {label!r} in {where}")
        if field in values:
            raise UnknownLabelError(f"label {label!r} twice in {where}")
        values[field] = value
        last = field
    return values


def _labels_of(field: str) -> str:
    return " / ".join(label for label, name in _FIELD_OF_LABEL.items() if name == field)


# ------------------------------------------------------------------ the layout of 2014 to 2020
def _read_box(box: Any, where: str) -> Reading:
    """Read ``div.cp_box``: heading, lines shown and hidden, abstract; see ``docs/office.md``."""
    body = next((child for child in box if child.get("class") == "cp_linr"), None)
    if body is None:
        raise LayoutChangedError(f"no div.cp_linr in {where}")
    heading = title = ""
    lines: list[tuple[str | None, str]] = []
    abstract: str | None = None
    refuse_stray_text(body, where)
    for part in body:
        if part.tag == "ul":
            refuse_stray_text(part, where)
            for item in part:
                _read_item(item, lines, where)
        elif part.tag == "h1":
            heading, title = _heading(part, where)
        elif part.tag == "div" and part.get("class") == "cp_jsh":
            abstract = _abstract(part)
        elif (part.tag != "p" or part.get("class") != "cp_botsm") and node_text(part):
            raise LayoutChangedError(f"unknown part {node_text(part)[:40]!r} in {where}")
    if not heading:
        raise MissingLabelError(f"no heading in {where}")
    return heading, title, lines, abstract


def _heading(node: Any, where: str) -> tuple[str, str]:
    """Split ``[发明公布] title`` into kind and title."""
    for child in node.iterdescendants():
        if child.tag not in _MARKUP:
            raise LayoutChangedError(f"element {child.tag!r} in the heading of {where}")
    text = node_text(node)
    if not text.startswith("[") or "]" not in text:
        raise MissingLabelError(f"heading {text!r} names no kind in {where}")
    heading, _, title = text[1:].partition("]")
    return heading.strip(), title.strip(LAYOUT)


def _read_item(item: Any, lines: list[tuple[str | None, str]], where: str) -> None:
    """Read one ``li`` and the hidden ones inside it."""
    if item.tag != "li":
        if node_text(item):
            raise LayoutChangedError(f"{item.tag!r} with {node_text(item)[:40]!r} in {where}")
        return
    if not len(item):
        _read_line(item.text or "", lines)
        return
    # ``first;<a class="zhankaizt"/><div style="display:none;"> second</div>`` is one list of
    # names; the EN SPACE that opens the hidden part belongs to the separator.
    text = item.text or ""
    nested: list[Any] = []
    for child in item:
        if child.tag == "div":
            hidden = [node for node in child.iter("li")]
            if hidden:
                nested += hidden
            else:
                text = text.rstrip(LAYOUT) + raw_text(child).strip(LAYOUT)
        elif child.tag != "a":
            text += raw_text(child)
        if child.tail:
            text += child.tail
    _read_line(text, lines)
    for node in nested:
        _read_item(node, lines, where)


def _read_line(text: str, lines: list[tuple[str | None, str]]) -> None:
    """Store a line as label and value; ``li.clear`` only breaks the line."""
    text = text.strip(LAYOUT)
    if not text:
        return
    label, colon, value = text.partition("：")
    if colon:
        lines.append((label.strip(LAYOUT), value.strip(LAYOUT)))
    else:
        lines.append((None, text))


def _abstract(box: Any) -> str | None:
    """Text of the abstract (摘要, for designs 简要说明), its hidden second half included."""
    parts: list[str] = [box.text or ""]
    for child in box:
        if child.tag == "span" and child.get("id") != "tit":
            parts.append(raw_text(child))
        tail = child.tail or ""
        parts.append(tail.lstrip(LAYOUT) if child.get("id") == "tit" else tail)
    return "".join(parts).strip(LAYOUT) or None
