"""The whole line: collect what changed, build when anything changed, publish.

Everything happens as Dagster runs on the instance of the data folder; what is to be done is decided
from the landing folder and from what is published, never from the history of runs.
"""

from __future__ import annotations

import contextlib
import fcntl
import re
import shutil
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import dagster as dg

from orchestration.build_identity import BuildIdentity, as_row, build_identity, columns
from orchestration.collect import (
    EXIT_CODE,
    REFUSALS,
    CollectionReport,
    ledger_position,
    ledger_report,
)
from orchestration.dbt_project import PARSED_FOLDER
from orchestration.fingerprints import Fingerprint
from orchestration.method import MethodSettings
from orchestration.partitions import month_range
from orchestration.progress import progress
from orchestration.publish import is_database, release_rows, stated_fingerprints
from orchestration.reference_tables import check_reference_tables
from orchestration.settings import Settings
from orchestration.site import open_site
from scrapers.errors import CrawlInterruptedError, LandingBusyError

if TYPE_CHECKING:
    from dagster import DagsterInstance

KEPT_DBT_RUNS = 5
OF_THE_LINE = "greenties/line"  # tag of runs that only happen under the lock of the data folder
MONTHS_NAMED = 4  # more are counted
_OURS = re.compile(r"(orchestration|scrapers|analysis)[\w.]*\.\w+: ")
_QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


class LineError(RuntimeError):
    """A step failed; what was published before stays published.

    Attributes
    ----------
    exit_code : int
        What a command ends with: that of the first failure of collection, else 1.
    """

    def __init__(self, message: str, *, exit_code: int = 1) -> None:
        super().__init__(message)
        self.exit_code = exit_code


class BusyError(LineError):
    """Another process works on this data folder."""


@dataclass(slots=True)
class Outcome:
    """What a run of the line did."""

    collected: CollectionReport | None = None
    built: bool = False
    fingerprints: dict[str, Fingerprint] = field(default_factory=dict)
    changed: list[str] = field(default_factory=list)  # tables whose fingerprint changed
    identity: BuildIdentity | None = None

    @property
    def summary(self) -> str:
        """What happened, in a few lines for a person."""
        lines = []
        if self.collected is not None:
            lines.append(_collection_sentence(self.collected))
        tables = len(self.fingerprints)
        if not self.built:
            lines.append(
                f"Nothing changed since the last build: all {tables} published tables, and their "
                "fingerprints, stay as they are."
            )
        elif len(self.changed) == tables:
            lines.append(f"Published {tables} tables, all of them new or changed.")
        elif self.changed:
            same = tables - len(self.changed)
            lines.append(f"Published {tables} tables, {same} of them as they were.")
            lines.append(f"Changed: {', '.join(self.changed)}.")
        else:
            lines.append(f"Published {tables} tables; no fingerprint changed.")
        return "\n".join(lines)


def _collection_sentence(report: CollectionReport) -> str:
    asked = f"Asked the site for {report.asked:,} month totals"
    if not report.fetched:
        return f"{asked}; nothing is new, nothing was fetched."
    return f"{asked}; fetched {len(report.fetched):,} ({_named(report)}), {report.rows:,} records."


def _named(report: CollectionReport) -> str:
    """The months that were fetched when they are few, else how many of each table."""
    if len(report.fetched) <= MONTHS_NAMED:
        months = sorted(report.fetched, key=lambda pair: (pair[1], pair[0]))
        return ", ".join(f"{table} {month}" for table, month in months)
    counts = Counter(table for table, _ in report.fetched)
    return ", ".join(f"{counts[table]:,} of {table}" for table in sorted(counts))


def run_line(
    current: Settings,
    instance: DagsterInstance,
    *,
    crawl: bool,
    months: tuple[str, str] | None = None,
    force: bool = False,
) -> Outcome:
    """Collect, build and publish, each only as far as needed.

    Parameters
    ----------
    crawl : bool
        Ask the site and fetch what changed; otherwise use what is landed.
    months : tuple of two str, optional
        Half-open range YYYY-MM to ask for; the whole window of the settings without it.
    force : bool
        Build even when nothing changed.

    Raises
    ------
    LineError
        If a step failed.
    BusyError
        If another process works on this data folder.
    ReferenceTableError
        If a table that replaces a seed cannot be used; nothing was done then.
    """
    with exclusive_folder(current):
        check_reference_tables(current)
        end_dead_runs(instance)
        outcome = Outcome()
        if crawl:
            outcome.collected, error = _collect(current, instance, months)
            if error is not None:
                raise error
        identity = build_identity(current, MethodSettings())
        before = _published(current)
        outcome.identity = identity
        if not force and _published_identity(current) == as_row(identity):
            outcome.fingerprints = before
            return outcome
        _run(instance, "build", _raw_range(current, instance, outcome.collected))
        outcome.built = True
        outcome.fingerprints = _published(current)
        outcome.changed = sorted(
            name
            for name in before.keys() | outcome.fingerprints.keys()
            if before.get(name) != outcome.fingerprints.get(name)
        )
        _forget_old_dbt_runs(current)
        return outcome


