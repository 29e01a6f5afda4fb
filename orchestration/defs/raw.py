"""Schema ``raw``: views over the landing files that count. Keys equal those of the dbt sources."""

from collections.abc import Iterator
from pathlib import Path

import dagster as dg

from orchestration.defs.landing import (
    IMPORTED_TABLES,
    MONTHLY_TABLES,
    YEARBOOK_TABLES,
    landing_key,
)
from orchestration.method import MethodSettings
from orchestration.partitions import gazette_months
from orchestration.progress import progress
from orchestration.raw import landed_months, refresh_raw
from orchestration.reference_tables import check_reference_tables
from orchestration.resources import Warehouse
from orchestration.secrets import person_key
from orchestration.settings import settings

LANDED_TABLES = [*MONTHLY_TABLES, *YEARBOOK_TABLES, *IMPORTED_TABLES]
# Relations beside the landing tables, with the landing tables they are made from.
CONTEXT_RELATIONS = {
    "landed_months": (
        LANDED_TABLES,
        "One row per landing table and month: rows, pages, totals stated and received, archive, "
        "synthetic or real.",
    ),
    "import_rejections": (
        [*IMPORTED_TABLES],
        "Rows that an importer had to refuse (拒收记录), with reason and pointer.",
    ),
    "method_settings": ([], "The method settings (方法设定) of this build, one row."),
    "person_key": (
        [],
        "The key under which names of natural persons (自然人姓名) are published; never published "
        "itself.",
    ),
}


def raw_key(relation: str) -> dg.AssetKey:
    """Key of a relation of schema ``raw``, equal to that of the dbt source."""
    return dg.AssetKey(["raw", relation])


def _refresh(warehouse: Warehouse) -> dict[str, int]:
    current = settings()
    check_reference_tables(current)  # dbt would read them as they are
    flags = [month.synthetic for month in landed_months(current.landing_dir)]
    with warehouse.connect(read_only=False) as connection:
        # It holds the key of persons' names from now on: as private as the file of the key.
        Path(warehouse.path).chmod(0o600)
        return refresh_raw(
            connection,
            landing_dir=current.landing_dir,
            method=MethodSettings(),
            person_key=person_key(current.data_dir, synthetic=flags),
            newest_first=current.newest_first,
        )


def _spec(relation: str, description: str, upstream: list[str], **options: object) -> dg.AssetSpec:
    return dg.AssetSpec(
        key=raw_key(relation),
        deps=[landing_key(table) for table in upstream],
        description=description,
        group_name="raw",
        kinds={"duckdb", "view"},
        **options,  # type: ignore[arg-type]
    )


@dg.definitions
def raw() -> dg.Definitions:
    """Crawled gazette tables by month, everything else whole."""
    months = gazette_months(settings())

    @dg.multi_asset(
        name="raw_gazette",
        specs=[
            _spec(table, f"View over the landed months. {text}", [table], partitions_def=months)
            for table, text in MONTHLY_TABLES.items()
        ],
        backfill_policy=dg.BackfillPolicy.single_run(),
        pool="duckdb_writer",
    )
    def raw_gazette(
        context: dg.AssetExecutionContext, warehouse: Warehouse
    ) -> Iterator[dg.MaterializeResult[None]]:
        progress().step("raw views")
        rows = _refresh(warehouse)
        wanted = set(context.partition_keys)
        for month in landed_months(settings().landing_dir):
            partition = f"{month.landing_month:%Y-%m}"
            if month.table_name in MONTHLY_TABLES and partition in wanted:
                context.add_asset_metadata(
                    {"dagster/partition_row_count": month.rows, "content_id": month.content_id},
                    asset_key=raw_key(month.table_name),
                    partition_key=partition,
                )
        for table in MONTHLY_TABLES:
            yield dg.MaterializeResult(
                asset_key=raw_key(table), metadata={"dagster/row_count": rows[table]}
            )

    @dg.multi_asset(
        name="raw_tables",
        specs=[
            *(
                _spec(table, f"View over the landed files. {text}", [table])
                for table, text in {**YEARBOOK_TABLES, **IMPORTED_TABLES}.items()
            ),
            *(
                _spec(name, text, [*upstream])
                for name, (upstream, text) in CONTEXT_RELATIONS.items()
            ),
        ],
        pool="duckdb_writer",
    )
    def raw_tables(warehouse: Warehouse) -> Iterator[dg.MaterializeResult[None]]:
        rows = _refresh(warehouse)
        for table in [*YEARBOOK_TABLES, *IMPORTED_TABLES, *CONTEXT_RELATIONS]:
            yield dg.MaterializeResult(
                asset_key=raw_key(table), metadata={"dagster/row_count": rows[table]}
            )

    return dg.Definitions(assets=[raw_gazette, raw_tables])
