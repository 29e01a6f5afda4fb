"""Reference cases of econometrics (numbers computed by other software)."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl
import pytest


@dataclass(frozen=True)
class Case:
    """One reference case: its description and its data files."""

    folder: Path
    spec: dict[str, Any]
    expected: dict[str, Any]

    def read(self, name: str = "data.csv") -> pl.DataFrame:
        return pl.read_csv(self.folder / name, infer_schema_length=None)


@pytest.fixture
def econ(shared: Path) -> Callable[[str], Case]:
    """Open a case of ``cases/econ`` by name."""
    root = shared / "cases" / "econ"

    def open_case(name: str) -> Case:
        case = json.loads((root / name / "case.json").read_text(encoding="utf-8"))
        return Case(root / name, case["spec"], case["expected"])

    return open_case