def load(
    current: Settings,
    instance: DagsterInstance,
    *,
    months: tuple[str, str] | None = None,
    tables: Collection[str] | None = None,
    recheck: int = 0,
    ignore_pause: bool = False,
) -> tuple[CollectionReport, LineError | None]:
    """Collect and build nothing.

    Parameters
    ----------
    months : tuple of two str, optional
        Half-open range YYYY-MM to ask for; the whole window of the settings without it.
    tables : collection of str, optional
        Landing tables to collect; all crawled ones without it.
    recheck : int
        So many months before the asked ones, within the window, are fetched whole and compared by
        content; of the whole window its last ones.
    ignore_pause : bool
        Start although the site wants to be left alone.

    Returns
    -------
    CollectionReport
        What happened, failures included.
    LineError or None
        The first failure.

    Raises
    ------
    BusyError
        If another process works on this data folder.
    """
    with exclusive_folder(current):
        end_dead_runs(instance)
        return _collect(
            current, instance, months, tables=tables, recheck=recheck, ignore_pause=ignore_pause
        )


def _collect(
    current: Settings,
    instance: DagsterInstance,
    months: tuple[str, str] | None,
    *,
    tables: Collection[str] | None = None,
    recheck: int = 0,
    ignore_pause: bool = False,
) -> tuple[CollectionReport, LineError | None]:
    from orchestration.defs.landing import MONTHLY_TABLES, YEARBOOK_TABLES, landing_key

    position = ledger_position(current)
    refetch = _months_to_recheck(current, months, recheck)
    if refetch and months:
        months = (refetch[0], months[1])
    first_error: LineError | None = None
    progress().step("site" if current.site_url else "embedded office")
    with open_site(current) as url:
        progress().step("plan the collection")  # Dagster notes every month it will ask for
        for job, known, tags, wanted in (
            ("collect_yearbooks", YEARBOOK_TABLES, _year_tags(current, months), _years(refetch)),
            ("collect", MONTHLY_TABLES, _range_tags(current, months), refetch),
        ):
            chosen = [table for table in known if tables is None or table in tables]
            if not chosen:
                continue
            told: dict[str, Any] = {"ignore_pause": ignore_pause}
            if wanted:
                told["refetch_months"] = f"{wanted[0]}:{wanted[-1]}"
            config = {
                "resources": {"site": {"config": {"base_url": url}}},
                "ops": {f"collect_{table}": {"config": told} for table in chosen},
            }
            try:
                _run(instance, job, tags, config, assets=[landing_key(table) for table in chosen])
            except LineError as error:
                first_error = first_error or error
                if error.exit_code in REFUSALS:
                    break
            progress().step("plan the months")
    return ledger_report(current, position), first_error


def _months_to_recheck(
    current: Settings, months: tuple[str, str] | None, recheck: int
) -> list[str]:
    """Months before the asked ones, or the last ones of the window when all are asked."""
    window = month_range(current.from_month, current.until_month)
    if not recheck:
        return []
    if months is None:
        return window[-recheck:]
    return [month for month in window if month < months[0]][-recheck:]


def _years(months: Sequence[str]) -> list[str]:
    """The months in which the yearbooks of these months stand."""
    return [f"{year}-01" for year in sorted({month[:4] for month in months})]


def _range_tags(current: Settings, months: tuple[str, str] | None) -> dict[str, str]:
    keys = month_range(*(months or (current.from_month, current.until_month)))
    return _tags(keys[0], keys[-1])


def _raw_range(
    current: Settings, instance: DagsterInstance, collected: CollectionReport | None
) -> dict[str, str]:
    """Months for which the raw views are reported again; the views hold all months every time.

    A report per month and table costs more than the views themselves, so that only months are
    named that were fetched now or that this instance has not heard of.
    """
    window = month_range(current.from_month, current.until_month)
    known = set(instance.get_materialized_partitions(dg.AssetKey(["raw", "sipo_patents"])))
    news = {month for _, month in collected.fetched} if collected is not None else set(window)
    wanted = [month for month in window if month in news or month not in known]
    return _tags(*((wanted[0], wanted[-1]) if wanted else (window[-1], window[-1])))


def _year_tags(current: Settings, months: tuple[str, str] | None) -> dict[str, str]:
    keys = month_range(*(months or (current.from_month, current.until_month)))
    return _tags(keys[0][:4], keys[-1][:4])


def _tags(first: str, last: str) -> dict[str, str]:
    return {
        "dagster/asset_partition_range_start": first,
        "dagster/asset_partition_range_end": last,
    }


