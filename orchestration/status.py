"""What a data folder holds, what is published from it, and what differs between the two."""

from __future__ import annotations

import datetime as dt
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from orchestration.build_identity import BuildIdentity, as_row, build_identity, columns
from orchestration.method import MethodSettings
from orchestration.publish import release_rows, stated_fingerprints
from orchestration.raw import LandedMonth, RawLayerError, landed_months, unfinished_imports
from orchestration.settings import Settings
from scrapers.errors import LandingError
from scrapers.hosts import HostState, host_states
from scrapers.landing import read_ledger

LAST_SHOWN = 5  # lines of the ledger

_MEANING = {
    "settings_hash": "method settings changed",
    "content_hash": "landed data changed",
    "dbt_hash": "dbt project or a table that replaces a seed changed",
    "code_hash": "analysis or publishing code changed",
    "package_versions": "packages changed",
    "python_version": "Python changed",
    "person_key": "key of persons' names changed",
}


@dataclass(frozen=True, slots=True)
class LandedTable:
    """What is landed of one table."""

    table: str
    months: int
    first: str
    last: str
    rows: int
    synthetic: bool


@dataclass(frozen=True, slots=True)
class LedgerLine:
    """One line of the ledger, for a person."""

    at: str
    event: str
    table: str
    month: str
    detail: str


@dataclass(slots=True)
class FolderStatus:
    """The state of a data folder."""

    landed: list[LandedTable] = field(default_factory=list)
    last: list[LedgerLine] = field(default_factory=list)  # changes and failures, newest last
    failed: list[LedgerLine] = field(default_factory=list)  # months whose newest outcome failed
    pauses: list[tuple[str, str, str]] = field(default_factory=list)  # host, until, because
    problems: list[str] = field(default_factory=list)
    release: str | None = None
    tables: int = 0
    rows: int = 0
    stale: list[str] = field(default_factory=list)  # why the published tables are out of date


def folder_status(current: Settings) -> FolderStatus:
    """Compare landing folder and release; nothing is changed."""
    status = FolderStatus()
    identity: BuildIdentity | None = None
    _read_ledger(current, status)
    _read_pauses(current, status)
    status.problems.extend(unfinished_imports(current.landing_dir))
    try:
        months = landed_months(current.landing_dir)
        status.landed = [
            _table(name, list(group)) for name, group in groupby(months, lambda m: m.table_name)
        ]
        if months:
            identity = build_identity(current, MethodSettings())
    except RawLayerError as error:
        status.problems.append(f"{error}; `greenties run` fetches it again")
        status.stale = ["the landing folder is not whole"]
    import duckdb

    if not current.published_path.exists():
        status.stale.append("nothing is published")
        return status
    try:
        fingerprints = stated_fingerprints(current.data_dir / "published")
    except duckdb.Error as error:
        status.problems.append(f"the release cannot be read: {error}")
        status.stale.append("the release is damaged")
        return status
    status.release = current.current_release.resolve().name
    status.tables = len(fingerprints)
    status.rows = sum(found.row_count for found in fingerprints.values())
    if identity is not None:
        status.stale = _differences(current, identity)
    return status


def _read_ledger(current: Settings, status: FolderStatus) -> None:
    newest: dict[tuple[str, str], LedgerLine] = {}
    last: deque[LedgerLine] = deque(maxlen=LAST_SHOWN)
    try:
        for line in read_ledger(current.landing_dir):
            if line.get("event") == "asked":
                continue
            read = _ledger_line(line)
            newest[read.table, read.month] = read
            if read.event != "unchanged":
                last.append(read)
    except LandingError as error:
        status.problems.append(str(error))
    status.last = list(last)
    status.failed = [
        line for _, line in sorted(newest.items()) if line.event in {"failed", "interrupted"}
    ]


def _ledger_line(line: Mapping[str, Any]) -> LedgerLine:
    rows = "" if line.get("rows") is None else f"{line['rows']:,} rows"
    return LedgerLine(
        at=str(line.get("at", "")),
        event=str(line.get("event", "")),
        table=str(line.get("table", "")),
        month=str(line.get("landing_month", ""))[:7],
        detail=str(line.get("reason") or rows),
    )


def _read_pauses(current: Settings, status: FolderStatus) -> None:
    now = dt.datetime.now(dt.UTC)
    for host, state in host_states(current.landing_dir).items():
        until = HostState(current.landing_dir, host).paused_until(now)
        if until is not None:
            status.pauses.append((host, until.isoformat(), str(state.get("because"))))


def _table(name: str, months: list[LandedMonth]) -> LandedTable:
    days = [f"{month.landing_month:%Y-%m}" for month in months]
    return LandedTable(
        name,
        len(months),
        min(days),
        max(days),
        sum(month.rows for month in months),
        any(month.synthetic for month in months),
    )


def _differences(current: Settings, identity: BuildIdentity) -> list[str]:
    import duckdb

    try:
        (row,) = release_rows(current.data_dir / "published", "builds", columns())
    except duckdb.Error:
        return ["published by another version of greenties"]
    wanted = dict(zip(columns(), as_row(identity), strict=True))
    published = dict(zip(columns(), row, strict=True))
    return [text for name, text in _MEANING.items() if wanted[name] != published[name]]
