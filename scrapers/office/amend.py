"""Corrections after the fact: change a record of one month and say so in its counter.

A gazette corrects misprints. The house number of an address, a title or a registration day changes;
city, year and parties stay, so that an amendment never touches the truth of the country.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Iterable
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Literal

from scrapers.office.catalogue import EVENTS_TABLE, PATENTS_TABLE, POLICY_TABLE

Table = Literal["sipo_patents", "sipo_assignments", "policy_documents"]
TABLES: tuple[Table, ...] = ("sipo_patents", "sipo_assignments", "policy_documents")

# Table of the store and the three columns that name a record: day, place of that day, source.
_STORED = {
    PATENTS_TABLE: ("publication", "gazette_date", "seq", "source"),
    EVENTS_TABLE: ("event", "gazette_date", "seq", "event_type"),
    POLICY_TABLE: ("policy_document", "published_date", "0", "document_id"),
}

_MONTH = re.compile(r"\d{4}-(0[1-9]|1[0-2])")
_HOUSE = re.compile(r"(?<=\D)(\d{1,6})号(?!线)")
_EFFECTIVE = re.compile(r"(登记生效日:\s*(?:\d{4}\.\d{1,2}\.|\d{6}))(\d{1,2})")
_CORRECTED = re.compile(r"（更正(\d+)）$")

_CORRECTION_SCHEMA = """
CREATE TABLE correction (
    table_name TEXT NOT NULL,
    month TEXT NOT NULL,
    source TEXT NOT NULL,
    n INTEGER NOT NULL,
    PRIMARY KEY (table_name, month, source)
)
"""
_AMENDMENT_SCHEMA = """
CREATE TABLE IF NOT EXISTS amendment (
    amendment_id INTEGER PRIMARY KEY,
    table_name TEXT NOT NULL,
    month TEXT NOT NULL,
    source TEXT NOT NULL,
    gazette_date TEXT NOT NULL,
    seq INTEGER NOT NULL,
    field TEXT NOT NULL,
    before TEXT NOT NULL,
    after TEXT NOT NULL
)
"""
_AMENDMENT_COLUMNS = "table_name, month, source, gazette_date, seq, field, before, after"


class AmendError(Exception):
    """A month that cannot be amended: no such month, or no text in it that a gazette corrects."""


@dataclass(frozen=True, slots=True)
class Amendment:
    """One corrected field of one record.

    ``source`` is the event type of a legal event, the id of a policy document.
    """

    table_name: str
    month: str
    source: str
    gazette_date: str
    seq: int
    field: str
    before: str
    after: str


def _connect(store: Path) -> sqlite3.Connection:
    if not store.is_file():
        raise AmendError(f"no store at {store}; build or serve the office first")
    return sqlite3.connect(store, timeout=30, isolation_level=None)


def prepare_store(store: Path) -> None:
    """Make sure that the store can hold corrections by source; repeating it changes nothing.

    Raises
    ------
    AmendError
        If there is no store, or its corrections were counted without a source.
    """
    connection = _connect(store)
    try:
        columns = {row[1] for row in connection.execute("PRAGMA table_info(correction)")}
        if "source" not in columns:
            connection.execute("BEGIN IMMEDIATE")
            if columns and connection.execute("SELECT count(*) FROM correction").fetchone()[0]:
                raise AmendError(f"{store} counts corrections without a source; build it again")
            connection.execute("DROP TABLE IF EXISTS correction")
            connection.execute(_CORRECTION_SCHEMA)
            connection.execute("COMMIT")
        connection.execute(_AMENDMENT_SCHEMA)
    finally:
        connection.close()


def amend(store: Path, month: str, table: Table = "sipo_patents") -> Amendment:
    """Correct one record of a month and raise the month's correction counter, both or neither.

    Parameters
    ----------
    store : Path
        ``country.sqlite``; a site that serves it shows the change at once.
    month : str
        ``YYYY-MM``.
    table : {'sipo_patents', 'sipo_assignments', 'policy_documents'}
        Gazette records, legal events or policy documents.

    Returns
    -------
    Amendment
        What was changed. Each call takes the next correctable record of the month, and after the
        last one begins again with another change.

    Raises
    ------
    AmendError
        If the month is malformed or holds nothing that can be corrected.
    """
    if _MONTH.fullmatch(month) is None:
        raise AmendError(f"not a month (YYYY-MM): {month!r}")
    prepare_store(store)
    connection = _connect(store)
    try:
        connection.execute("BEGIN IMMEDIATE")
        (earlier,) = connection.execute(
            "SELECT count(*) FROM amendment WHERE table_name = ? AND month = ?", (table, month)
        ).fetchone()
        amendment = _next_amendment(connection, month, table, earlier)
        _apply(connection, amendment)
        connection.execute("COMMIT")
    finally:
        connection.close()  # an open transaction is rolled back
    return amendment


def amendments(store: Path) -> list[Amendment]:
    """Return everything that was amended in a store, oldest first; empty without a store."""
    if not store.is_file():
        return []
    prepare_store(store)
    connection = _connect(store)
    try:
        rows = connection.execute(
            f"SELECT {_AMENDMENT_COLUMNS} FROM amendment ORDER BY amendment_id"
        )
        return [Amendment(*row) for row in rows]
    finally:
        connection.close()


def replay(store: Path, earlier: Iterable[Amendment]) -> None:
    """Apply amendments of an earlier build of the same country to a fresh store.

    Raises
    ------
    AmendError
        If a record does not hold the text that was corrected, that is, if it is another country.
    """
    prepare_store(store)
    connection = _connect(store)
    try:
        connection.execute("BEGIN IMMEDIATE")
        for amendment in earlier:
            _apply(connection, amendment)
        connection.execute("COMMIT")
    finally:
        connection.close()


def _next_amendment(
    connection: sqlite3.Connection, month: str, table: str, earlier: int
) -> Amendment:
    if table == PATENTS_TABLE:
        attempts: tuple[_Attempt, ...] = (
            (_patent_texts("address"), _next_house),
            (_patent_texts("title"), _next_title),
        )
    elif table == EVENTS_TABLE:
        attempts = ((_event_texts(), _next_house), (_event_texts(), _earlier_day))
    elif table == POLICY_TABLE:
        attempts = ((_policy_titles(), _next_title),)
    else:
        raise AmendError(f"no table {table!r}; amend {' or '.join(TABLES)}")
    for (sql, field), correct in attempts:
        rows = connection.execute(sql, (f"{month}-01", f"{month}-31")).fetchall()
        correctable = [(row, after) for row in rows if (after := correct(row[3])) is not None]
        if correctable:
            (source, day, seq, before), after = correctable[earlier % len(correctable)]
            return Amendment(table, month, source, day, seq, field, before, after)
    raise AmendError(f"{table} holds nothing to correct in {month}")


_Attempt = tuple[tuple[str, str], Callable[[str], str | None]]


def _policy_titles() -> tuple[str, str]:
    return (
        "SELECT document_id, published_date, 0, title FROM policy_document "
        "WHERE published_date BETWEEN ? AND ? ORDER BY published_date, document_id",
        "title",
    )


def _patent_texts(column: str) -> tuple[str, str]:
    # by place in the issue first, so that repeated amendments pass through all four sources
    return (
        f"SELECT source, gazette_date, seq, {column} FROM publication "
        f"WHERE gazette_date BETWEEN ? AND ? AND {column} IS NOT NULL "
        "ORDER BY seq, source, gazette_date",
        column,
    )


def _event_texts() -> tuple[str, str]:
    return (
        "SELECT event_type, gazette_date, seq, text FROM event "
        "WHERE gazette_date BETWEEN ? AND ? ORDER BY gazette_date, seq",
        "text",
    )


def _apply(connection: sqlite3.Connection, amendment: Amendment) -> None:
    table, day, seq, source = _STORED[amendment.table_name]
    changed = connection.execute(
        f"UPDATE {table} SET {amendment.field} = ? "
        f"WHERE {day} = ? AND {seq} = ? AND {source} = ? AND {amendment.field} = ?",
        (
            amendment.after,
            amendment.gazette_date,
            amendment.seq,
            amendment.source,
            amendment.before,
        ),
    ).rowcount
    if changed != 1:
        raise AmendError(f"{changed} records hold the text to correct: {amendment}")
    connection.execute(
        f"INSERT INTO amendment ({_AMENDMENT_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        astuple(amendment),
    )
    connection.execute(
        "INSERT INTO correction (table_name, month, source, n) VALUES (?, ?, ?, 1) "
        "ON CONFLICT (table_name, month, source) DO UPDATE SET n = n + 1",
        (amendment.table_name, amendment.month, amendment.source),
    )


# ---------------------------------------------------------------- what a gazette corrects


def _next_house(text: str) -> str | None:
    """Return the text with its first house number two higher, so that no text ever returns."""
    if _HOUSE.search(text) is None:
        return None
    return _HOUSE.sub(lambda match: f"{int(match[1]) + 2}号", text, count=1)


def _next_title(text: str) -> str | None:
    match = _CORRECTED.search(text)
    if match is None:
        return f"{text}（更正1）"
    return f"{text[: match.start()]}（更正{int(match[1]) + 1}）"


def _earlier_day(text: str) -> str | None:
    """Return the text with the registration day one lower in the same month, none on the first."""
    match = _EFFECTIVE.search(text)
    if match is None or int(match[2]) <= 1:
        return None
    day = str(int(match[2]) - 1).zfill(0 if "." in match[1] else 2)
    return f"{text[: match.start()]}{match[1]}{day}{text[match.end() :]}"
