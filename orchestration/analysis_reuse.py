"""Results of analysis that are kept until what they were made from changes.

A result is a pure function of its input frames, of the settings it was given, and of code. All
three are hashed by content and written beside the stored files; when the hashes are equal and the
files are whole, the result is reused. Times and the history of runs play no part, so that a copied
data folder is as good as the one it was copied from.
"""

from __future__ import annotations

import ast
import hashlib
import json
import platform
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import polars as pl

from orchestration.analysis_tables import ANALYSIS_TABLES, write_table
from orchestration.settings import REPO_ROOT
from orchestration.whole_files import replacing

PACKAGES = ("duckdb", "igraph", "linearmodels", "numpy", "pandas", "polars", "scipy", "splink")
"""Packages whose version can change a result."""

RECORDS = "made_from"  # folder of the records, beside the files


class UnhashableColumnError(TypeError):
    """A column of an input has a type whose content is not hashed."""


@dataclass(frozen=True, slots=True)
class Ingredients:
    """Hashes of what a result is made from.

    Attributes
    ----------
    inputs : mapping of str to str
        Name of an input to the hash of its content.
    settings : str
        Hash of the settings that the result depends on.
    code : str
        Hash of the code, of the promised columns, and of versions.
    """

    inputs: Mapping[str, str]
    settings: str
    code: str

    def as_record(self) -> dict[str, Any]:
        """Mapping for the record beside the files."""
        return {"inputs": dict(self.inputs), "settings": self.settings, "code": self.code}


@dataclass(frozen=True, slots=True)
class Stored:
    """Files of a result, and whether they were there before.

    Attributes
    ----------
    paths : mapping of str to Path
        Table to file.
    rows : mapping of str to int
    reused : bool
    why : str
        What changed, or that nothing did.
    """

    paths: Mapping[str, Path]
    rows: Mapping[str, int]
    reused: bool
    why: str


def ingredients(
    tables: Sequence[str],
    *,
    inputs: Mapping[str, pl.DataFrame | str],
    choices: Mapping[str, Any],
    code: Sequence[str],
) -> Ingredients:
    """Hash what some tables of schema ``analysis`` are made from.

    Parameters
    ----------
    tables : sequence of str
        Their promised columns count as code.
    inputs : mapping of str to polars frame or str
        Frames in a fixed order of rows; a text is a hash that somebody else made.
    choices : mapping of str to value
        Settings, as given to the function that computes the tables.
    code : sequence of str
        Modules of package ``analysis`` (all that they import from it counts too) and files of the
        project, by their path.

    Raises
    ------
    UnhashableColumnError
        If a column of a frame cannot be hashed.
    FileNotFoundError
        If a module or file is not there.
    """
    digests = {
        name: value if isinstance(value, str) else frame_hash(value)
        for name, value in sorted(inputs.items())
    }
    settings = json.dumps(dict(choices), sort_keys=True, default=_plain, ensure_ascii=False)
    digest = hashlib.sha256()
    for path in code_files(code):
        digest.update(f"{path.relative_to(REPO_ROOT)}\0".encode())
        digest.update(path.read_bytes())
    digest.update(json.dumps({name: ANALYSIS_TABLES[name] for name in tables}).encode())
    digest.update(json.dumps(_versions()).encode())
    return Ingredients(digests, hashlib.sha256(settings.encode()).hexdigest(), digest.hexdigest())


def stored_or_computed(
    folder: Path,
    tables: Sequence[str],
    made_from: Ingredients,
    compute: Callable[[], Mapping[str, pl.DataFrame]],
) -> Stored:
    """Return the stored files of a result, computed anew when anything it was made from changed.

    Parameters
    ----------
    folder : Path
        Where the Parquet files of schema ``analysis`` lie.
    tables : sequence of str
        Tables that are computed together.
    made_from : Ingredients
    compute : callable
        Gives a frame for each table.

    Raises
    ------
    AnalysisTableError
        If a frame does not have the promised columns.
    KeyError
        If ``compute`` gives other tables than were promised.
    """
    record = folder / RECORDS / f"{tables[0]}.json"
    paths = {name: folder / f"{name}.parquet" for name in tables}
    before = _read(record)
    why = _difference(before, made_from, paths)
    if why is None and before is not None:
        return Stored(paths, before["rows"], reused=True, why="nothing changed")
    # Without its record nothing can be taken for finished that is only half written.
    record.unlink(missing_ok=True)
    frames = compute()
    if set(frames) != set(tables):
        raise KeyError(f"computed {sorted(frames)} instead of {sorted(tables)}")
    for name in tables:
        write_table(frames[name], name, folder)
    rows = {name: frames[name].height for name in tables}
    files = {name: _file_hash(path) for name, path in paths.items()}
    text = json.dumps(
        {**made_from.as_record(), "rows": rows, "files": files}, indent=1, sort_keys=True
    )
    record.parent.mkdir(parents=True, exist_ok=True)
    with replacing(record) as partial:
        partial.write_text(text + "\n", encoding="utf-8")
    return Stored(paths, rows, reused=False, why=why or "never computed")


