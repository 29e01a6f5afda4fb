"""Resources bound to the settings of this environment, and how runs are executed."""

from __future__ import annotations

import dagster as dg
from dagster_dbt import DbtCliResource

from orchestration.dbt_project import dbt_project
from orchestration.resources import Site, Warehouse
from orchestration.settings import settings


@dg.definitions
def resources() -> dg.Definitions:
    """One process per run: a process per step would import everything again each time."""
    current = settings()
    return dg.Definitions(
        executor=dg.in_process_executor,
        resources={
            "site": Site(),
            "warehouse": Warehouse(path=str(current.warehouse_path), threads=current.threads),
            "dbt": DbtCliResource(project_dir=dbt_project()),
        },
    )
