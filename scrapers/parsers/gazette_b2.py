"""Gazette site since 2021: records as ``dl`` of ``dt`` and ``dd``, events as one table.

Only the layout is read here; what the labels mean is one matter for both layouts
(:mod:`scrapers.parsers.gazette`, :mod:`scrapers.parsers.tran`). Written after descriptions of the
site (``div.item``, ``h1.title``, ``span.alltxt`` with the button 全部, the address in the title of
the QR code), not after saved pages.
"""

from __future__ import annotations

from typing import Any

from scrapers.errors import LayoutChangedError, MissingLabelError, UnknownLabelError
from scrapers.items import SipoAssignment
from scrapers.parsers.text import (
    LAYOUT,
    PageState,
    class_nodes,
    class_path,
    last_page,
    node_text,
    page_state,
    read_page,
)
from scrapers.parsers.tran import TranPage, assignment, text_with_breaks

_EN_SPACE = "\u2002"  # between two names, after the semicolon
SW_TITLE = "事务"
_SW_COLUMNS = ("序号", "申请号", "事务数据公告日", "事务数据")
_BOXES = class_path("div", "item")
_ABSTRACT = ("摘要", "简要说明")
_BUTTONS = ("全部", "收起")
_MARKUP = frozenset({"sub", "sup", "i", "b", "em", "font", "u"})


def record_boxes(document: Any) -> list[Any]:
    """Return the records of a page of this layout; none where there are no labels below."""
    return [box for box in _BOXES(document) if next(box.iter("dt"), None) is not None]


def read_box(box: Any, where: str) -> tuple[str, str, list[tuple[str | None, str]], str | None]:
    """Read one record: heading, title, labels with their values in order, abstract.

    Parameters
    ----------
    box : lxml element
        ``div.item``.
    where : str
        Names the record in errors.

    Raises
    ------
    LayoutChangedError
        If the heading holds strange elements, a label has no value, or the address in the QR code
        is that of another record.
    MissingLabelError
        If there is no heading, or it names no kind.
    """
    heading, title = _heading(box, where)
    lines: list[tuple[str | None, str]] = []
    abstract: str | None = None
    for name in box.iter("dt"):
        label = node_text(name).rstrip("：:").strip(LAYOUT)
        cell = next(iter(name.itersiblings()), None)
        if cell is None or cell.tag != "dd":
            raise LayoutChangedError(f"label {label!r} without value in {where}")
        value = _whole_text(cell)
        if label in _ABSTRACT:
            abstract = value or None
        elif value:
            lines.append((label or None, value))
    _check_address(box, dict((label, value) for label, value in lines if label), where)
    return heading, title, lines, abstract


def _heading(box: Any, where: str) -> tuple[str, str]:
    node = next(iter(class_nodes(box, "h1", "title")), None)
    if node is None:
        raise MissingLabelError(f"no h1.title in {where}")
    for child in node.iterdescendants():
        if child.tag not in _MARKUP:
            raise LayoutChangedError(f"element {child.tag!r} in the heading of {where}")
    text = node_text(node)
    if not text.startswith("[") or "]" not in text:
        raise MissingLabelError(f"heading {text!r} names no kind in {where}")
    kind, _, title = text[1:].partition("]")
    return kind.strip(), title.strip(LAYOUT)


def _whole_text(cell: Any) -> str:
    """Text of a value, what the button 全部 shows included.

    ``span.alltxt`` holds the whole text or what follows the visible part; which of the two is
    told by whether it begins with the visible part. The EN SPACE that opens a hidden part belongs
    to the separator.
    """
    visible: list[str] = [cell.text or ""]
    hidden: list[str] = []
    for child in cell:
        text = str(child.xpath("string()"))
        if "alltxt" in (child.get("class") or "").split():
            hidden.append(text.strip(LAYOUT))
        elif child.tag in ("a", "button") or text.strip(LAYOUT) in _BUTTONS:
            pass
        else:
            visible.append(text)
        visible.append(child.tail or "")
    shown = "".join(visible).strip(LAYOUT)
    start = shown.rstrip("…. " + LAYOUT)
    rest = "".join(hidden)
    if not rest:
        return shown
    if rest.startswith(start):
        return rest
    if shown.endswith(_EN_SPACE) and rest.startswith(_EN_SPACE):
        rest = rest[1:]
    return (start if shown.endswith(("…", "...")) else shown) + rest


def _check_address(box: Any, values: dict[str, str], where: str) -> None:
    """Compare the publication number with the address in the title of the QR code."""
    number = values.get("申请公布号") or values.get("授权公告号")
    for node in box.iter():
        address = node.get("title") or ""
        if "/patent/" in address and number and address.rpartition("/")[2] != number:
            raise LayoutChangedError(f"{where} is {number}, its address says {address!r}")


def parse_sw_page(body: bytes) -> TranPage:
    """Read one page of the list of legal events of this layout (``/SW``).

    Parameters
    ----------
    body : bytes
        The page as served, UTF-8: a table 序号, 申请号, 事务数据公告日, 事务数据. The last cell
        holds the type of the event and, below it, its text.

    Returns
    -------
    TranPage
        Without counters: the page states none.

    Raises
    ------
    UnexpectedPageError
        If the page is in no known state.
    UnknownLabelError, MissingLabelError
        If the table has other columns, or a row lacks a value.
    """
    page = read_page(body, listing_title=SW_TITLE)
    rows: list[list[Any]] = []
    for table in page.document.iter("table"):
        header = tuple(node_text(cell) for cell in table.iter("th"))
        if not header or "申请号" not in header:
            continue
        if header != _SW_COLUMNS:
            raise UnknownLabelError(f"columns {list(header)}, expected {list(_SW_COLUMNS)}")
        rows += [cells for row in table.iter("tr") if (cells := list(row.iter("td")))]
    state = page_state(page, listing_title=SW_TITLE, n_records=len(rows), labels=_SW_COLUMNS[1:3])
    return TranPage(
        state=state,
        counters=None,
        records=tuple(
            _sw_event(cells, position, page.digest) for position, cells in enumerate(rows, start=1)
        )
        if state is PageState.RECORDS
        else (),
        last_page=last_page(page.text),
        digest=page.digest,
    )


def _sw_event(cells: list[Any], position: int, digest: str) -> SipoAssignment:
    where = f"event {position} of page sha256:{digest[:12]}"
    if len(cells) != len(_SW_COLUMNS):
        raise LayoutChangedError(f"{len(cells)} cells in {where}")
    values = [node_text(cell) for cell in cells[:3]]
    kind, _, text = text_with_breaks(cells[3]).partition("\n")
    for label, value in zip(_SW_COLUMNS, [*values, kind], strict=True):
        if not value:
            raise MissingLabelError(f"no {label} in {where}")
    return assignment(
        application_no=values[1],
        event_date=values[2],
        event_type=kind.strip(LAYOUT),
        event_text=text.strip(LAYOUT + "\n"),
        position=position,
        digest=digest,
    )
