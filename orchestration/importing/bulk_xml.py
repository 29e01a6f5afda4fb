"""The office's bulk XML (标准化数据): bibliography and legal status, as folders, zips or files.

Elements are told by their local names, which stand in ``maps/bulk_*.toml``. A file is read as a
stream, record by record; no entity is resolved, nothing is fetched and nothing is unpacked to disk.
"""

from __future__ import annotations

import json
import tomllib
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from lxml import etree

from orchestration.importing.archives import members
from orchestration.importing.numbers import application_no_state
from scrapers.errors import ImportFileError, TruncatedFileError, UnknownColumnError

MAPS = Path(__file__).with_name("maps")
_OTHER_KIND = {
    "PatentDocumentAndRelated": "greenties import bulk-biblio",
    "PRSRecord": "greenties import bulk-legal-status",
}
_LAYOUT = " \t\r\n\xa0\u3000"


class XmlFileError(ImportFileError):
    """A member is no well-formed XML, or declares entities."""

    exit_code = 77


@dataclass(frozen=True, slots=True)
class XmlRecord:
    """One record of a bulk file."""

    number: int  # position in the file that was given, 1 for the first
    member: str  # path inside the zip, "" for a plain file
    element: Any


def records(path: Path, name: str, tag: str, notes: list[str]) -> Iterator[XmlRecord]:
    """Yield the records of a bulk file: an XML file, or every XML file in a zip file.

    Parameters
    ----------
    path : Path
    name : str
        Name for messages.
    tag : str
        Local name of a record.
    notes : list of str
        Receives one line about the members that hold no record.

    Yields
    ------
    XmlRecord
        Its element is emptied when the next one is asked for.

    Raises
    ------
    ArchiveError
        If a zip file cannot be read or unpacks to more than it may.
    XmlFileError
        If a member is no well-formed XML or declares entities.
    UnknownColumnError
        If the file holds records of the other bulk kind.
    TruncatedFileError
        If it holds no record at all.
    """
    number = 0
    ignored: Counter[str] = Counter()
    for member in members(path, name):
        if _is_of_the_zip_program(member.label):
            ignored["files of the program that made the zip file"] += 1
            continue
        if member.label and not member.label.lower().endswith(".xml"):
            suffix = Path(member.label).suffix.lower() or "no suffix"
            ignored[suffix] += 1
            continue
        before = number
        root = ""
        for element in _elements(member.stream, tag, name, member.label):
            if isinstance(element, str):
                root = element
                continue
            number += 1
            yield XmlRecord(number, member.label, element)
        if number == before:
            ignored[f"XML {root}"] += 1
    if number == 0:
        found = ", ".join(f"{what} ({n:,})" for what, n in sorted(ignored.items()))
        raise TruncatedFileError(f"the file holds no {tag}", file=name, value=found or None)
    if ignored:
        parts = ", ".join(f"{n:,} {what}" for what, n in sorted(ignored.items()))
        notes.append(f"members without a record: {parts}")


def _is_of_the_zip_program(label: str) -> bool:
    """Tell the shadows that some systems put beside every file (``__MACOSX/._a.xml``)."""
    parts = label.replace("\\", "/").split("/")
    return "__MACOSX" in parts or parts[-1].startswith("._")


def _elements(stream: Any, tag: str, name: str, label: str) -> Iterator[Any]:
    """Yield every record, then the local name of the root."""
    events = etree.iterparse(
        stream,
        events=("start", "end"),
        tag=[f"{{*}}{known}" for known in _OTHER_KIND],
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        remove_comments=True,
        remove_pis=True,
        huge_tree=False,
    )
    inside = 0
    checked = False
    try:
        for event, element in events:
            local = _local(element)
            if event == "start":
                if not checked:
                    _refuse_entities(element, name, label)
                    checked = True
                inside += local == tag
                if not inside:
                    raise UnknownColumnError(
                        f"the file holds {local}, not {tag}: {_OTHER_KIND[local]}",
                        file=name,
                        value=label or None,
                    )
                continue
            inside -= local == tag
            if local != tag or inside:
                continue  # a record inside a record is part of the outer one
            yield element
            element.clear()
            while element.getprevious() is not None:
                del element.getparent()[0]
        yield _local(events.root)
    except etree.XMLSyntaxError as error:
        raise XmlFileError(
            f"no well-formed XML: {error.msg}", file=name, row=error.lineno, value=label or None
        ) from error


