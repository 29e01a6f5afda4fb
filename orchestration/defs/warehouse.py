"""The warehouse: every dbt model is an asset, every dbt test an asset check.

One project in four selections, because analyses stand between them: linkage between the names of
applicants and everything that counts them, two more between the edges and the panel, and one
between the panel and the reports (docs/warehouse.md).
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import dagster as dg
from dagster_dbt import (
    DagsterDbtTranslator,
    DagsterDbtTranslatorSettings,
    DbtCliResource,
    dbt_assets,
)
from dagster_dbt.errors import DagsterDbtError

from orchestration.dbt_project import ParsedProject, dbt_project
from orchestration.progress import progress
from orchestration.relation_metadata import RelationMetadata
from orchestration.resources import Warehouse
from orchestration.settings import settings

LINKS, PANEL, REPORT = "+tag:links", "tag:panel", "tag:report"


class Translator(DagsterDbtTranslator):
    """dbt's own keys and groups; only the description is cut down to the words."""

    def get_description(self, dbt_resource_props: Mapping[str, Any]) -> str:
        """Return the model's description, without the SQL that dagster-dbt would append."""
        text = str(dbt_resource_props.get("description") or "").strip()
        return text or f"dbt {dbt_resource_props['resource_type']} `{dbt_resource_props['name']}`."


def _describe(work: Path, error: Exception) -> str:
    """One line per node that failed, from dbt's own record of the run."""
    results = work / "run_results.json"
    if not results.exists():
        return f"dbt did not run: {str(error)[-1500:]}"
    lines = []
    for result in json.loads(results.read_text(encoding="utf-8"))["results"]:
        if result["status"] in {"error", "fail", "runtime error"}:
            message = re.sub(r"\s+", " ", str(result.get("message") or "")).strip()
            lines.append(f"{result['unique_id']}: {result['status']}: {message[:400]}")
    return "dbt stopped the build:\n" + "\n".join(sorted(lines) or [str(error)[-1500:]])


def _build(
    context: dg.AssetExecutionContext, dbt: DbtCliResource, warehouse: Warehouse, name: str
) -> Iterator[Any]:
    """Build a selection, then yield its events with what the finished relations look like.

    The engine has one writer: rows and columns can be read only when dbt is done.
    """
    work = settings().dagster_home / "dbt" / context.run.run_id[:8] / name
    progress().step(f"dbt: {name}", len(context.selected_asset_keys))
    # Unit tests of dbt test the code, not the data: they run with the test suite.
    command = ["build", "--exclude-resource-type", "unit_test"]
    parsed = ParsedProject(settings())
    parsed.hand_to(work)
    invocation = dbt.cli(command, context=context, target_path=work)
    events: list[Any] = []
    failure: DagsterDbtError | None = None
    try:
        for event in _counted(invocation.stream()):
            events.append(event)  # one by one: a failure must not lose those before it
    except DagsterDbtError as error:
        failure = error
    progress().detail("describing what was built")
    with warehouse.connect() as connection:
        relations = RelationMetadata(
            connection, invocation.manifest, invocation.dagster_dbt_translator, work, context.log
        )
        for event in events:
            if isinstance(event, dg.Output) and failure is None:
                unique_id = str(event.metadata["unique_id"].value)
                yield event.with_metadata({**event.metadata, **relations.describe(unique_id)})
            else:
                yield event
    parsed.keep_from(work)
    if failure is not None:
        raise dg.Failure(
            description=f"{_describe(work, failure)}\nLog: {work / 'dbt.log'}",
            allow_retries=False,
        ) from failure


def _counted(events: Iterable[Any]) -> Iterator[Any]:
    """Pass events on and tell how many models and checks are done."""
    models = checks = 0
    for event in events:
        if isinstance(event, dg.Output):
            models += 1
        else:
            checks += 1
        progress().advance(models, None, f"models, {checks:,} checks")
        yield event


def _models(name: str, select: str, exclude: str | None) -> dg.AssetsDefinition:
    project = dbt_project()

    @dbt_assets(
        manifest=project.manifest_path,
        project=project,
        name=f"dbt_{name}",
        select=select,
        exclude=exclude,
        pool="duckdb_writer",
        dagster_dbt_translator=Translator(
            DagsterDbtTranslatorSettings(enable_code_references=True)
        ),
    )
    def models(
        context: dg.AssetExecutionContext, dbt: DbtCliResource, warehouse: Warehouse
    ) -> Iterator[Any]:
        yield from _build(context, dbt, warehouse, name)

    return models


@cache
def dbt_selections() -> list[dg.AssetsDefinition]:
    """The four selections, in the order in which they are built."""
    return [
        _models("records_to_names", LINKS, None),
        _models("names_to_edges", "fqn:*", f"{LINKS} {PANEL} {REPORT}"),
        _models("panel", PANEL, None),
        _models("reports", REPORT, None),
    ]


@dg.definitions
def warehouse() -> dg.Definitions:
    """Seeds, staging, intermediate, marts, panel and reports."""
    return dg.Definitions(assets=dbt_selections())
