"""The release that readers open: database, Parquet, report, tables, figures, switched at once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dagster as dg

from orchestration.build_identity import build_identity
from orchestration.defs.warehouse import dbt_selections
from orchestration.method import MethodSettings
from orchestration.progress import progress
from orchestration.publish import PUBLIC_SCHEMAS, PublishError, publish
from orchestration.raw import changed_since_refresh
from orchestration.resources import Warehouse
from orchestration.settings import settings

WAREHOUSE_KEY = dg.AssetKey(["published", "warehouse"])
REPORT_KEY = dg.AssetKey(["published", "report"])
TABLES_KEY = dg.AssetKey(["published", "tables"])
FIGURES_KEY = dg.AssetKey(["published", "figures"])


def _files(data_dir: Path, folder: str, exports: tuple[str, ...]) -> dict[str, Any]:
    """Metadata about exported files: folder, number, name and size of each."""
    names = [name for name in exports if name.startswith(f"{folder}/")]
    return {
        "path": dg.MetadataValue.path(data_dir / folder),
        "files": len(names),
        "list": dg.MetadataValue.table(
            [
                dg.TableRecord({"file": name, "bytes": (data_dir / name).stat().st_size})
                for name in names
            ]
            or [dg.TableRecord({"file": "", "bytes": 0})]
        ),
    }


@dg.definitions
def published() -> dg.Definitions:
    """One op for all: database, report and files are released together or not at all."""
    public = sorted(
        (
            key
            for selection in dbt_selections()
            for key in selection.keys
            if key.path[0] in PUBLIC_SCHEMAS
        ),
        key=lambda key: key.to_user_string(),
    )

    @dg.multi_asset(
        name="publish",
        specs=[
            dg.AssetSpec(
                WAREHOUSE_KEY,
                deps=public,
                description="`published.duckdb` and `published/*.parquet` (发布数据): marts, "
                "reports and `meta` as tables with constraints and comments, in the last build "
                "whose checks passed.",
                group_name="published",
                kinds={"duckdb", "parquet"},
            ),
            dg.AssetSpec(
                REPORT_KEY,
                deps=[WAREHOUSE_KEY],
                description="`report/index.html` (报告): one self-contained page with tables, map "
                "and figures, made from the published database alone.",
                group_name="published",
                kinds={"html"},
            ),
            dg.AssetSpec(
                TABLES_KEY,
                deps=[WAREHOUSE_KEY],
                description="`tables/` (表格): Tables 1 to 5 and those that the text of the paper "
                "needs, in Chinese and English, as HTML, LaTeX, Word, Excel and CSV.",
                group_name="published",
                kinds={"html", "excel"},
            ),
            dg.AssetSpec(
                FIGURES_KEY,
                deps=[WAREHOUSE_KEY],
                description="`figures/` (图): figures and maps in Chinese and English as SVG, PDF "
                "and PNG, and what they draw as CSV.",
                group_name="published",
                kinds={"svg", "pdf"},
            ),
        ],
        pool="duckdb_writer",
    )
    def publish_release(warehouse: Warehouse) -> Iterator[dg.MaterializeResult[None]]:
        from orchestration.exports import export_release
        from orchestration.report import render_report

        current = settings()
        progress().step("publish")
        identity = build_identity(current, MethodSettings())
        with warehouse.connect() as connection:
            if changed := changed_since_refresh(connection, current.landing_dir, MethodSettings()):
                more = f" and {len(changed) - 3:,} more" if len(changed) > 3 else ""
                raise PublishError(
                    f"what is landed is not what was built ({', '.join(changed[:3])}{more}): it "
                    "changed meanwhile; build again"
                )
        release = publish(current, identity, render=render_report, export=export_release)
        yield dg.MaterializeResult(
            asset_key=WAREHOUSE_KEY,
            metadata={
                "path": dg.MetadataValue.path(current.published_path),
                "release": release.folder.name,
                "build_id": release.build_id,
                "dagster/row_count": sum(f.row_count for f in release.fingerprints.values()),
                "tables": dg.MetadataValue.table(
                    [
                        dg.TableRecord(
                            {"table": name, "rows": f.row_count, "fingerprint": f.fingerprint}
                        )
                        for name, f in sorted(release.fingerprints.items())
                    ]
                    or [dg.TableRecord({"table": "", "rows": 0, "fingerprint": ""})]
                ),
            },
        )
        yield dg.MaterializeResult(
            asset_key=REPORT_KEY,
            metadata={
                "path": dg.MetadataValue.path(current.report_path),
                "bytes": current.report_path.stat().st_size,
            },
        )
        for key in (TABLES_KEY, FIGURES_KEY):
            yield dg.MaterializeResult(
                asset_key=key,
                metadata=_files(current.data_dir, key.path[-1], release.exports),
            )

    return dg.Definitions(assets=[publish_release])
