"""The store of the office: one SQLite file that the site serves, complete or absent."""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import sqlite3
import zlib
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from scrapers.office.events import event_type
from scrapers.office.ledger import Event, Ledger, Patent, Publication
from scrapers.office.numbers import FIRST_YEAR, LAST_YEAR
from scrapers.office.truth import truth_files
from scrapers.office.yearbook import CITY_COLUMNS, PROVINCE_COLUMNS

STORE_NAME = "country.sqlite"
STORE_VERSION = "5"
NOTICE = (
    "Synthetic country: every person, organisation, patent and event is invented; only cities and "
    "the symbols of the classification are real."
)
PUBLICATION_COLUMNS = (
    "source", "gazette_date", "seq", "publication_no", "application_no", "application_date",
    "title", "applicants", "inventors", "address", "ipc", "agency", "agents", "priority",
    "domestic_priority", "pct_entry_date", "pct_application", "pct_publication",
    "cited_documents", "divisional_of", "bio_deposit", "abstract",
)  # fmt: skip

_SCHEMA = f"""
create table publication (
    source text not null check (source in ('pip', 'pig', 'pug', 'pdg')),
    gazette_date text not null,
    seq integer not null,
    publication_no text not null,
    application_no text not null,
    application_date text not null,
    {", ".join(f"{name} text" for name in PUBLICATION_COLUMNS[6:])},
    primary key (source, gazette_date, seq)
) without rowid;
create table event (
    gazette_date text not null, seq integer not null, application_no text not null,
    event_type text not null, text text not null,
    primary key (gazette_date, seq)
) without rowid;
create table policy_document (
    document_id text primary key, published_date text not null, province_name text not null,
    title text not null, document_no text, issuers text not null, issued_date text,
    text text not null
) without rowid;
create table yearbook_city ({", ".join(f"{name} text" for name in CITY_COLUMNS)},
    primary key (year, adcode)) without rowid;
create table yearbook_province ({", ".join(f"{name} text" for name in PROVINCE_COLUMNS)},
    primary key (year, province_code)) without rowid;
create table meta (key text primary key, value text not null) without rowid;
create table correction (table_name text not null, month text not null, n integer not null,
    primary key (table_name, month)) without rowid;
create table truth (name text primary key, content blob not null) without rowid;
"""
_INDEXES = """
create index publication_by_application on publication (application_no);
create index event_by_application on event (application_no);
create index policy_by_day on policy_document (published_date, document_id);
"""


def publication_rows(ledger: Ledger) -> Iterator[tuple[object, ...]]:
    """Yield the rows of table ``publication`` by source, day and sequence.

    Sets the sequence number of every publication in the ledger.
    """
    by_day: dict[tuple[str, dt.date], list[tuple[Publication, Patent]]] = defaultdict(list)
    for patent in ledger.patents:
        for publication in patent.publications:
            by_day[publication.source, publication.day].append((publication, patent))
    for source, day in sorted(by_day):
        entries = sorted(by_day[source, day], key=lambda e: (e[0].publication_no, e[1].number))
        for seq, (publication, patent) in enumerate(entries, start=1):
            publication.seq = seq
            texts = ledger.texts[patent.number]
            small = texts.small
            yield (
                source,
                day.isoformat(),
                seq,
                publication.publication_no,
                publication.application_no,
                publication.filed,
                texts.title,
                _json(_as_printed(publication)),
                _json(patent.inventors),
                publication.address,
                _json(texts.ipc),
                small.agency,
                _json(small.agents),
                small.priority,
                small.domestic_priority,
                small.pct_entry_date,
                small.pct_application,
                small.pct_publication,
                small.cited_documents(publication),
                small.divisional_of,
                small.bio_deposit,
                texts.abstract,
            )


def _as_printed(publication: Publication) -> list[str]:
    """Return one name for every printed position; two applicants may share one."""
    return list(dict(zip(publication.positions, publication.names, strict=True)).values())


def event_rows(ledger: Ledger) -> Iterator[tuple[object, ...]]:
    """Yield the rows of table ``event``; a repeated event stands twice.

    Transfers and changes come first on their day, those of `draw_successions` last. Sets the
    sequence number of every event.
    """
    seq: dict[dt.date, int] = defaultdict(int)
    yield from _transfer_rows(ledger.events, seq)
    for proceeding in ledger.proceedings:
        for repeat, listed_type in enumerate([proceeding.event_type, *proceeding.repeats]):
            seq[proceeding.gazette_day] += 1
            if repeat == 0:
                proceeding.seq = seq[proceeding.gazette_day]
                if proceeding.event is not None:
                    proceeding.event.seq = proceeding.seq
            yield (
                proceeding.gazette_day.isoformat(),
                seq[proceeding.gazette_day],
                proceeding.application_no or proceeding.patent.application_no,
                listed_type,
                proceeding.text,
            )
    yield from _transfer_rows(ledger.later_events, seq)