def _refuse_entities(element: Any, name: str, label: str) -> None:
    dtd = element.getroottree().docinfo.internalDTD
    if dtd is not None and any(True for _ in dtd.iterentities()):
        raise XmlFileError("the XML declares entities", file=name, value=label or None)


def _local(element: Any) -> str:
    return _local_name(str(element.tag))


@lru_cache(maxsize=4096)
def _local_name(tag: str) -> str:
    return tag.rpartition("}")[2]


# ------------------------------------------------------------------------------ reading elements
def find(element: Any, names: Collection[str], closed: Collection[str] = ()) -> list[Any]:
    """Return the descendants with one of these local names, in document order.

    Neither the descendants of what was found nor those of an element named in ``closed`` are
    looked at.
    """
    found: list[Any] = []
    # The walk itself is libxml's; only what bears a wanted name is looked at here.
    for match in element.iter(*[f"{{*}}{name}" for name in names]):
        if match is element:
            continue
        for above in match.iterancestors():
            if above is element:
                found.append(match)
                break
            local = _local(above)
            if local in closed or local in names:
                break
    return found


def text_of(element: Any | None) -> str | None:
    """Return all text below an element, layout white space at both ends removed; None if empty."""
    if element is None:
        return None
    return "".join(element.itertext()).strip(_LAYOUT) or None


def first_text(element: Any, names: Sequence[str], closed: Collection[str] = ()) -> str | None:
    """Return the first text below the first of these names that has any."""
    for wanted in names:
        for found in find(element, (wanted,), closed):
            text = text_of(found)
            if text is not None:
                return text
    return None


def attribute(element: Any, name: str) -> str | None:
    """Return an attribute, however it is prefixed; None where it is absent or empty."""
    for key, value in element.attrib.items():
        if str(key).rpartition("}")[2] == name:
            return str(value).strip() or None
    return None


def in_sequence(elements: Sequence[Any]) -> list[Any]:
    """Return elements in the order of their ``sequence`` attributes, if every one has its own."""
    numbers = [attribute(element, "sequence") or "" for element in elements]
    if all(n.isdecimal() for n in numbers) and len({int(n) for n in numbers}) == len(numbers):
        return [elements[i] for i in sorted(range(len(numbers)), key=lambda i: int(numbers[i]))]
    return list(elements)


def by_language(elements: Sequence[Any]) -> list[Any]:
    """Return the elements in Chinese, or without a language, if there are any; all otherwise."""
    own = [e for e in elements if (attribute(e, "lang") or "zh").lower().startswith(("zh", "cn"))]
    return own or list(elements)


def by_format(elements: Sequence[Any], formats: Sequence[str]) -> list[Any]:
    """Return references in the order of preference of their ``dataFormat``; unknown ones last."""
    place = {form: i for i, form in enumerate(formats)}
    last = len(formats)
    return sorted(elements, key=lambda e: place.get(attribute(e, "dataFormat") or "", last))


@cache
def load_map(form: str) -> dict[str, Any]:
    """Return the element map of a bulk format."""
    return tomllib.loads((MAPS / f"{form}.toml").read_text(encoding="utf-8"))


