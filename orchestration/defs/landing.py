"""Landing: one asset per spider. What to fetch is decided by the landing folder, never here.

Keys end in ``_files`` because the graph of the UI shows only the last part of a key, and the raw
view over the files is named like the spider.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dagster as dg

from orchestration.collect import FETCHED, CollectionError, crawl, report_progress
from orchestration.partitions import gazette_months, next_month, yearbook_years
from orchestration.progress import progress
from orchestration.resources import Site
from orchestration.settings import settings
from scrapers.items import LANDING_TABLES

GAZETTE_TABLES = {
    "sipo_patents": "Gazette records (公布公告) of one month as published: applications, grants, "
    "utility models and designs; spider `sipo_patents`.",
    "sipo_assignments": "Legal events (事务数据公告) of one month as published: transfers of "
    "rights (权利转移) and changes of name or address; spider `sipo_assignments`.",
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
    "policy_documents": "Provincial documents on university-industry-research cooperation "
    "(产学研政策文件) as published.",
}


def landing_key(table: str) -> dg.AssetKey:
    """Key of the landing asset of a table."""
    return dg.AssetKey(["landing", f"{table}_files"])


def _collect(context: dg.AssetExecutionContext, site: Site, table: str) -> Iterator[Any]:
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
    try:
        with site.opened() as base_url:
            for report in crawl(settings(), table, base_url, from_month=first, until_month=until):
                month = str(report.get("landing_month", ""))[: 4 if yearly else 7]
                if month not in keys:
                    continue
                event = report.get("event")
                if event in FETCHED:
                    rows += int(report.get("rows") or 0)
                if event in FETCHED or (event == "unchanged" and month not in known):
                    context.log_event(_materialization(key, table, month, yearly=yearly))
                if event in {*FETCHED, "unchanged", "absent", "failed"}:
                    settled.add(month)
                report_progress(len(settled), len(keys), rows)
    except CollectionError as error:
        raise dg.Failure(description=str(error), allow_retries=False) from error
    yield from ()


def _materialization(
    key: dg.AssetKey, table: str, partition: str, *, yearly: bool
) -> dg.AssetMaterialization:
    month = f"{partition}-01-01" if yearly else f"{partition}-01"
    folder = settings().landing_dir / table / f"landing_month={month}"
    current = json.loads((folder / "current.json").read_text(encoding="utf-8"))
    return dg.AssetMaterialization(
        asset_key=key,
        partition=partition,
        metadata={
            "dagster/partition_row_count": int(current["rows"]),
            "content_id": current["content_id"],
            "sha256": current["sha256"],
            "bytes": int(current["bytes"]),
            "site_counters": dg.MetadataValue.json(current["site_counters"]),
            "synthetic": bool(current["synthetic"]),
            "file": dg.MetadataValue.path(Path(folder / current["file"])),
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
    def collect(context: dg.AssetExecutionContext, site: Site) -> Iterator[Any]:
        yield from _collect(context, site, table)

    return collect


@dg.definitions
def landing() -> dg.Definitions:
    """Two gazette spiders by month, two yearbook spiders by year, one table filled by import."""
    months, years = gazette_months(settings()), yearbook_years(settings())
    return dg.Definitions(
        assets=[
            *(_landing_asset(name, text, months) for name, text in GAZETTE_TABLES.items()),
            *(_landing_asset(name, text, years) for name, text in YEARBOOK_TABLES.items()),
            *(
                _spec(name, text, kinds={"csv", "parquet"})
                for name, text in IMPORTED_TABLES.items()
            ),
        ]
    )
