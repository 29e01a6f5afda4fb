"""Entry point of the Dagster code location: collects everything under ``defs/``."""

from __future__ import annotations

from pathlib import Path

import dagster as dg


@dg.definitions
def defs() -> dg.Definitions:
    """Every asset, check, job, schedule and resource of the project."""
    return dg.load_from_defs_folder(path_within_project=Path(__file__).parent)
