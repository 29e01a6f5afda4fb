"""One Dagster instance per data folder, so that no folder inherits another's history."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from orchestration.settings import REPO_ROOT, Settings
from orchestration.whole_files import replacing

if TYPE_CHECKING:
    from dagster import DagsterInstance


# What the UI loads; the name is that of [tool.dg.project].
WORKSPACE = """\
load_from:
  - python_module:
      module_name: orchestration.definitions
      location_name: greenties
"""


def prepare_home(current: Settings) -> dict[str, str]:
    """Make the instance folder of a data folder and return the environment that selects it.

    The root ``dagster.yaml`` is copied there each time, so that the settings of the project and
    those of the instance cannot drift apart.
    """
    current.dagster_home.mkdir(parents=True, exist_ok=True)
    _write(current.dagster_home / "dagster.yaml", (REPO_ROOT / "dagster.yaml").read_bytes())
    _write(current.dagster_home / "workspace.yaml", WORKSPACE.encode())
    return {
        "DAGSTER_HOME": str(current.dagster_home),
        "GREENTIES_DATA_DIR": str(current.data_dir),
    }


def _write(target: Path, wanted: bytes) -> None:
    if not target.exists() or target.read_bytes() != wanted:
        with replacing(target) as partial:
            partial.write_bytes(wanted)


@contextmanager
def open_instance(current: Settings) -> Iterator[DagsterInstance]:
    """Open the instance of a data folder for runs in this process."""
    from dagster import DagsterInstance

    os.environ.update(prepare_home(current))
    with DagsterInstance.from_config(str(current.dagster_home)) as instance:
        yield instance
