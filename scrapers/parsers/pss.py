"""Search system (专利检索及分析, pss-system): bytes of its answers in, records and states out.

Three answers of the site of 2017-2019 (a list of results as HTML, the details of one document and
its legal states as JSON) and the list of results of the site since 2020 (JSON). The site is not
crawled; who has saved its answers can read them with this. Lists are cut at their semicolons and at
nothing else, the empty element behind a closing one is none, everything else stays as written.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

from lxml import etree

from scrapers.errors import (
    EmptyPageError,
    LayoutChangedError,
    MissingCounterError,
    MissingLabelError,
    MojibakeError,
    TruncatedPageError,
    UnknownLabelError,
    WrongEncodingError,
)
from scrapers.items import ImportedEvent, ImportedPublication
from scrapers.parsers.events import parse_event_text
from scrapers.parsers.text import (
    PageState,
    class_nodes,
    guard_state,
    is_mojibake,
    node_text,
    page_digest,
    parse_document,
    read_page,
)

SOURCE_FORMAT = "pss"

# The id of a document: application number with check digit, day of publication, type (a design has
# none): FM 发明公布, SQ 发明授权, XX 实用新型.
_DOCUMENT_ID = re.compile(
    r"(?P<application_no>[A-Z]{2}\d+\.[\dX])(?P<day>\d{8})(?P<kind>[A-Z]{2})?"
)
_TOTAL = re.compile(r"共\s*(\d+)\s*页\s*(\d+)\s*条")
_INPUTS = {
    "idHidden": "document_id",
    "nrdAnHidden": "application_key",
    "nrdPnHidden": "publication_key",
    "vIdHidden": "vid",
    "titleHidden": "title",
    "appSnHidden": "application_serial",
    "pnSnHidden": "publication_serial",
    "langHidden": "language",
    "docStatusHidden": "document_status",
    "appNameHidden": "applicants",
    "appAddrHidden": "applicant_addresses",
    "appZipHidden": "postcode",
    "appCountryHidden": "region",
}
_FIELD_OF_LABEL = {
    "申请号": "application_no",
    "申请日": "application_date",
    "公开（公告）号": "publication_no",
    "公开（公告）日": "publication_date",
    "IPC分类号": "ipc",
    "申请（专利权）人": "applicants",
    "发明人": "inventors",
    "优先权号": "priority",
    "优先权日": "priority_date",
    "申请人地址": "applicant_addresses",
    "申请人邮编": "postcode",
    "申请人所在国（省）": "region",
    "CPC分类号": "cpc",
    "代理人": "agents",
    "代理机构": "agencies",
    "外观设计洛迦诺分类号": "locarno",
}
_LISTS = frozenset(
    {
        *("applicants", "inventors", "applicant_addresses", "ipc", "cpc", "locarno"),
        *("priority", "agencies", "agents", "applicant_countries", "current_holders"),
    }
)
_REQUIRED = ("application_no", "publication_no", "publication_date")


@dataclass(frozen=True, slots=True, kw_only=True)
class PssEntry:
    """One row of the list of results: the hidden inputs of ``.item``.

    ``record`` is what they say of the publication; ``keys`` are the site's own keys, which the
    questions for details and legal states need.
    """

    document_id: str
    record: ImportedPublication
    keys: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class PssList:
    """One page of results; ``total`` and ``pages`` are stated at its top."""

    state: PageState
    total: int
    pages: int
    records: tuple[PssEntry, ...]
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PssDetail:
    """One document: its bibliography, and its legal states where the answer holds them."""

    publication: ImportedPublication
    events: tuple[ImportedEvent, ...]
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PssLegal:
    """Legal states and family of one document."""

    events: tuple[ImportedEvent, ...]
    family: tuple[str, ...]  # publication numbers (cognationList)
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PssResults:
    """One page of results of the site since 2020."""

    total: int
    records: tuple[ImportedPublication, ...]
    digest: str


# ------------------------------------------------------------------------------------- the list
def parse_pss_list(body: bytes) -> PssList:
    """Read one page of results (2017-2019).

    Parameters
    ----------
    body : bytes
        The page as served, UTF-8; a page of the site or the part of one that a script asks for.

    Raises
    ------
    RobotCheckError, LoginRequiredError, BlockedError, ErrorPageError, UnexpectedPageError
        If something else than a list came.
    WrongEncodingError
        If the bytes are no UTF-8.
    MissingCounterError
        If the page states no total: "0 pages" without one is what the site answers once the path of
        the question has changed.
    EmptyPageError
        If it states records and holds none.
    MissingLabelError, UnknownLabelError
        If a row lacks its id or number, or holds an input that nobody has read so far.
    """
    digest = page_digest(body)
    document = _list_document(body)
    boxes = class_nodes(document, "div", "item") or class_nodes(document, "li", "item")
    stated = _TOTAL.search(
        " ".join(node_text(n) for n in document.iter() if _has_class(n, "page_top"))
    )
    if stated is None:
        if not boxes:
            read_page(body, listing_title="专利检索")  # says what came instead
        raise MissingCounterError("list of the search system without 共 N 页 M 条数据")
    pages, total = int(stated[1]), int(stated[2])
    if total and not boxes:
        raise EmptyPageError(f"{total} documents are stated, none is on the page")
    if boxes and not total:
        raise MissingCounterError(f"{len(boxes)} documents on a page that states none")
    return PssList(
        state=PageState.RECORDS if boxes else PageState.NO_RESULT,
        total=total,
        pages=pages,
        records=tuple(_entry(box, position, digest) for position, box in enumerate(boxes, 1)),
        digest=digest,
    )


def _list_document(body: bytes) -> Any:
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise WrongEncodingError(f"list of the search system is no UTF-8: {error}") from error
    if "page_top" not in text and "idHidden" not in text:
        return read_page(body, listing_title="专利检索").document
    return parse_document(body)


def _has_class(node: Any, name: str) -> bool:
    return name in (node.get("class") or "").split()


def _entry(box: Any, position: int, digest: str) -> PssEntry:
    where = f"row {position} of page sha256:{digest[:12]}"
    values: dict[str, str] = {}
    for field in box.iter("input"):
        name = field.get("name") or field.get("id") or ""
        if field.get("type", "").lower() != "hidden" or not name.endswith("Hidden"):
            continue
        if name not in _INPUTS:
            raise UnknownLabelError(f"hidden input {name!r} in {where}")
        values[_INPUTS[name]] = field.get("value") or ""
    for name in ("document_id", "application_key"):
        if not values.get(name):
            raise MissingLabelError(f"no {name} in {where}")
    document_id = values["document_id"]
    parts = _DOCUMENT_ID.fullmatch(document_id)
    keys = {k: values[k] for k in values if k not in ("title", "applicants")}
    record = _publication(
        {
            "title": values.get("title"),
            "applicants": values.get("applicants"),
            "applicant_addresses": values.get("applicant_addresses"),
            "postcode": values.get("postcode"),
            "region": values.get("region"),
            "publication_no": values.get("publication_key"),
            "application_no": parts["application_no"] if parts else values["application_key"],
            "publication_date": parts["day"] if parts else None,
            "kind_label": parts["kind"] if parts else None,
        },
        others={"文献状态": values.get("document_status", "")},
        position=position,
        digest=digest,
    )
    return PssEntry(document_id=document_id, record=record, keys=keys)


# ---------------------------------------------------------------------------------- the details
def parse_pss_detail(body: bytes) -> PssDetail:
    """Read the details of one document (``viewAbstractInfo``).

    Parameters
    ----------
    body : bytes
        JSON with ``abstractInfoDTO`` and, in some answers, ``lawStateList``.

    Raises
    ------
    UnexpectedPageError
        If something else than JSON came; narrower where the page says what it is.
    LayoutChangedError
        If the JSON has another shape.
    MissingLabelError, UnknownLabelError
        If a number or the day is missing, or there is a label that nobody has read so far.
    """
    digest = page_digest(body)
    where = f"answer sha256:{digest[:12]}"
    answer = _json(body)
    info = _get(answer, "abstractInfoDTO", dict, where)
    values: dict[str, str | None] = {}
    for entry in _get(info, "abstractItemList", list, where):
        label = str(_get(entry, "indexCnName", str, where)).strip()
        # The width of brackets drifts on this site as in its exports.
        field = _FIELD_OF_LABEL.get(label.replace("(", "（").replace(")", "）"))
        if field is None:
            if is_mojibake(label):
                raise MojibakeError(f"label {label!r} in {where}")
            raise UnknownLabelError(f"label {label!r} in {where}")
        if field in values:
            raise UnknownLabelError(f"label {label!r} twice in {where}")
        value = entry.get("value")
        values[field] = None if value is None else str(value)
    for field in _REQUIRED:
        if not values.get(field):
            label = next(text for text, name in _FIELD_OF_LABEL.items() if name == field)
            raise MissingLabelError(f"no {label} in {where}")
    title = _get(info, "tioIndex", dict, where).get("value")
    abstracts = [entry.get("value") for entry in info.get("abIndexList") or ()]
    values["title"] = title
    values["abstract"] = abstracts[0] if abstracts else None
    others = {"优先权日": values.pop("priority_date", None) or ""}
    application_no = values["application_no"]
    return PssDetail(
        publication=_publication(values, others=others, position=1, digest=digest),
        events=_events(answer.get("lawStateList") or (), application_no, where, digest),
        digest=digest,
    )


def parse_pss_legal(body: bytes, application_no: str | None = None) -> PssLegal:
    """Read legal states and family of one document (``showPatentInfo``).

    Parameters
    ----------
    body : bytes
        JSON with ``lawStateList`` (``prsDate`` is ``YYYYMMDD``) and ``cognationList``.
    application_no : str, optional
        What was asked for: the answer does not repeat it.

    Raises
    ------
    UnexpectedPageError, LayoutChangedError
        See :func:`parse_pss_detail`.
    """
    digest = page_digest(body)
    where = f"answer sha256:{digest[:12]}"
    answer = _json(body)
    states = _get(answer, "lawStateList", list, where)
    family = tuple(
        str(_get(member, "pn", str, where)) for member in answer.get("cognationList") or ()
    )
    return PssLegal(
        events=_events(states, application_no, where, digest), family=family, digest=digest
    )


def _events(
    states: Any, application_no: str | None, where: str, digest: str
) -> tuple[ImportedEvent, ...]:
    events = []
    for position, state in enumerate(states, start=1):
        kind = str(_get(state, "lawStateCNMeaning", str, where))
        day = str(_get(state, "prsDate", str, where))
        parsed = parse_event_text("", kind)
        events.append(
            ImportedEvent(
                source_format=SOURCE_FORMAT,
                application_no=application_no,
                publication_no=None,
                event_date=day,
                event_code=None,
                event_type=kind,
                event_text=None,
                parsed_type=parsed.type,
                parsed_item=parsed.item,
                parsed_effective_date=parsed.effective_date,
                parsed_ipc=parsed.ipc,
                parsed_reference_no=parsed.reference_no,
                parties_before=parsed.parties_before,
                parties_after=parsed.parties_after,
                parse_problems=parsed.problems,
                other_fields=None,
                source_file="",
                source_row=position,
                raw_pointer=f"sha256:{digest}#{position}",
            )
        )
    return tuple(events)


# ------------------------------------------------------------------------- the site since 2020
_RESULT_FIELDS = {
    "ap": "application_no",
    "apd": "application_date",
    "pn": "publication_no",
    "pd": "publication_date",
    "ti": "title",
    "pa": "applicants",
    "inv": "inventors",
    "invType": "kind_label",
}
_GROUP_FIELDS = {"SQ_PD": "grant_date", "AGY": "agencies", "AC": "publication_authority"}
_RESULT_KEYS = ("vid", "anId", "pnId", "apo", "dbName", "ipcMain")


def parse_pss_results(body: bytes) -> PssResults:
    """Read one page of results of the site since 2020 (``getResults``, as decrypted by the site).

    The list has neither address nor city. A date may hold several values; it stays as written.

    Parameters
    ----------
    body : bytes
        JSON with ``searchResultRecord`` and ``pagination.totalCount``, at the top or below ``t``.

    Raises
    ------
    UnexpectedPageError, LayoutChangedError
        See :func:`parse_pss_detail`.
    MissingCounterError
        If no total is stated.
    EmptyPageError
        If documents are stated and none is there.
    """
    digest = page_digest(body)
    where = f"answer sha256:{digest[:12]}"
    answer = _json(body)
    answer = answer["t"] if isinstance(answer.get("t"), dict) else answer
    total = (answer.get("pagination") or {}).get("totalCount")
    if not isinstance(total, int | str) or not str(total).isdecimal():
        raise MissingCounterError(f"totalCount is {total!r} in {where}")
    rows = _get(answer, "searchResultRecord", list, where)
    if int(total) and not rows:
        raise EmptyPageError(f"{total} documents are stated, none is in {where}")
    return PssResults(
        total=int(total),
        records=tuple(_result(row, position, digest) for position, row in enumerate(rows, 1)),
        digest=digest,
    )


def _result(row: dict[str, Any], position: int, digest: str) -> ImportedPublication:
    where = f"record {position} of answer sha256:{digest[:12]}"
    if not isinstance(row, dict):
        raise LayoutChangedError(f"{where} is {type(row).__name__}")
    values: dict[str, Any] = {field: row.get(key) for key, field in _RESULT_FIELDS.items()}
    others = {key: str(row[key]) for key in _RESULT_KEYS if row.get(key)}
    for name in ("application_no", "publication_no"):
        if not values[name]:
            raise MissingLabelError(f"no {name} in {where}")
    values["ipc"] = ";".join(
        _get(symbol, "value", str, where) for symbol in row.get("ipcDetail") or ()
    )
    values["locarno"] = ";".join(
        _get(symbol, "value", str, where) if isinstance(symbol, dict) else str(symbol)
        for symbol in row.get("locDetail") or ()
    )
    abstracts = row.get("abview") or ()
    values["abstract"] = _paragraphs(str(abstracts[0].get("value") or "")) if abstracts else None
    for entry in (row.get("items") or {}).get("group") or ():
        name, value = str(entry.get("indexEnName")), str(entry.get("value") or "")
        if name in _GROUP_FIELDS:
            values[_GROUP_FIELDS[name]] = value
        else:
            others[name] = value
    return _publication(values, others=others, position=position, digest=digest)


def _paragraphs(text: str) -> str:
    """Text of an abstract that comes as XML (``<base:Paragraphs>``); other text as written."""
    if not text.lstrip().startswith("<"):
        return text
    root = etree.fromstring(
        text.encode(), parser=etree.XMLParser(recover=True, resolve_entities=False)
    )
    return text if root is None else "".join(root.itertext()).strip()


# ------------------------------------------------------------------------------------- helpers
def _json(body: bytes) -> dict[str, Any]:
    """Read a JSON object; a page for people in its place says itself what it is."""
    if body.lstrip(b"\xef\xbb\xbf \r\n\t")[:1] in (b"<", b""):
        read_page(body, listing_title="\0")
        raise LayoutChangedError("a page came instead of JSON")
    try:
        answer = json.loads(body.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise WrongEncodingError(f"JSON is no UTF-8: {error}") from error
    except json.JSONDecodeError as error:
        if guard_state(body) is not None:
            read_page(body, listing_title="\0")  # a guard that speaks in plain text
        raise TruncatedPageError(f"JSON breaks off: {error}") from error
    if not isinstance(answer, dict):
        raise LayoutChangedError(f"JSON of kind {type(answer).__name__}")
    return answer


def _get(holder: Any, key: str, kind: type, where: str) -> Any:
    value = holder.get(key) if isinstance(holder, dict) else None
    if not isinstance(value, kind):
        raise LayoutChangedError(f"{key} is {type(value).__name__} in {where}")
    return value


def _split(value: str | None) -> tuple[str, ...]:
    parts = (value or "").split(";")
    while parts and not parts[-1].strip():
        parts.pop()
    return tuple(parts)


def _publication(
    values: dict[str, Any], *, others: dict[str, str], position: int, digest: str
) -> ImportedPublication:
    number = values.get("publication_no") or values.get("application_no") or ""
    authority = values.get("publication_authority") or (
        number[:2] if re.match(r"[A-Z]{2}\d", number) else None
    )
    lists = {name: _split(values.get(name)) for name in _LISTS}
    kept = {name: value for name, value in others.items() if value}
    return ImportedPublication(
        source_format=SOURCE_FORMAT,
        publication_authority=authority,
        kind_label=values.get("kind_label") or None,
        title=values.get("title") or None,
        publication_no=values.get("publication_no") or None,
        publication_date=values.get("publication_date") or None,
        grant_no=None,
        grant_date=values.get("grant_date") or None,
        application_no=values.get("application_no") or None,
        application_date=values.get("application_date") or None,
        **lists,
        postcode=values.get("postcode") or None,
        region=values.get("region") or None,
        abstract=values.get("abstract") or None,
        other_fields=json.dumps(kept, ensure_ascii=False, sort_keys=True) if kept else None,
        source_file="",
        source_row=position,
        raw_pointer=f"sha256:{digest}#{position}",
    )
