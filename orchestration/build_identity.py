"""What a build was made from, as hashes: the row of ``meta.builds``.

Whether a build is needed is decided by comparing these with what is published, never from a
history of runs: a copied data folder is as good as the one it was copied from.
"""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path

from orchestration.dbt_project import PROJECT_DIR, project_files, project_hash
from orchestration.method import MethodSettings
from orchestration.raw import LandedMonth, landed_months
from orchestration.secrets import SYNTHETIC_KEY, person_key
from orchestration.settings import REPO_ROOT, Settings

# Packages that can change a published number.
PACKAGES = (
    "duckdb", "dbt-core", "dbt-duckdb", "igraph", "linearmodels", "numpy", "pandas",
    "polars", "pyarrow", "scipy",
)  # fmt: skip
# Code outside dbt that decides what is published.
_CODE = (
    "analysis",
    "orchestration/analysis_assets.py",
    "orchestration/analysis_reuse.py",
    "orchestration/analysis_tables.py",
    "orchestration/build_identity.py",
    "orchestration/dbt_macros.py",
    "orchestration/defs/analysis.py",
    "orchestration/defs/analysis_spatial.py",
    "orchestration/defs/analysis_variants.py",
    "orchestration/exports.py",
    "orchestration/fingerprints.py",
    "orchestration/ledger.py",
    "orchestration/method.py",
    "orchestration/publish.py",
    "orchestration/raw.py",
    "orchestration/release_figures.py",
    "orchestration/report.py",
    "orchestration/report_templates",
    "orchestration/report_texts.py",
    "orchestration/revisions.py",
    "orchestration/secrets.py",
)


@dataclass(frozen=True, slots=True)
class BuildIdentity:
    """One row of ``meta.builds``; equal for two builds from the same things."""

    build_id: str  # hash of all other fields
    settings_hash: str  # method settings
    content_hash: str  # content ids of the landed months, and rejections of imports
    dbt_hash: str  # dbt project and the tables that replace its seeds
    code_hash: str  # analysis, raw layer, publishing, report
    landed_months: int
    landed_rows: int
    first_month: str | None
    last_month: str | None
    is_synthetic: bool
    person_key: str  # public or secret; never the key
    greenties_version: str
    python_version: str
    package_versions: str  # JSON


def build_identity(current: Settings, method: MethodSettings) -> BuildIdentity:
    """Hash what a build of this data folder would be made from.

    Raises
    ------
    RawLayerError
        If the landing folder does not hold what it claims.
    """
    months = landed_months(current.landing_dir, method)
    synthetic = [month.synthetic for month in months]
    # the key depends on all that is landed, known on the day of the settings or not
    landed = landed_months(current.landing_dir) if method.as_of else months
    key = person_key(current.data_dir, synthetic=[month.synthetic for month in landed])
    days = sorted(f"{month.landing_month:%Y-%m}" for month in months)
    fields: dict[str, str | int | bool | None] = {
        "settings_hash": method.settings_hash,
        "content_hash": _content_hash(months, current.landing_dir),
        "dbt_hash": project_hash(current),
        "code_hash": _code_hash(),
        "landed_months": len(months),
        "landed_rows": sum(month.rows for month in months),
        "first_month": days[0] if days else None,
        "last_month": days[-1] if days else None,
        "is_synthetic": bool(synthetic) and any(synthetic),
        "person_key": "public" if key == SYNTHETIC_KEY else f"secret {_key_check(key)}",
        "greenties_version": version("greenties"),
        "python_version": platform.python_version(),
        "package_versions": json.dumps({name: version(name) for name in PACKAGES}),
    }
    build_id = _hash([json.dumps(fields, sort_keys=True)])
    return BuildIdentity(build_id=build_id, **fields)  # type: ignore[arg-type]


def columns() -> dict[str, str]:
    """Names and SQL types of ``meta.builds``."""
    kinds = {"landed_months": "bigint", "landed_rows": "bigint", "is_synthetic": "boolean"}
    return {name: kinds.get(name, "varchar") for name in BuildIdentity.__dataclass_fields__}


def as_row(identity: BuildIdentity) -> list[str | int | bool | None]:
    """Values in the order of :func:`columns`."""
    return list(asdict(identity).values())


def build_parts(current: Settings) -> list[tuple[str, str, str]]:
    """What :attr:`BuildIdentity.dbt_hash` and ``code_hash`` are made of, part by part.

    Returns
    -------
    list of (kind, name, hash)
        Kind is seed, model, macro, test, project or code; sorted. Tables that replace a seed are
        seeds under the name of their setting. A revision report names the parts that differ.
    """
    found: list[tuple[str, str, str]] = []
    for path in project_files():
        folder = path.relative_to(PROJECT_DIR).parts[0]
        kind = {"seeds": "seed", "models": "model", "macros": "macro", "data-tests": "test"}.get(
            folder, "project"
        )
        is_named = path.suffix in {".csv", ".sql"}  # others may bear one name in several folders
        name = path.stem if is_named else f"{path.relative_to(PROJECT_DIR)}"
        found.append((kind, name, _file_hash(path)))
    for name in ("city_table", "units_table", "alias_table", "inventory_table"):
        table: Path | None = getattr(current, name)
        if table is not None:
            found.append(("seed", name, _file_hash(table)))
    found += [
        ("code", f"{file.relative_to(REPO_ROOT)}", _file_hash(file)) for file in _code_files()
    ]
    return sorted(set(found))


def _file_hash(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:16]


def _key_check(key: str) -> str:
    # The secret has 256 bits, so that a short digest gives nothing away; it shows a changed key.
    return hashlib.sha256(f"greenties key check {key}".encode()).hexdigest()[:8]


def _content_hash(months: list[LandedMonth], landing_dir: Path) -> str:
    # All that fct_landed_months publishes of a month, and what tells its file.
    lines = [
        f"{m.table_name} {m.landing_month} {m.content_id} {m.synthetic} {m.sha256} {m.archive} "
        f"{m.pages} {m.page_bytes} {m.stated} {m.received} {m.rejected}"
        + (f" until {m.known_until}" if m.known_until else "")
        for m in months
    ]
    for path in sorted((landing_dir / "import_rejections").glob("*.parquet")):
        lines.append(f"{path.name} {hashlib.sha256(path.read_bytes()).hexdigest()}")
    return _hash(lines)


def _code_hash() -> str:
    return _hash(
        f"{file.relative_to(REPO_ROOT)} {hashlib.sha256(file.read_bytes()).hexdigest()}"
        for file in _code_files()
    )


def _code_files() -> list[Path]:
    found: list[Path] = []
    for name in _CODE:
        path = REPO_ROOT / name
        files = [path] if path.is_file() else sorted(p for p in path.rglob("*") if p.is_file())
        found += [file for file in files if "__pycache__" not in file.parts]
    return found


def _hash(lines: Iterable[str]) -> str:
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16]
