"""Whole warehouses, built once per session through the command line, as a user would."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def greenties(
    data_dir: Path, *arguments: str, **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run the console command on a data folder; output goes to the test log."""
    env = {name: value for name, value in os.environ.items() if "GREENTIES_METHOD" not in name}
    env |= {"GREENTIES_DATA_DIR": str(data_dir), **environment}
    started = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-m", "orchestration.cli", *arguments],
        cwd=ROOT,
        env=env,
        text=True,
        capture_output=True,
        check=False,
    )
    print(
        f"greenties {' '.join(arguments)}: exit {done.returncode}, "
        f"{time.monotonic() - started:.0f} s\n{done.stdout[-4000:]}\n{done.stderr[-4000:]}"
    )
    return done


@pytest.fixture(scope="session")
def country(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """Build the country of a seed once and return its data folder.

    ``GREENTIES_ACCEPTANCE_DIR`` keeps the folders between sessions.
    """
    built: dict[tuple[str, ...], Path] = {}

    def build(seed: int, records: int = 60_000, dirt: str = "default") -> Path:
        key = (str(seed), str(records), dirt)
        if key not in built:
            keep = os.environ.get("GREENTIES_ACCEPTANCE_DIR")
            name = "-".join(key)
            folder = Path(keep) / name if keep else tmp_path_factory.mktemp(name)
            folder.mkdir(parents=True, exist_ok=True)
            size = {"GREENTIES_OFFICE_SEED": str(seed), "GREENTIES_OFFICE_RECORDS": str(records)}
            done = greenties(folder, "run", "--dirt", dirt, **size)
            assert done.returncode == 0, done.stderr[-4000:]
            built[key] = folder
        return built[key]

    return build
