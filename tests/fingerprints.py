"""Fingerprints of a small synthetic country, built through the command line.

``make fingerprints`` writes them to ``tests/fixtures/fingerprints.json``;
``tests/integration/test_fingerprints.py`` compares every build with that file.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import duckdb

ROOT = Path(__file__).resolve().parents[1]
PINNED = ROOT / "tests" / "fixtures" / "fingerprints.json"
# All fifteen years, so that panel and regressions are there; few records, so that it stays fast.
COUNTRY = {"GREENTIES_OFFICE_RECORDS": "2000", "GREENTIES_OFFICE_SEED": "20191109"}

Tables = dict[str, dict[str, Any]]


def build(data_dir: Path) -> Tables:
    """Build the small country in an empty data folder and return what was published.

    Parameters
    ----------
    data_dir : Path
        Data folder, made when absent.

    Returns
    -------
    dict
        ``row_count`` and ``fingerprint`` by ``schema.table``, in order of name.

    Raises
    ------
    RuntimeError
        If ``greenties run`` fails; its words are the message.
    """
    # Settings of the developer must not decide what the pinned country is.
    inherited = {k: v for k, v in os.environ.items() if not k.startswith("GREENTIES_")}
    done = subprocess.run(
        [sys.executable, "-m", "orchestration.cli", "run"],
        cwd=ROOT,
        env={**inherited, **COUNTRY, "GREENTIES_DATA_DIR": str(data_dir)},
        text=True,
        capture_output=True,
        check=False,
    )
    if done.returncode != 0:
        raise RuntimeError(f"greenties run: exit {done.returncode}\n{done.stderr[-4000:]}")
    return stated(data_dir / "published.duckdb")


def stated(database: Path) -> Tables:
    """Read the fingerprints that a published database states, in order of name."""
    with duckdb.connect(str(database), read_only=True) as connection:
        rows = connection.execute(
            "select table_name, row_count, fingerprint from meta.table_fingerprints order by all"
        ).fetchall()
    return {name: {"row_count": n, "fingerprint": value} for name, n, value in rows}


def pinned() -> Tables:
    """Read the fingerprints that stand in the repository."""
    tables: Tables = json.loads(PINNED.read_text(encoding="utf-8"))
    return tables


def differences(expected: Tables, found: Tables) -> list[str]:
    """Return one line for each table that is gone, new or different."""
    lines = []
    for name in sorted(expected.keys() | found.keys()):
        before, after = expected.get(name), found.get(name)
        if before is None or after is None:
            lines.append(f"{name}: {'new' if before is None else 'gone'}")
        elif before != after:
            counts = f"{before['row_count']:,} -> {after['row_count']:,} rows"
            lines.append(f"{name}: {counts}, {before['fingerprint']} -> {after['fingerprint']}")
    return lines


def main() -> None:
    """Renew the pinned file and say which tables moved."""
    before = pinned() if PINNED.exists() else {}
    with tempfile.TemporaryDirectory(prefix="greenties_fingerprints_") as folder:
        found = build(Path(folder) / "data")
    PINNED.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    moved = differences(before, found)
    print("\n".join(moved) if moved else f"All {len(found)} fingerprints are as they were.")


if __name__ == "__main__":
    main()