# -------------------------------------------------------------------------------------- records
def publication_of(element: Any) -> dict[str, Any]:
    """Read one bibliographic record.

    Returns
    -------
    dict
        Fields of :class:`scrapers.items.ImportedPublication` but the pointers and the format's
        name; ``applicant_addresses`` has one entry per applicant, empty where the record gives
        none. ``applicants`` holds an empty name where a party has none.
    """
    m = load_map("bulk_biblio")
    closed = frozenset(m["elsewhere"])
    root, refs, parties = m["record_attributes"], m["references"], m["parties"]
    publication = _reference(element, refs, "publication", closed)
    application = _reference(element, refs, "application", closed)
    country = attribute(element, root["country"]) or publication.get("country")
    number = attribute(element, root["number"])
    kind = attribute(element, root["kind"])
    if number is None:
        number = publication.get("number")
        kind = kind or publication.get("kind")
    applicants = in_sequence(find(element, parties["applicants"], closed))
    holders = in_sequence(find(element, parties["holders"], closed))
    named = [_party(e, parties) for e in (applicants or holders)]
    classes = m["classifications"]
    agents = in_sequence(find(element, parties["agents"], closed))
    agencies = [a for agent in agents for a in find(agent, (parties["agency"][0],))]
    open_ = closed - set(m["priorities"]["inside"])
    others: dict[str, Any] = {
        name: value for name in root["kept"] if (value := attribute(element, name)) is not None
    }
    kept = [{k: v for k, v in p.items() if v is not None} for p in named]
    if any(set(party) - {"name", "text"} for party in kept):
        others["applicants"] = kept
    if applicants and holders:
        others["holders"] = [
            {k: v for k, v in _party(e, parties).items() if v is not None} for e in holders
        ]
    if application.get("others"):
        others["application_references"] = application["others"]
    return {
        "publication_authority": country,
        "kind_label": None,
        "title": _in_language(element, m["texts"]["title"], closed),
        "publication_no": None if number is None else _glued(country, number, kind),
        "publication_date": attribute(element, root["date"]) or publication.get("date"),
        "grant_no": None,
        "grant_date": None,
        "application_no": application.get("number"),
        "application_date": application.get("date"),
        "applicants": tuple(p["name"] or "" for p in named),
        "applicant_addresses": tuple(_address(p, parties["no_city"]) for p in named),
        "applicant_countries": tuple(p["country"] or "" for p in named),
        "current_holders": (),
        "inventors": _names(element, parties["inventors"], parties, closed),
        "postcode": named[0]["postcode"] if named else None,
        "region": named[0]["province"] if named else None,
        "ipc": _symbols(element, classes["ipc"], classes, closed),
        "cpc": _symbols(element, classes["cpc"], classes, closed),
        "locarno": _symbols(element, classes["locarno"], classes, closed),
        "agencies": tuple(
            dict.fromkeys(t for a in agencies if (t := _organisation(a)) is not None)
        ),
        "agents": tuple(
            text
            for agent in agents
            if (text := first_text(agent, ("Name",), parties["agency"])) is not None
        ),
        "priority": tuple(
            " ".join(
                text
                for part in m["priorities"]["parts"]
                if (text := first_text(claim, (part,))) is not None
            )
            for claim in in_sequence(find(element, m["priorities"]["claim"], open_))
        ),
        "abstract": _in_language(element, m["texts"]["abstract"], closed),
        "other_fields": _json(others),
    }


def event_of(element: Any) -> dict[str, Any]:
    """Read one legal status record.

    Returns
    -------
    dict
        ``application_no``, ``event_date``, ``event_code``, ``event_type``, ``event_text``,
        ``other_fields`` of :class:`scrapers.items.ImportedEvent` (None where the record says
        nothing), and ``withdrawn``: the value that takes an earlier record back, or None.
    """
    m = load_map("bulk_legal_status")
    application = _reference(element, m["references"], "application", frozenset())
    values = {field: first_text(element, names) for field, names in m["fields"].items()}
    known = {name for names in m["fields"].values() for name in names}
    known.update(m["references"]["application"])
    others: dict[str, Any] = {
        str(key).rpartition("}")[2]: value for key, value in sorted(element.attrib.items())
    }
    for child in element:
        if isinstance(child.tag, str) and _local(child) not in known:
            text = text_of(child)
            if text is not None:
                others[_local(child)] = text
    if application.get("date"):
        others["application_date"] = application["date"]
    if application.get("others"):
        others["application_references"] = application["others"]
    state = attribute(element, m["withdrawn"]["attribute"])
    return {
        **values,
        "application_no": application.get("number"),
        "other_fields": _json(others),
        "withdrawn": state if (state or "").upper() in m["withdrawn"]["values"] else None,
    }


