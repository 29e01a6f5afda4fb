"""Dated listing of legal events (事务数据查询): bytes of a page in, events and counters out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from scrapers.errors import (
    LayoutChangedError,
    MissingCounterError,
    MissingLabelError,
    MojibakeError,
    UnknownLabelError,
)
from scrapers.items import SipoAssignment
from scrapers.parsers.events import parse_event_text
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
)

LISTING_TITLE = "事务数据查询结果展示"
COUNTERS = ("numTran", "numTranc")
_FIELD_OF_LABEL = {
    "申请号": "application_no",
    "事务数据公告日": "event_date",
    "事务数据类型": "event_type",
}
_TABLES = class_path("div", "table_flztxx")


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
    page = read_page(body, listing_title=LISTING_TITLE)
    tables = [table for box in _TABLES(page.document) for table in box.iter("table")]
    state = page_state(
        page, listing_title=LISTING_TITLE, n_records=len(tables), labels=("事务数据公告日",)
    )
    return TranPage(
        state=state,
        counters=form_counters(page.document, "tran", COUNTERS),
        records=tuple(
            _event(table, position, page.digest) for position, table in enumerate(tables, start=1)
        ),
        last_page=last_page(page.text),
        digest=page.digest,
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
    text: str | None = None
    for row in table.iter("tr"):
        cells = list(row)
        classes = [cell.get("class") for cell in cells]
        if classes == ["flzt_lb", "flzt_nr"]:
            label = node_text(cells[0]).rstrip("：:").strip(LAYOUT)
            field = _FIELD_OF_LABEL.get(label)
            if field is None:
                if is_mojibake(label):
                    raise MojibakeError(f"label {label!r} in {where}")
                raise UnknownLabelError(f"label {label!r} in {where}")
            if field in values:
                raise UnknownLabelError(f"label {label!r} twice in {where}")
            values[field] = node_text(cells[1])
        elif classes == ["flzt_xx"] and text is None:
            text = text_with_breaks(cells[0])
        elif node_text(row):
            raise LayoutChangedError(f"row {node_text(row)[:40]!r} of {classes} in {where}")
    for label, field in _FIELD_OF_LABEL.items():
        if not values.get(field):
            raise MissingLabelError(f"no {label} in {where}")
    if text is None:
        raise MissingLabelError(f"no td.flzt_xx in {where}")
    return assignment(**values, event_text=text, position=position, digest=digest)


def assignment(
    *,
    application_no: str,
    event_date: str,
    event_type: str,
    event_text: str,
    position: int,
    digest: str,
) -> SipoAssignment:
    """Return the item of an event: as published, and as its text reads."""
    parsed = parse_event_text(event_text, event_type)
    return SipoAssignment(
        application_no=application_no,
        event_date=event_date,
        event_type=event_type,
        event_text=event_text,
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


def text_with_breaks(cell: Any) -> str:
    """Text of a cell where ``<br/>`` is a line break; breaks of the page source are layout."""
    parts = [(cell.text or "").lstrip(LAYOUT)]
    for child in cell:
        if child.tag == "br":
            parts[-1] = parts[-1].rstrip("\r\n")
            parts.append("\n" + (child.tail or "").lstrip("\r\n\t"))
        else:
            parts.append(raw_text(child) + (child.tail or ""))
    return "".join(parts).strip(LAYOUT)
