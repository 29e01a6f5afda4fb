"""Reading side of the store: what the site can look up, over one read-only connection."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from scrapers.office.pages import COUNTER_FIELDS, SOURCES, Event, PolicyDocument, Publication
from scrapers.office.query import Where, Window

STORE_NAME = "country.sqlite"
# values of correction.table_name
PATENTS_TABLE, EVENTS_TABLE = "sipo_patents", "sipo_assignments"
POLICY_TABLE = "policy_documents"
YEARBOOKS = {"city": "yearbook_city", "province": "yearbook_province"}

_TOTALS = dict(zip(SOURCES, ("numIp", "numIg", "numUg", "numDg"), strict=True))
_CORRECTIONS = dict(zip(SOURCES, ("numIpc", "numIgc", "numUgc", "numDgc"), strict=True))
_LISTS = ("applicants", "inventors", "ipc", "agents")
_COLUMNS = tuple(Publication.__slots__)
_POLICY_COLUMNS = tuple(PolicyDocument.__slots__)
_ORDERS = {
    "": "gazette_date DESC, seq",
    "0": "gazette_date DESC, seq",
    "1": "application_date, gazette_date, seq",
    "2": "application_date DESC, gazette_date, seq",
    "3": "gazette_date, seq",
    "4": "gazette_date DESC, seq",
}
SORT_METHODS = tuple(_ORDERS)
_CACHED_COUNTS = 4096


def connect_read_only(path: Path) -> sqlite3.Connection:
    """Open the store so that nothing can be written through it.

    Raises
    ------
    FileNotFoundError
        If there is no store at ``path``.
    """
    if not path.is_file():
        raise FileNotFoundError(f"no store at {path}")
    return sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True, timeout=10)


class Catalogue:
    """The records of one store; sees corrections of other processes without being reopened."""

    def __init__(self, path: Path) -> None:
        self._db = connect_read_only(path)
        self._counts: dict[tuple[object, ...], dict[str, str]] = {}
        self._version = -1

    def close(self) -> None:
        self._db.close()

    def _forget_if_changed(self) -> None:
        # rises when another connection committed: that is how an amendment becomes visible
        (version,) = self._db.execute("PRAGMA data_version").fetchone()
        if version != self._version or len(self._counts) > _CACHED_COUNTS:
            self._version = version
            self._counts.clear()

    # ------------------------------------------------------------ gazette

    def outline_counters(self, where: Where) -> Mapping[str, str]:
        """Return every counter field of the form ``#pato`` for a condition.

        Parameters
        ----------
        where : Where

        Returns
        -------
        mapping
            Totals and corrections of all four sources as text; corrections (months that the
            window touches) are empty when more than a window was asked for, because the office
            counts them by month only. Declassified records (``numIgd``, ``numUgd``) are 0.
        """
        self._forget_if_changed()
        key: tuple[object, ...] = ("outline", where)
        if key not in self._counts:
            values = dict.fromkeys(COUNTER_FIELDS, "")
            condition, arguments = _condition(where)
            for source, field in _TOTALS.items():
                row = self._db.execute(
                    f"SELECT count(*) FROM publication WHERE source = ?{condition}",
                    (source, *arguments),
                ).fetchone()
                values[field] = str(row[0])
            if where.is_window_only and where.window is not None:
                issued = self._corrections(PATENTS_TABLE, where.window)
                for source, field in _CORRECTIONS.items():
                    values[field] = str(issued.get(source, 0))
                values |= {"numIgd": "0", "numUgd": "0"}
            self._counts[key] = values
        return self._counts[key]

    def total_field(self, source: str) -> str:
        """Return the name of the counter that holds the total of a source."""
        return _TOTALS[source]

    def publications(
        self, source: str, where: Where, *, sort: str, limit: int, offset: int
    ) -> list[Publication]:
        """Return one page of gazette records in the order ``sort`` of the form."""
        condition, arguments = _condition(where)
        rows = self._db.execute(
            f"SELECT {', '.join(_COLUMNS)} FROM publication WHERE source = ?{condition} "
            f"ORDER BY {_ORDERS[sort]} LIMIT ? OFFSET ?",
            (source, *arguments, limit, offset),
        )
        return [_publication(row) for row in rows]

    def gazette_range(self) -> tuple[str, str]:
        """Return the first and the last gazette day of the store (ISO)."""
        first, last = self._db.execute(
            "SELECT min(gazette_date), max(gazette_date) FROM publication"
        ).fetchone()
        return first or "", last or ""

    # ------------------------------------------------------------ legal events

    def tran_counters(self, window: Window, event_type: str) -> Mapping[str, str]:
        """Return ``numTran`` and ``numTranc`` of a window; an empty type means all types."""
        self._forget_if_changed()
        key: tuple[object, ...] = ("tran", window, event_type)
        if key not in self._counts:
            condition, arguments = _event_condition(window, event_type)
            (total,) = self._db.execute(
                f"SELECT count(*) FROM event WHERE {condition}", arguments
            ).fetchone()
            issued = self._corrections(EVENTS_TABLE, window)
            corrections = issued.get(event_type, 0) if event_type else sum(issued.values())
            self._counts[key] = {"numTran": str(total), "numTranc": str(corrections)}
        return self._counts[key]

    def events(self, window: Window, event_type: str, *, limit: int, offset: int) -> list[Event]:
        """Return one page of the dated listing, oldest day first, in gazette order."""
        condition, arguments = _event_condition(window, event_type)
        rows = self._db.execute(
            "SELECT gazette_date, application_no, event_type, text FROM event "
            f"WHERE {condition} ORDER BY gazette_date, seq LIMIT ? OFFSET ?",
            (*arguments, limit, offset),
        )
        return [Event(*row) for row in rows]

    def events_of(self, application_no: str) -> list[Event]:
        """Return every event of one application, oldest first."""
        rows = self._db.execute(
            "SELECT gazette_date, application_no, event_type, text FROM event "
            "WHERE application_no = ? ORDER BY gazette_date, seq",
            (application_no,),
        )
        return [Event(*row) for row in rows]

    def event_types(self) -> list[str]:
        """Return the event types of the store, sorted."""
        return [
            row[0] for row in self._db.execute("SELECT DISTINCT event_type FROM event ORDER BY 1")
        ]

    # ------------------------------------------------------------ policy documents

    def policy_counters(self, window: Window) -> Mapping[str, str]:
        """Return ``numDoc`` and ``numDocc`` of a window of days of publication."""
        self._forget_if_changed()
        key: tuple[object, ...] = ("policy", window)
        if key not in self._counts:
            (total,) = self._db.execute(
                "SELECT count(*) FROM policy_document WHERE published_date BETWEEN ? AND ?",
                (window.first, window.last),
            ).fetchone()
            corrections = sum(self._corrections(POLICY_TABLE, window).values())
            self._counts[key] = {"numDoc": str(total), "numDocc": str(corrections)}
        return self._counts[key]

    def policy_documents(self, window: Window, *, limit: int, offset: int) -> list[PolicyDocument]:
        """Return one page of the listing, oldest day first."""
        rows = self._db.execute(
            f"SELECT {', '.join(_POLICY_COLUMNS)} FROM policy_document "
            "WHERE published_date BETWEEN ? AND ? "
            "ORDER BY published_date, document_id LIMIT ? OFFSET ?",
            (window.first, window.last, limit, offset),
        )
        return [_policy_document(row) for row in rows]

    def policy_document(self, document_id: str) -> PolicyDocument | None:
        """Return one document by its id."""
        row = self._db.execute(
            f"SELECT {', '.join(_POLICY_COLUMNS)} FROM policy_document WHERE document_id = ?",
            (document_id,),
        ).fetchone()
        return None if row is None else _policy_document(row)

    def policy_range(self) -> tuple[str, str]:
        """Return the first and the last day of publication of the store (ISO)."""
        first, last = self._db.execute(
            "SELECT min(published_date), max(published_date) FROM policy_document"
        ).fetchone()
        return first or "", last or ""

    # ------------------------------------------------------------ yearbooks, facts

    def yearbook(self, name: str, year: str) -> tuple[list[str], list[tuple[object, ...]]]:
        """Return header and rows of a yearbook table (``city`` or ``province``) of one year."""
        cursor = self._db.execute(
            f"SELECT * FROM {YEARBOOKS[name]} WHERE CAST(year AS TEXT) = ? ORDER BY 2", (year,)
        )
        return [column[0] for column in cursor.description], cursor.fetchall()

    def facts(self) -> dict[str, str]:
        """Return the parameters that the country was built with (table ``meta``)."""
        rows = self._db.execute("SELECT key, value FROM meta ORDER BY key")
        return {str(key): str(value) for key, value in rows}

    def _corrections(self, table: str, window: Window) -> dict[str, int]:
        rows = self._db.execute(
            "SELECT source, sum(n) FROM correction "
            "WHERE table_name = ? AND month BETWEEN ? AND ? GROUP BY source",
            (table, *window.months()),
        )
        return dict(rows)


def _condition(where: Where) -> tuple[str, tuple[str, ...]]:
    clauses, arguments = list(where.clauses), list(where.arguments)
    if where.window is not None:
        clauses.insert(0, "gazette_date BETWEEN ? AND ?")
        arguments[:0] = [where.window.first, where.window.last]
    return "".join(f" AND {clause}" for clause in clauses), tuple(arguments)


def _event_condition(window: Window, event_type: str) -> tuple[str, tuple[str, ...]]:
    if event_type:
        return "gazette_date BETWEEN ? AND ? AND event_type = ?", (
            window.first,
            window.last,
            event_type,
        )
    return "gazette_date BETWEEN ? AND ?", (window.first, window.last)


def _publication(row: tuple[str | None, ...]) -> Publication:
    values: dict[str, object] = dict(zip(_COLUMNS, row, strict=True))
    for name in _LISTS:
        text = values[name]
        values[name] = json.loads(text) if isinstance(text, str) else ()
    return Publication(**values)  # type: ignore[arg-type]


def _policy_document(row: tuple[str | None, ...]) -> PolicyDocument:
    values: dict[str, Any] = dict(zip(_POLICY_COLUMNS, row, strict=True))
    return PolicyDocument(**values | {"issuers": json.loads(values["issuers"])})