def _reference(
    element: Any, refs: dict[str, Any], which: str, closed: Collection[str]
) -> dict[str, Any]:
    """Read the preferred reference to a document; the others as ``others``."""
    found = by_format(find(element, refs[which], closed), refs[f"{which}_formats"])
    read = []
    for reference in found:
        values = {
            part: text
            for part in ("number", "date", "country", "kind")
            if part in refs and (text := first_text(reference, (refs[part],))) is not None
        }
        if values.get("number"):
            read.append((attribute(reference, "dataFormat") or "", values))
    if not read:
        return {}
    if which == "application":
        # A form that no table uses goes behind one that does, whatever it is called; a number whose
        # check digit disagrees is no other form, and the one beside it no correction.
        used = ("intact", "check_digit_wrong")
        read.sort(key=lambda form: application_no_state(form[1]["number"]) not in used)
    result: dict[str, Any] = dict(read[0][1])
    # The wanted form of the number may come without the day: the other form is the same document.
    for part in ("date", "country", "kind"):
        if part not in result:
            result[part] = next((v[part] for _, v in read[1:] if part in v), None)
    others = {
        form or "other": v["number"] for form, v in read[1:] if v["number"] != read[0][1]["number"]
    }
    if others:
        result["others"] = others
    return result


def _party(element: Any, names: dict[str, Any]) -> dict[str, str | None]:
    books = by_language(find(element, ("AddressBook",))) or [element]
    book = books[0]
    closed = frozenset(names["agency"])
    return {
        "name": first_text(book, names["name"], closed),
        "country": first_text(book, names["country"], closed),
        "province": first_text(book, (names["province"],), closed),
        "city": first_text(book, (names["city"],), closed),
        "county": first_text(book, (names["county"],), closed),
        "postcode": first_text(book, (names["postcode"],), closed),
        "text": first_text(book, (names["text"],), closed),
    }


def _address(party: dict[str, str | None], no_city: Collection[str]) -> str:
    """Return the address of a party as written.

    Where the written text names neither province nor city, the parts that the record gives beside
    it are put before it: the text alone would say less than the record.
    """
    text = party["text"] or ""
    parts = [
        part
        for key in ("province", "city", "county")
        if (part := party[key]) is not None and part not in no_city
    ]
    if any(part in text or (len(part) > 2 and part[:-1] in text) for part in parts):
        return text
    if not parts:
        return text
    return "".join(dict.fromkeys(parts)) + text


def _names(
    element: Any, tags: Sequence[str], parties: dict[str, Any], closed: Collection[str]
) -> tuple[str, ...]:
    found = in_sequence(find(element, tags, closed))
    return tuple(name for e in found if (name := _party(e, parties)["name"]) is not None)


def _organisation(agency: Any) -> str | None:
    return first_text(agency, ("OrganizationName", "Name")) or text_of(agency)


def _in_language(element: Any, tags: Sequence[str], closed: Collection[str]) -> str | None:
    for found in by_language(find(element, tags, frozenset(closed) - set(tags))):
        text = text_of(found)
        if text is not None:
            return text
    return None


def _symbols(
    element: Any, tags: Sequence[str], classes: dict[str, Any], closed: Collection[str]
) -> tuple[str, ...]:
    """Return classification symbols as written, the first one of the record first."""
    symbols: list[str] = []
    for found in in_sequence(find(element, tags, closed)):
        texts = [t for e in find(found, classes["text"]) if (t := text_of(e)) is not None]
        if not texts:
            for kind in ("main", "further"):
                texts += [t for e in find(found, classes[kind]) if (t := text_of(e)) is not None]
        if not texts:
            section, main, sub, group, subgroup = (
                first_text(found, (part,)) or "" for part in classes["parts"]
            )
            if section and group:
                texts = [f"{section}{main}{sub}{group}/{subgroup}"]
            elif len(found) == 0 and (text := text_of(found)) is not None:
                texts = [text]
        symbols += texts
    return tuple(dict.fromkeys(symbols))


def _glued(country: str | None, number: str, kind: str | None) -> str:
    text = number if country is None or number.startswith(country) else country + number
    return text if kind is None or text[-1:].isalpha() else text + kind


def _json(values: dict[str, Any]) -> str | None:
    return json.dumps(values, ensure_ascii=False, sort_keys=True) if values else None
