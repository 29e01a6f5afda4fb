"""What an import left in a landing folder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from scrapers.landing import current_file, current_months


def landed_rows(data_dir: Path, table: str) -> list[dict[str, Any]]:
    """Return the rows of a table that count, month by month."""
    landing = data_dir / "landing"
    rows: list[dict[str, Any]] = []
    for month in current_months(landing, table):
        path = current_file(landing, table, month)
        assert path is not None
        rows += [{**row, "month": month} for row in pq.ParquetFile(path).read().to_pylist()]
    return rows


def refused_rows(data_dir: Path) -> list[dict[str, Any]]:
    """Return the refused rows and fields of all imports."""
    return [
        row
        for path in sorted((data_dir / "landing" / "import_rejections").glob("*.parquet"))
        for row in pq.ParquetFile(path).read().to_pylist()
    ]