def end_dead_runs(instance: DagsterInstance) -> None:
    """End runs of the line whose process was killed, and free what they held.

    Whoever calls this holds the data folder, so that no run of the line can be alive. A run that
    was killed keeps its place in a pool for ever, and the next one would wait for it for ever.
    """
    ends = (
        dg.DagsterRunStatus.SUCCESS,
        dg.DagsterRunStatus.FAILURE,
        dg.DagsterRunStatus.CANCELED,
    )
    unfinished = dg.RunsFilter(
        tags={OF_THE_LINE: "true"},
        statuses=[status for status in dg.DagsterRunStatus if status not in ends],
    )
    for run in instance.get_runs(filters=unfinished):
        instance.report_run_failed(run, "The process of this run ended before the run did.")
    storage = instance.event_log_storage
    for run_id in storage.get_concurrency_run_ids():
        held_by = instance.get_run_by_id(run_id)
        if held_by is None or held_by.is_finished:
            storage.free_concurrency_slots_for_run(run_id)


def _run(
    instance: DagsterInstance,
    job: str,
    tags: Mapping[str, str],
    config: Mapping[str, Any] | None = None,
    *,
    assets: Sequence[dg.AssetKey] | None = None,
) -> None:
    """Run a job of the code location in this process, recorded on the instance."""
    from orchestration.definitions import defs

    resolved = defs().resolve_job_def(job)
    result = resolved.execute_in_process(
        instance=instance,
        tags={**tags, OF_THE_LINE: "true"},
        run_config={**_QUIET, **(config or {})},
        raise_on_error=False,
        asset_selection=assets,
    )
    if not result.success:
        if any(_was_interrupted(event) for event in result.all_events):
            raise LineError(
                "interrupted. What was done stays; running the same again goes on from there",
                exit_code=CrawlInterruptedError.exit_code,
            )
        raise LineError(_reason(result.all_events), exit_code=_exit_code(result.all_events))


def _was_interrupted(event: dg.DagsterEvent) -> bool:
    """Tell whether a step ended because this process was told to stop."""
    if not event.is_step_failure or event.step_failure_data.error is None:
        return False
    error = event.step_failure_data.error
    while error.cause is not None:
        error = error.cause
    return error.cls_name == dg.DagsterExecutionInterruptedError.__name__


def _exit_code(events: Sequence[dg.DagsterEvent]) -> int:
    """The code that the first failed step of collection states."""
    for event in events:
        if event.is_step_failure and event.step_failure_data.user_failure_data is not None:
            stated = event.step_failure_data.user_failure_data.metadata.get(EXIT_CODE)
            if stated is not None and isinstance(stated.value, int):
                return stated.value
    return 1


def _reason(events: Sequence[dg.DagsterEvent]) -> str:
    """The first failure of a run in the words of whoever raised it."""
    for event in events:
        if not event.is_step_failure:
            continue
        data = event.step_failure_data
        if data.user_failure_data is not None and data.user_failure_data.description:
            return str(data.user_failure_data.description)
        error = data.error
        # An error of our own says what was wrong and where; the one behind it only how it showed.
        while error is not None and error.cause is not None and not _OURS.match(error.message):
            error = error.cause
        message = str(error.message).strip() if error is not None else ""
        return f"{event.step_key}: {_OURS.sub('', message)}"
    for event in events:
        if event.is_failure:
            return str(event.message)
    return "the run did not finish"


def _published(current: Settings) -> dict[str, Fingerprint]:
    import duckdb

    try:
        return stated_fingerprints(current.data_dir / "published")
    except duckdb.Error:
        return {}  # nothing is published, or what is there is damaged


def _published_identity(current: Settings) -> list[Any] | None:
    """The row of ``meta.builds``, when a whole release is in place."""
    import duckdb

    folder = current.data_dir / "published"
    try:
        tables = stated_fingerprints(folder)
        found = release_rows(folder, "builds", columns())
    except duckdb.Error:
        return None  # no release, a damaged one, or one of a version that recorded other things
    if not current.report_path.exists() or not is_database(current.published_path):
        return None
    if not all((folder / f"{table}.parquet").exists() for table in tables):
        return None
    return list(found[0]) if len(found) == 1 else None


@contextlib.contextmanager
def exclusive_folder(current: Settings) -> Iterator[None]:
    """Hold the right to change a data folder; the lock ends with the process that holds it.

    Raises
    ------
    BusyError
        If another process works on it.
    """
    current.data_dir.mkdir(parents=True, exist_ok=True)
    with (current.data_dir / ".lock").open("a") as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise BusyError(
                f"another greenties process works on {current.data_dir}; wait until it is done",
                exit_code=LandingBusyError.exit_code,
            ) from error
        yield


def _forget_old_dbt_runs(current: Settings) -> None:
    folder = current.dagster_home / "dbt"
    if folder.is_dir():
        folders = (path for path in folder.iterdir() if path.name != PARSED_FOLDER)
        runs = sorted(folders, key=lambda path: path.stat().st_mtime)
        for old in runs[:-KEPT_DBT_RUNS]:
            shutil.rmtree(old, ignore_errors=True)
