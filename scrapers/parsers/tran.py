"""Dated listing of legal events (事务数据查询): bytes of a page in, events and counters out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from scrapers.errors import MissingCounterError, MissingLabelError, UnknownLabelError
from scrapers.items import SipoAssignment
from scrapers.parsers.events import parse_event_text
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

LISTING_TITLE = "事务数据查询结果展示"
COUNTERS = ("numTran", "numTranc")
TRANSFER = "专利申请权、专利权的转移"
RENAME = "专利权人的姓名或者名称、地址的变更"
EVENT_TYPES = (TRANSFER, RENAME)

_FIELD_OF_LABEL = {
    "申请号": "application_no",
    "事务数据公告日": "event_date",
    "事务数据类型": "event_type",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class TranPage:
    """One answer of the dated listing; see :class:`scrapers.parsers.gazette.GazettePage`."""

    state: PageState
    counters: dict[str, int] | None
    records: tuple[SipoAssignment, ...]
    last_page: int | None
    digest: str


def parse_tran_page(body: bytes) -> TranPage:
    """Read one page of the dated listing of legal events.

    Parameters
    ----------
    body : bytes
        The page as served, UTF-8.

    Returns
    -------
    TranPage
        Events with their text as published and as read.

    Raises
    ------
    UnexpectedPageError
        If the page is in no known state.
    MissingLabelError, UnknownLabelError
        If an event lacks one of its three lines or has one that nobody has read so far.
    """
    document = parse_document(body)
    digest = page_digest(body)
    tables = [
        table for box in class_nodes(document, "div", "table_flztxx") for table in box.iter("table")
    ]
    state = page_state(document, listing_title=LISTING_TITLE, n_records=len(tables))
    return TranPage(
        state=state,
        counters=None
        if state is PageState.ROBOT_CHECK
        else form_counters(document, "tran", COUNTERS),
        records=tuple(
            _event(table, position, digest) for position, table in enumerate(tables, start=1)
        ),
        last_page=last_page(document),
        digest=digest,
    )


def require_counters(page: TranPage) -> dict[str, int]:
    """Return the counters of a page.

    Raises
    ------
    MissingCounterError
        If the page does not state how many events the window has.
    """
    if page.counters is None or "numTran" not in page.counters:
        raise MissingCounterError(f"page in state {page.state} does not state numTran")
    return page.counters


def _event(table: Any, position: int, digest: str) -> SipoAssignment:
    where = f"event {position} of page sha256:{digest[:12]}"
    values: dict[str, str] = {}
    for label_cell in class_nodes(table, "td", "flzt_lb"):
        label = node_text(label_cell).rstrip("：:").strip(LAYOUT)
        field = _FIELD_OF_LABEL.get(label)
        if field is None:
            raise UnknownLabelError(f"label {label!r} in {where}")
        value_cell = next((n for n in label_cell.itersiblings("td")), None)
        if value_cell is None:
            raise MissingLabelError(f"label {label!r} without value in {where}")
        values[field] = node_text(value_cell)
    for label, field in _FIELD_OF_LABEL.items():
        if not values.get(field):
            raise MissingLabelError(f"no {label} in {where}")
    cell = next(iter(class_nodes(table, "td", "flzt_xx")), None)
    if cell is None:
        raise MissingLabelError(f"no td.flzt_xx in {where}")
    text = _text_with_breaks(cell)
    parsed = parse_event_text(text, values["event_type"])
    return SipoAssignment(
        application_no=values["application_no"],
        event_date=values["event_date"],
        event_type=values["event_type"],
        event_text=text,
        parsed_type=parsed.type,
        parsed_item=parsed.item,
        parsed_effective_date=parsed.effective_date,
        parsed_ipc=parsed.ipc,
        parsed_reference_no=parsed.reference_no,
        parties_before=parsed.parties_before,
        parties_after=parsed.parties_after,
        parse_problems=parsed.problems,
        source_file="",
        source_row=position,
        raw_pointer=f"sha256:{digest}#{position}",
    )


def _text_with_breaks(cell: Any) -> str:
    """Text of a cell where ``<br/>`` is a line break; breaks of the page source are layout."""
    parts = [(cell.text or "").lstrip(LAYOUT)]
    for child in cell:
        if child.tag == "br":
            parts[-1] = parts[-1].rstrip("\r\n")
            parts.append("\n" + (child.tail or "").lstrip("\r\n\t"))
        else:
            parts.append(str(child.text_content()) + (child.tail or ""))
    return "".join(parts).strip(LAYOUT)
