"""Landing: one asset per spider. What to fetch is decided by the landing folder, never here.

Keys end in ``_files`` because the graph of the UI shows only the last part of a key, and the raw
view over the files is named like the spider.
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import dagster as dg
from pydantic import Field

from orchestration.collect import (
    EXIT_CODE,
    FETCHED,
    FINISHED,
    SETTLED,
    CollectionError,
    crawl,
    report_progress,
)
from orchestration.partitions import gazette_months, next_month, yearbook_years
from orchestration.progress import progress
from orchestration.raw import landed_months
from orchestration.resources import Site
from orchestration.settings import settings
from scrapers.items import LANDING_TABLES

MONTHLY_TABLES = {
    "sipo_patents": "Gazette records (公布公告) of one month as published: applications, grants, "
    "utility models and designs; spider `sipo_patents`.",
    "sipo_assignments": "Legal events (事务数据公告) of one month as published: transfers of "
    "rights (权利转移), changes of name or address, licences, pledges and all others; spider "
    "`sipo_assignments`.",
    "policy_documents": "Provincial documents on university-industry-research cooperation "
    "(产学研政策文件) of one month as published; spider `policy_documents`.",
}
YEARBOOK_TABLES = {
    "citystat_city_years": "City table of the statistical yearbook (城市统计年鉴) of one year, "
    "every value as printed; spider `citystat_city_years`.",
    "citystat_province_years": "Province table of the statistical yearbook (统计年鉴) of one year, "
    "every value as printed; spider `citystat_province_years`.",
}
IMPORTED_TABLES = {
    "gazette_csv": "Gazette listings saved as CSV by somebody else, brought in by "
    "`greenties import gazette-csv`; kept as written, damage included.",
    "imported_publications": "Publications (公布公告记录) of exports and dumps, brought in by "
    "`greenties import`; kept as written, columns without a field of their own included.",
    "imported_events": "Legal events (法律状态) of exports and dumps, brought in by "
    "`greenties import`; kept as written and as read.",
    "imported_yearbook_values": "Cells of yearbook tables (统计年鉴) that a user brought along, by "
    "`greenties import yearbook`; kept as written and in the unit of the tables.",
    "imported_policy_documents": "Provincial policy documents (产学研政策文件) that a user brought "
    "along, by `greenties import policy-documents`; kept beside what the site publishes.",
}


CRAWLED_TABLES = (*MONTHLY_TABLES, *YEARBOOK_TABLES)

# Runs whose site refused to go on: their remaining spiders ask nothing either. Steps of a run share
# one process (orchestration/defs/resources.py).
_refused: dict[str, CollectionError] = {}


def landing_key(table: str) -> dg.AssetKey:
    """Key of the landing asset of a table."""
    return dg.AssetKey(["landing", f"{table}_files"])


class CollectConfig(dg.Config):
    """What a crawl may be told beside its partitions."""

    refetch_months: str = Field(
        default="",
        description="First and last month YYYY-MM:YYYY-MM, both included, to fetch whole and "
        "compare by content: corrections that nobody counted are found.",
    )
    ignore_pause: bool = Field(
        default=False, description="Start although the site wants to be left alone for a while."
    )


def _collect(
    context: dg.AssetExecutionContext, site: Site, table: str, config: CollectConfig
) -> Iterator[Any]:
    """Crawl the partitions of this run; log one materialisation per month that the crawl settles.

    A month that the source and the landing folder agree on is not materialised again, unless this
    instance has never heard of it. The asset yields no output of its own: that would claim the
    whole range at once, months that failed included.
    """
    yearly = table in YEARBOOK_TABLES
    keys = list(context.partition_keys)
    first = f"{keys[0]}-01" if yearly else keys[0]
    until = f"{int(keys[-1]) + 1}-01" if yearly else next_month(keys[-1])
    key = landing_key(table)
    known = context.instance.get_materialized_partitions(key)
    progress().step(f"collect {table}", len(keys))
    settled: set[str] = set()
    rows = 0
    refetch = config.refetch_months.partition(":")
    if (before := _refused.get(context.run.run_id)) is not None:
        raise dg.Failure(
            description=f"{table}: nothing was asked, the site refused before. {before}",
            metadata={EXIT_CODE: before.exit_code},
            allow_retries=False,
        )
    try:
        with site.opened() as base_url:
            for report in crawl(
                settings(),
                table,
                base_url,
                from_month=first,
                until_month=until,
                refetch=(refetch[0], refetch[2] or refetch[0]) if refetch[0] else None,
                ignore_pause=config.ignore_pause,
            ):
                event = report.get("event")
                if event == FINISHED:
                    context.log_event(_statistics(key, report))
                    continue
                month = str(report.get("landing_month", ""))[: 4 if yearly else 7]
                if month not in keys:
                    continue
                if event in FETCHED:
                    rows += int(report.get("rows") or 0)
                if event in FETCHED or (event == "unchanged" and month not in known):
                    context.log_event(materialization(key, table, month, report, yearly=yearly))
                if event == "failed":
                    context.log.error(f"{table} {month}: {report.get('reason')}")
                if event in SETTLED:
                    settled.add(month)
                report_progress(len(settled), len(keys), rows)
    except CollectionError as error:
        if error.is_refusal:
            _refused[context.run.run_id] = error
        raise dg.Failure(
            description=str(error),
            metadata={
                EXIT_CODE: error.exit_code,
                "failed_months": dg.MetadataValue.table(
                    [
                        dg.TableRecord({"month": month, "error": name, "reason": reason})
                        for month, name, reason in error.failures
                    ]
                    or [dg.TableRecord({"month": "", "error": "", "reason": str(error)})]
                ),
            },
            allow_retries=False,
        ) from error
    yield from ()


# Figures of a crawled month that its materialisation shows, where the crawl states them.
_OF_THE_CRAWL = {
    "received": "records_received",
    "stated": "stated_total",
    "rejected": "records_rejected",
    "pages": "pages",
    "page_bytes": "page_bytes",
    "resumed_pages": "resumed_pages",
    "requests": "requests",
    "retries": "retries",
    "seconds": "seconds",
    "mode": "mode",
    "exit_code": EXIT_CODE,
}


def materialization(
    key: dg.AssetKey, table: str, partition: str, report: Mapping[str, Any], *, yearly: bool
) -> dg.AssetMaterialization:
    """A landed month, or year, with what its file holds and what the crawl said of it."""
    month = f"{partition}-01-01" if yearly else f"{partition}-01"
    folder = settings().landing_dir / table / f"landing_month={month}"
    current = json.loads((folder / "current.json").read_text(encoding="utf-8"))
    figures = {
        name: report[field]
        for field, name in _OF_THE_CRAWL.items()
        if report.get(field) is not None
    }
    seconds, received = report.get("seconds"), report.get("received")
    if seconds and received is not None:
        figures["records_per_second"] = round(received / seconds, 1)
    if report.get("slices"):
        figures["slices"] = dg.MetadataValue.json(report["slices"])
    if report.get("statuses"):
        figures["http_statuses"] = dg.MetadataValue.json(report["statuses"])
    return dg.AssetMaterialization(
        asset_key=key,
        partition=partition,
        metadata={
            "dagster/partition_row_count": int(current["rows"]),
            "records_landed": int(current["rows"]),
            EXIT_CODE: 0,
            **figures,
            "content_id": current["content_id"],
            "sha256": current["sha256"],
            "bytes": int(current["bytes"]),
            "site_counters": dg.MetadataValue.json(current["site_counters"]),
            "synthetic": bool(current["synthetic"]),
            "file": dg.MetadataValue.path(Path(folder / current["file"])),
        },
    )


def _statistics(key: dg.AssetKey, report: Mapping[str, Any]) -> dg.AssetObservation:
    """The figures of a whole crawl, as an observation of its asset."""
    return dg.AssetObservation(
        asset_key=key,
        description="Figures of the whole crawl",
        metadata={
            name: dg.MetadataValue.json(value) if isinstance(value, dict | list) else value
            for name, value in report.items()
            if name not in {"event", "table"} and value is not None
        },
    )


def _spec(table: str, description: str, **options: Any) -> dg.AssetSpec:
    columns = [
        dg.TableColumn(name, str(hint))
        for name, hint in LANDING_TABLES[table].__annotations__.items()
    ]
    return dg.AssetSpec(
        key=landing_key(table),
        description=description,
        group_name="landing",
        metadata={"dagster/column_schema": dg.TableSchema(columns)},
        **options,
    )


def _landing_asset(
    table: str, description: str, partitions: dg.PartitionsDefinition[Any]
) -> dg.AssetsDefinition:
    @dg.multi_asset(
        name=f"collect_{table}",
        specs=[
            _spec(
                table,
                description,
                skippable=True,
                kinds={"scrapy", "parquet"},
                partitions_def=partitions,
            )
        ],
        backfill_policy=dg.BackfillPolicy.single_run(),
        pool="site",  # one crawl of the publisher at a time
    )
    def collect(
        context: dg.AssetExecutionContext, config: CollectConfig, site: Site
    ) -> Iterator[Any]:
        yield from _collect(context, site, table, config)

    return collect


def _stated_check(table: str) -> dg.AssetChecksDefinition:
    @dg.asset_check(
        asset=landing_key(table),
        name="stated_total_is_landed",
        description="The records landed of every month are as many as the site states (总数核对).",
        blocking=False,
    )
    def stated_total_is_landed() -> dg.AssetCheckResult:
        months = [m for m in landed_months(settings().landing_dir) if m.table_name == table]
        stated = [m for m in months if m.stated is not None]
        wrong = [m for m in stated if m.stated != m.rows]
        return dg.AssetCheckResult(
            passed=not wrong,
            metadata={
                "months": len(months),
                "months_with_a_total": len(stated),
                "stated": sum(m.stated or 0 for m in stated),
                "landed": sum(m.rows for m in stated),
                "differing": ", ".join(
                    f"{m.landing_month:%Y-%m}: {m.stated} stated, {m.rows} landed" for m in wrong
                )
                or "none",
            },
        )

    return stated_total_is_landed


@dg.definitions
def landing() -> dg.Definitions:
    """Gazette spiders by month, yearbook spiders by year, tables filled by import."""
    months, years = gazette_months(settings()), yearbook_years(settings())
    return dg.Definitions(
        assets=[
            *(_landing_asset(name, text, months) for name, text in MONTHLY_TABLES.items()),
            *(_landing_asset(name, text, years) for name, text in YEARBOOK_TABLES.items()),
            *(
                _spec(name, text, kinds={"csv", "parquet"})
                for name, text in IMPORTED_TABLES.items()
            ),
        ],
        asset_checks=[_stated_check(name) for name in MONTHLY_TABLES],
    )
