"""Gazette listing (公布公告查询, 公布模式): bytes of a page in, records and counters out."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

from scrapers.errors import (
    MissingCounterError,
    MissingLabelError,
    UnexpectedPageError,
    UnknownLabelError,
)
from scrapers.items import SipoPatent
from scrapers.parsers.text import (
    LAYOUT,
    PageState,
    class_nodes,
    form_counters,
    last_page,
    node_text,
    page_digest,
    page_state,
    parse_document,
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
}
_POINTERS = ("source_file", "source_row", "raw_pointer")
_OPTIONAL = tuple(
    f.name for f in fields(SipoPatent) if f.name not in _POINTERS and "None" in str(f.type)
)
_REQUIRED = (
    "publication_no",
    "publication_date",
    "application_no",
    "application_date",
    "applicants",
)


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
    """Read one page of the gazette listing.

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
        If the page is in no known state, or records of another source than the asked one.
    MissingLabelError, UnknownLabelError
        If a record lacks a label that all carry, or has one that nobody has read so far.
    MissingCounterError
        If a listing states a counter that is no number.
    """
    document = parse_document(body)
    digest = page_digest(body)
    boxes = class_nodes(document, "div", "cp_box")
    state = page_state(document, listing_title=LISTING_TITLE, n_records=len(boxes))
    return GazettePage(
        state=state,
        counters=None
        if state is PageState.ROBOT_CHECK
        else form_counters(document, "pato", COUNTERS),
        records=tuple(
            _record(box, source_type, position, digest)
            for position, box in enumerate(boxes, start=1)
        ),
        last_page=last_page(document),
        digest=digest,
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


def _record(box: Any, source_type: str, position: int, digest: str) -> SipoPatent:
    where = f"record {position} of page sha256:{digest[:12]}"
    body = next(iter(class_nodes(box, "div", "cp_linr")), None)
    if body is None:
        raise UnexpectedPageError(f"no div.cp_linr in {where}")
    heading, title = _heading(body, where)
    expected = SOURCES[source_type][1]
    if not heading.startswith(expected):
        raise UnexpectedPageError(f"{where} is [{heading}], asked for {source_type} {expected}")
    values = _labelled_values(body, where)
    for name in _REQUIRED:
        if not values.get(name):
            raise MissingLabelError(f"no {_labels_of(name)} in {where}")
    return SipoPatent(
        source_type=source_type,
        record_heading=heading,
        title=title,
        publication_no=values["publication_no"],
        publication_date=values["publication_date"],
        application_no=values["application_no"],
        application_date=values["application_date"],
        applicants=values["applicants"],
        **{name: values.get(name) or None for name in _OPTIONAL if name != "abstract"},
        abstract=_abstract(body),
        source_file="",
        source_row=position,
        raw_pointer=f"sha256:{digest}#{position}",
    )


def _labels_of(field: str) -> str:
    return " / ".join(label for label, name in _FIELD_OF_LABEL.items() if name == field)


def _heading(body: Any, where: str) -> tuple[str, str]:
    """Split ``[发明公布] title`` into kind and title."""
    node = next(body.iter("h1"), None)
    text = "" if node is None else node_text(node)
    if not text.startswith("[") or "]" not in text:
        raise MissingLabelError(f"heading {text!r} names no kind in {where}")
    heading, _, title = text[1:].partition("]")
    return heading.strip(), title.strip(LAYOUT)


def _labelled_values(body: Any, where: str) -> dict[str, str]:
    """Collect label and value of every line, hidden lines and hidden names included."""
    values: dict[str, str] = {}
    lists = [child for child in body if child.tag == "ul"]
    last: str | None = None
    for item in (item for outer in lists for item in outer if item.tag == "li"):
        last = _read_line(_own_text(item), values, last, where)
        for hidden in (node for node in item.iter("li") if node is not item):
            last = _read_line(_own_text(hidden), values, last, where)
    return values


def _read_line(text: str, values: dict[str, str], last: str | None, where: str) -> str | None:
    """Store one line; a line without label goes on with the value of the line before it."""
    if not text:
        return last  # li.clear only breaks the line
    label, colon, value = text.partition("：")
    if not colon:
        # Only symbols (分类号) overflow into a line of their own.
        if last != "ipc":
            raise UnknownLabelError(f"line without label {text[:40]!r} in {where}")
        values["ipc"] += text
        return last
    field = _FIELD_OF_LABEL.get(label.strip(LAYOUT))
    if field is None:
        raise UnknownLabelError(f"label {label!r} in {where}")
    if field in values:
        raise UnknownLabelError(f"label {label!r} twice in {where}")
    values[field] = value.strip(LAYOUT)
    return field


def _own_text(item: Any) -> str:
    """Text of a line: what shows, then the hidden names, without buttons and nested lines.

    ``first;<a class="zhankaizt"/><div style="display:none;"> second</div>`` is one list of
    names; the EN SPACE that opens the hidden part belongs to the separator.
    """
    text = item.text or ""
    for child in item:
        if child.tag == "div" and next(child.iter("ul"), None) is None:
            text = text.rstrip(LAYOUT) + str(child.text_content()).strip(LAYOUT)
        elif child.tag not in ("a", "div"):
            text += str(child.text_content())
        text += child.tail or ""
    return text.strip(LAYOUT)


def _abstract(body: Any) -> str | None:
    """Text of the abstract (摘要, for designs 简要说明), its hidden second half included."""
    box = next(iter(class_nodes(body, "div", "cp_jsh")), None)
    if box is None:
        return None
    parts: list[str] = [box.text or ""]
    for child in box:
        if child.tag == "span" and child.get("id") != "tit":
            parts.append(str(child.text_content()))
        tail = child.tail or ""
        parts.append(tail.lstrip(LAYOUT) if child.get("id") == "tit" else tail)
    return "".join(parts).strip(LAYOUT) or None
