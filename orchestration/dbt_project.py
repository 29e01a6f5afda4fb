"""The dbt project as Dagster sees it, parsed again only when it changed."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from orchestration.settings import REPO_ROOT, Settings, settings
from orchestration.whole_files import replacing

if TYPE_CHECKING:
    from dagster_dbt import DbtProject
    from dbt.contracts.graph.manifest import Manifest

PROJECT_DIR = REPO_ROOT / "dbt_project"
PARSED, PARSED_FOLDER = "partial_parse.msgpack", "parsed"
_SOURCES = ("models", "seeds", "macros", "data-tests", "dbt_project.yml", "profiles.yml")
# Paths of this run: they change where dbt works, not what it says.
_NOT_CONTENT = {"GREENTIES_WAREHOUSE", "GREENTIES_THREADS", "GREENTIES_MEMORY_LIMIT"}


class DbtParseError(RuntimeError):
    """The dbt project cannot be parsed."""


@cache
def dbt_project() -> DbtProject:
    """Return the project with a manifest that is current; needs neither warehouse nor data."""
    from dagster_dbt import DbtProject

    os.environ.update(settings().dbt_env())
    project = DbtProject(project_dir=PROJECT_DIR, target_path="target")
    _refresh_manifest(settings())
    return project


@cache
def contract_of(schema: str, table: str) -> str | None:
    """Return columns and constraints that the contract of a model promises, as in a table's DDL.

    A view cannot carry constraints; who copies one into a table takes them from here.

    Returns
    -------
    str or None
        ``name type not null, ..., primary key (...)``; None when no such model has a contract.
    """
    manifest = json.loads(Path(dbt_project().manifest_path).read_text(encoding="utf-8"))
    for node in manifest["nodes"].values():
        if (node.get("schema"), node.get("alias")) != (schema, table):
            continue
        if node["resource_type"] != "model" or not node["config"]["contract"]["enforced"]:
            continue
        parts = []
        for column in node["columns"].values():
            kinds = {constraint["type"] for constraint in column.get("constraints") or []}
            empty = " not null" if "not_null" in kinds else ""
            parts.append(f'"{column["name"]}" {column["data_type"]}{empty}')
        for constraint in node.get("constraints") or []:
            if constraint["type"] == "primary_key":
                named = ", ".join(f'"{name}"' for name in constraint["columns"])
                parts.append(f"primary key ({named})")
        return ", ".join(parts)
    return None


def stored_manifest(current: Settings) -> Manifest:
    """Return the manifest of the project for :class:`dbt.cli.main.dbtRunner`, parsed when stale.

    Parsing takes seconds, reading what was parsed before a fraction of one. Models read paths when
    they are compiled, so that one manifest serves every warehouse.
    """
    from dbt.contracts.graph.manifest import Manifest
    from dbt.parser.manifest import extended_mashumuro_decoder

    _refresh_manifest(current)
    packed = (PROJECT_DIR / "target" / PARSED).read_bytes()
    manifest = Manifest.from_msgpack(packed, decoder=extended_mashumuro_decoder)
    manifest.build_flat_graph()
    return manifest


class ParsedProject:
    """What dbt parsed for a data folder, handed from one start of dbt to the next.

    dbt parses everything again when the profile differs, and each data folder has its own warehouse
    in it; a start cost five seconds more. Kept by the hash of the project, so that it is used for
    the very same files only.
    """

    def __init__(self, current: Settings) -> None:
        self._kept = current.dagster_home / "dbt" / PARSED_FOLDER
        self._name = f"{project_hash(current)}.msgpack"

    def hand_to(self, work: Path) -> None:
        """Lay what was parsed before into the target folder of a start of dbt, if there is any."""
        if (self._kept / self._name).exists():
            work.mkdir(parents=True, exist_ok=True)
            shutil.copy(self._kept / self._name, work / PARSED)

    def keep_from(self, work: Path) -> None:
        """Keep what a start of dbt parsed in place of what was kept."""
        if not (work / PARSED).exists():
            return
        self._kept.mkdir(parents=True, exist_ok=True)
        for old in self._kept.glob("*.msgpack"):
            if old.name != self._name:
                old.unlink(missing_ok=True)
        with replacing(self._kept / self._name) as partial:
            shutil.copy(work / PARSED, partial)


def project_hash(current: Settings) -> str:
    """First 16 hex digits of the SHA-256 of everything in the project that decides results.

    Tables that replace a seed count by their content.
    """
    digest = hashlib.sha256()
    for path in project_files():
        digest.update(f"{path.relative_to(PROJECT_DIR)}\0".encode())
        digest.update(path.read_bytes())
    for name in ("city_table", "units_table", "alias_table", "inventory_table"):
        table: Path | None = getattr(current, name)
        if table is not None:
            digest.update(f"{name}\0".encode())
            digest.update(table.read_bytes())
    return digest.hexdigest()[:16]


def project_files() -> list[Path]:
    """Return the files of the project that decide results, sorted."""
    found: list[Path] = []
    for name in _SOURCES:
        path = PROJECT_DIR / name
        found += [path] if path.is_file() else [p for p in path.rglob("*") if p.is_file()]
    return sorted(found)


def _refresh_manifest(current: Settings) -> None:
    """Parse the project unless the stored manifest was made from the same files.

    The manifest is written elsewhere and renamed, under a lock: several processes may load the
    definitions at once, and none may read half a file.
    """
    target = PROJECT_DIR / "target"
    environment = {k: v for k, v in current.dbt_env().items() if k not in _NOT_CONTENT}
    wanted = f"{project_hash(current)} {sorted(environment.items())}"
    stamp = target / "manifest.stamp"
    with _locked(target / ".lock"):
        if (target / "manifest.json").exists() and stamp.exists() and stamp.read_text() == wanted:
            return
        work = target / f"parse-{os.getpid()}"
        work.mkdir(parents=True, exist_ok=True)
        try:
            if (target / PARSED).exists():
                shutil.copy(target / "partial_parse.msgpack", work)
            _parse(work, {**os.environ, **current.dbt_env()})
            for name in ("manifest.json", PARSED):
                if (work / name).exists():
                    (work / name).replace(target / name)
            stamp.write_text(wanted)
        finally:
            shutil.rmtree(work, ignore_errors=True)


def _parse(work: Path, environment: dict[str, str]) -> None:
    command = [str(Path(sys.executable).parent / "dbt"), "parse", "--quiet", "--no-use-colors"]
    command += ["--project-dir", str(PROJECT_DIR), "--profiles-dir", str(PROJECT_DIR)]
    command += ["--target-path", str(work), "--log-path", str(work)]
    done = subprocess.run(
        command, cwd=PROJECT_DIR, env=environment, check=False, text=True, capture_output=True
    )
    if done.returncode != 0:
        said = (done.stdout + done.stderr).strip()[-4000:]
        raise DbtParseError(f"the dbt project cannot be parsed:\n{said}")


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        yield


def release_warehouse() -> None:
    """Let go of the warehouse that dbt holds open in this process.

    dbt keeps one connection for a whole build; whoever runs it in its own process and goes on must
    call this before the file is opened otherwise.
    """
    import gc

    from dbt.adapters.duckdb.connections import DuckDBConnectionManager

    DuckDBConnectionManager.close_all_connections()
    gc.collect()