def frame_hash(frame: pl.DataFrame) -> str:
    """SHA-256 of names, types and every value, in the order of columns and rows.

    Floats count with all their bits; what lies behind a null does not count.

    Raises
    ------
    UnhashableColumnError
        If a column holds something else than numbers, texts, days, truth values or lists of them.
    """
    digest = hashlib.sha256(str(frame.height).encode())
    for name in frame.columns:
        series = frame[name]
        digest.update(f"\0{name}\0{series.dtype}\0".encode())
        digest.update(series.is_null().to_numpy().tobytes())
        for part in _content(series):
            digest.update(part)
    return digest.hexdigest()


def _content(series: pl.Series) -> Iterable[bytes]:
    kind = series.dtype
    if kind.is_decimal() or kind in (pl.String, pl.Categorical, pl.Date):
        texts = series.cast(pl.String).fill_null("")
        yield texts.str.len_bytes().to_numpy().tobytes()
        yield "".join(texts.to_list()).encode()
    elif kind.is_numeric():
        yield series.fill_null(0).to_numpy().tobytes()
    elif kind == pl.Boolean:
        yield series.fill_null(value=False).to_numpy().tobytes()
    elif isinstance(kind, pl.List):
        yield json.dumps(series.to_list(), default=str, ensure_ascii=False).encode()
    elif kind != pl.Null:
        raise UnhashableColumnError(f"column {series.name}: no hash of the content of a {kind}")


def code_files(names: Sequence[str]) -> list[Path]:
    """Files behind modules of ``analysis``, with all that they import from it, and named files.

    Raises
    ------
    FileNotFoundError
        If one is not there.
    """
    found: set[Path] = set()
    waiting: list[Path] = []
    for name in names:
        is_module = name.partition(".")[0] == "analysis" and not name.endswith(".py")
        path = _module_file(name) if is_module else REPO_ROOT / name
        if path is None or not path.is_file():
            raise FileNotFoundError(f"no code of {name}")
        waiting.append(path)
    while waiting:
        path = waiting.pop()
        if path in found:
            continue
        found.add(path)
        if path.is_relative_to(REPO_ROOT / "analysis"):
            modules = _imports(path.read_text(encoding="utf-8"))
            waiting += [file for module in modules if (file := _module_file(module))]
    return sorted(found)


def _module_file(name: str) -> Path | None:
    path = REPO_ROOT / Path(*name.split("."))
    if path.with_suffix(".py").is_file():
        return path.with_suffix(".py")
    return path / "__init__.py" if (path / "__init__.py").is_file() else None


@cache
def _imports(source: str) -> tuple[str, ...]:
    """Modules of ``analysis`` that some code names in an import, wherever in it that stands."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return tuple(sorted(name for name in found if name.partition(".")[0] == "analysis"))


@cache
def _versions() -> dict[str, str]:
    found = {"python": platform.python_version()}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = ""
    return found


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, frozenset | set):
        return sorted(value)
    raise TypeError(f"no plain form of {value!r}")


def _read(record: Path) -> dict[str, Any] | None:
    """The record of what is stored; None when there is none or it cannot be read."""
    try:
        content = json.loads(record.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    wanted = {"inputs": dict, "settings": str, "code": str, "rows": dict, "files": dict}
    if not isinstance(content, dict):
        return None
    if any(not isinstance(content.get(name), kind) for name, kind in wanted.items()):
        return None
    return content


def _difference(
    before: Mapping[str, Any] | None, made_from: Ingredients, paths: Mapping[str, Path]
) -> str | None:
    """What speaks against the stored files; None when nothing does."""
    if before is None:
        return "never computed"
    old, new = before["inputs"], made_from.inputs
    if changed := sorted(
        name for name in old.keys() | new.keys() if old.get(name) != new.get(name)
    ):
        return f"changed: {', '.join(changed)}"
    if before["settings"] != made_from.settings:
        return "changed: settings"
    if before["code"] != made_from.code:
        return "changed: code"
    for name, path in sorted(paths.items()):
        if not path.is_file():
            return f"{path.name} is gone"
        if before["files"].get(name) != _file_hash(path) or name not in before["rows"]:
            return f"{path.name} is not what was stored"
    return None


def _file_hash(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
