"""The formats ``bulk-biblio`` and ``bulk-legal-status``: the office's bulk XML into landing.

A folder (one a day), zip files or XML files are handed over; see :mod:`.bulk_xml` for how they are
read and ``maps/bulk_*.toml`` for the elements.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from orchestration.importing.bulk_xml import event_of, load_map, publication_of, records
from orchestration.importing.core import ImportFormat, Members, Options, Reading, Source
from orchestration.importing.dates import month_of
from orchestration.importing.numbers import application_no_state, publication_no_is_intact
from scrapers.errors import ImportFileError
from scrapers.items import ImportedEvent, ImportedPublication
from scrapers.parsers.events import parse_event_text

_SUFFIXES = (".zip", ".xml")
# A number with another check digit than its digits have is nobody's damage that could be told: it
# lands as written, and the warehouse, which judges check digits, refuses it.
LANDING_STATES = ("intact", "check_digit_wrong")


def bulk_sources(paths: Sequence[Path]) -> list[Members]:
    """Group what was given: a zip file by itself, the XML files of one folder together.

    Raises
    ------
    ImportFileError
        If a folder holds neither.
    """
    found: list[Members] = []
    for path in paths:
        if not path.is_dir():
            found.append((path.name, [(path.name, path)]))
            continue
        inside = [
            file
            for file in sorted(path.rglob("*"))
            if file.is_file()
            and file.suffix.lower() in _SUFFIXES
            and not any(part.startswith(".") for part in file.relative_to(path).parts)
        ]
        if not inside:
            raise ImportFileError("the folder holds neither zip nor XML files", file=path.name)
        loose: dict[str, list[tuple[str, Path]]] = {}
        for file in inside:
            name = f"{path.name}/{file.relative_to(path).as_posix()}"
            if file.suffix.lower() == ".zip":
                found.append((name, [(name, file)]))
            else:
                loose.setdefault(name.rpartition("/")[0], []).append((name, file))
        found.extend(loose.items())
    return found


def read_biblio(source: Source, options: Options) -> Reading:
    """Read bibliographic records; a record without number or day of publication is refused."""
    reading = Reading(source, encoding="xml")
    tag = str(load_map("bulk_biblio")["record"])
    for file in source.files:
        for record in records(file.path, file.name, tag, reading.notes):
            reading.n_rows += 1
            values = publication_of(record.element)
            refusal = _why_no_publication(values)
            if refusal is not None:
                field, value, reason, rule = refusal
                reading.refuse(
                    record.number, reason, rule=rule, field=field, value=value, file=file
                )
                continue
            month = month_of(values["publication_date"])
            assert month is not None  # else it was refused
            reading.land(
                month,
                ImportedPublication(
                    source_format="bulk_biblio",
                    **values,
                    **reading.origin(record.number, file=file),
                ),
            )
    return reading


def _why_no_publication(values: dict[str, Any]) -> tuple[str, str | None, str, str] | None:
    """Return field, value, reason and rule of what makes a record useless, or None."""
    number, date = values["publication_no"], values["publication_date"]
    if number is None:
        return "publication_no", None, "publication_no_missing", "number_of_document"
    if not publication_no_is_intact(number):
        return "publication_no", number, "publication_no_unreadable", "number_of_document"
    if month_of(date) is None:
        reason = "publication_date_missing" if date is None else "publication_date_unreadable"
        return "publication_date", date, reason, "month_of_publication_date"
    if "" in values["applicants"]:
        return "applicants", None, "applicant_without_name", "every_party_has_a_name"
    return None


def read_legal_status(source: Source, options: Options) -> Reading:
    """Read legal status records; text and codes as written, parties as the event parser reads."""
    reading = Reading(source, encoding="xml")
    tag = str(load_map("bulk_legal_status")["record"])
    wrong = 0
    for file in source.files:
        for record in records(file.path, file.name, tag, reading.notes):
            reading.n_rows += 1
            values = event_of(record.element)
            refusal = _why_no_event(values)
            if refusal is not None:
                field, value, reason, rule = refusal
                reading.refuse(
                    record.number, reason, rule=rule, field=field, value=value, file=file
                )
                continue
            month = month_of(values["event_date"])
            assert month is not None  # else it was refused
            del values["withdrawn"]
            wrong += application_no_state(values["application_no"]) == "check_digit_wrong"
            reading.land(
                month,
                event_item(
                    "bulk_legal_status",
                    publication_no=None,
                    **values,
                    **reading.origin(record.number, file=file),
                ),
            )
    note_check_digits(reading, wrong)
    return reading


def note_check_digits(reading: Reading, wrong: int) -> None:
    """Say how many landed numbers have another check digit than their digits."""
    if wrong:
        reading.notes.append(
            f"{wrong:,} application numbers have another check digit than their digits; they land "
            "as written and the warehouse refuses them"
        )


def _why_no_event(values: dict[str, Any]) -> tuple[str, str | None, str, str] | None:
    number, date = values["application_no"], values["event_date"]
    if values["withdrawn"] is not None:
        return "status", values["withdrawn"], "withdrawn_by_publisher", "status_of_record"
    if number is None:
        return "application_no", None, "no_number", "number_of_application"
    if application_no_state(number) not in LANDING_STATES:
        return "application_no", number, "application_no_unreadable", "number_of_application"
    if month_of(date) is None:
        reason = "event_date_missing" if date is None else "event_date_unreadable"
        return "event_date", date, reason, "month_of_event_date"
    return None


# Most events of a gazette day have one of a few hundred texts.
_parsed = lru_cache(maxsize=1 << 15)(parse_event_text)


def event_item(
    source_format: str,
    *,
    application_no: str | None,
    publication_no: str | None,
    event_date: str,
    event_code: str | None,
    event_type: str | None,
    event_text: str | None,
    other_fields: str | None,
    source_file: str,
    source_row: int,
    raw_pointer: str,
) -> ImportedEvent:
    """Return a legal event with what its text says."""
    parsed = _parsed(event_text or "", event_type or event_code or "")
    return ImportedEvent(
        source_format=source_format,
        application_no=application_no,
        publication_no=publication_no,
        event_date=event_date,
        event_code=event_code,
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
        other_fields=other_fields,
        source_file=source_file,
        source_row=source_row,
        raw_pointer=raw_pointer,
    )


BULK_BIBLIO = ImportFormat(
    name="bulk-biblio",
    table="imported_publications",
    summary="Bibliographic bulk data of the office (XML, zip, folder).",
    read=read_biblio,
    sources=bulk_sources,
)
BULK_LEGAL_STATUS = ImportFormat(
    name="bulk-legal-status",
    table="imported_events",
    summary="Legal status bulk data of the office (XML, zip, folder).",
    read=read_legal_status,
    sources=bulk_sources,
)