def _transfer_rows(
    events: list[Event], seq: dict[dt.date, int]
) -> Iterator[tuple[object, ...]]:  # fmt: skip
    for event in events:
        for repeat in range(event.repeats):
            seq[event.gazette_day] += 1
            if repeat == 0:
                event.seq = seq[event.gazette_day]
            yield (
                event.gazette_day.isoformat(),
                seq[event.gazette_day],
                event.application_no or event.patent.application_no,
                event_type(event),
                event.text,
            )


def policy_rows(ledger: Ledger) -> Iterator[tuple[object, ...]]:
    """Yield the rows of table ``policy_document`` by id."""
    for document in ledger.policy:
        yield (
            document.document_id,
            document.published,
            document.province,
            document.title,
            document.document_no,
            _json(document.issuers),
            document.issued,
            "\n".join(document.paragraphs),
        )


def _json(values: list[str]) -> str:
    return json.dumps(values, ensure_ascii=False, separators=(",", ":"))


def _meta(ledger: Ledger) -> dict[str, str]:
    return {
        "synthetic": "true",
        "notice": NOTICE,
        "version": STORE_VERSION,
        "seed": str(ledger.seed),
        "records": str(ledger.records),
        "size": str(ledger.records),
        "preset": ledger.preset,
        "shares": ledger.shares,
        "dirt": ledger.dirt.level,
        "months": f"{FIRST_YEAR}-01:{LAST_YEAR}-12",
    }


def write_store(directory: Path, ledger: Ledger) -> Path:
    """Write the store of a country under a temporary name and rename it when it is complete.

    Parameters
    ----------
    directory
        Folder of the office; made when missing.
    ledger
        The country.

    Returns
    -------
    pathlib.Path
        The finished file.
    """
    directory.mkdir(parents=True, exist_ok=True)
    final = directory / STORE_NAME
    partial = directory / f".{STORE_NAME}.partial"
    partial.unlink(missing_ok=True)
    with contextlib.closing(sqlite3.connect(partial)) as db:
        db.executescript("pragma page_size = 8192; pragma journal_mode = off;")
        db.execute("pragma synchronous = off")
        db.executescript(_SCHEMA)
        marks = ",".join("?" * len(PUBLICATION_COLUMNS))
        db.executemany(f"insert into publication values ({marks})", publication_rows(ledger))
        db.executemany("insert into event values (?,?,?,?,?)", event_rows(ledger))
        db.executemany("insert into policy_document values (?,?,?,?,?,?,?,?)", policy_rows(ledger))
        for table, columns, rows in (
            ("yearbook_city", CITY_COLUMNS, ledger.cities),
            ("yearbook_province", PROVINCE_COLUMNS, ledger.provinces),
        ):
            marks = ",".join("?" * len(columns))
            db.executemany(
                f"insert into {table} values ({marks})",
                [tuple(row[name] or None for name in columns) for row in rows],
            )
        db.executemany("insert into meta values (?,?)", sorted(_meta(ledger).items()))
        files = truth_files(ledger)
        db.executemany(
            "insert into truth values (?,?)",
            [(name, zlib.compress(files[name].encode(), 6)) for name in sorted(files)],
        )
        db.executescript(_INDEXES)
        db.commit()
    partial.replace(final)
    return final


def write_truth(truth_dir: Path, directory: Path) -> list[Path]:
    """Lay out the truth of a built country as CSV and JSON files, sorted, with LF.

    Parameters
    ----------
    truth_dir
        Folder to write to; made when missing. The pipeline never reads it.
    directory
        Folder of the office, with ``country.sqlite`` in it.

    Returns
    -------
    list of pathlib.Path
        The files written.

    Raises
    ------
    FileNotFoundError
        When there is no store.
    """
    store = directory / STORE_NAME
    if not store.is_file():
        raise FileNotFoundError(f"no country in {directory}")
    truth_dir.mkdir(parents=True, exist_ok=True)
    written = []
    with contextlib.closing(sqlite3.connect(f"file:{store}?mode=ro", uri=True)) as db:
        for name, content in db.execute("select name, content from truth order by name"):
            target = truth_dir / name
            partial = truth_dir / f".{name}.partial"
            partial.write_bytes(zlib.decompress(content))
            partial.replace(target)
            written.append(target)
    return written
