"""Build the country when it is missing or another one was asked for, and keep its amendments."""

from __future__ import annotations

import fcntl
import json
import shutil
import sqlite3
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from scrapers.office import amend
from scrapers.office.catalogue import STORE_NAME, connect_read_only

_MANIFEST = "manifest.json"  # says which country a truth folder belongs to


class BuildError(Exception):
    """A store or truth folder that cannot be used or replaced."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameters:
    """What decides every byte of a country."""

    seed: int
    records: int
    preset: str
    shares: str
    dirt: str = "default"

    def as_meta(self) -> dict[str, str]:
        """Return the parameters as the table ``meta`` of the store holds them."""
        return {name: str(value) for name, value in asdict(self).items()}


def store_path(directory: Path) -> Path:
    """Return where the store of an office folder lies."""
    return directory / STORE_NAME


def stored_parameters(directory: Path) -> dict[str, str] | None:
    """Return the parameters of the store in a folder, ``None`` without a store.

    Raises
    ------
    BuildError
        If the file is there and is no store of ours: it is not overwritten.
    """
    path = store_path(directory)
    if not path.exists():
        return None
    try:
        connection = connect_read_only(path)
        try:
            rows = connection.execute("SELECT key, value FROM meta").fetchall()
        finally:
            connection.close()
    except (OSError, sqlite3.DatabaseError) as error:
        raise BuildError(f"{path} is no store of the office: {error}") from error
    return {str(key): str(value) for key, value in rows}


def ensure_built(
    directory: Path,
    truth: Path | None,
    parameters: Parameters,
    *,
    progress: Callable[[str], None],
    force: bool = False,
) -> bool:
    """Make sure that a folder holds the country asked for; others that ask wait for the first.

    Parameters
    ----------
    directory : Path
        Folder of the office; gets ``country.sqlite``.
    truth : Path, optional
        Folder of the truth files, laid out again from the store when it is not that of this
        country. Only people and tests that judge the line read it.
    parameters : Parameters
    progress : callable
        Receives one line of text per step.
    force : bool
        Build in any case.

    Returns
    -------
    bool
        Whether it was built. The store that was there stays in use until the new one is complete;
        amendments of the same country are in the new one from the start.

    Raises
    ------
    BuildError
        If something else lies where the store belongs.
    """
    from scrapers.office.country import build_country
    from scrapers.office.store import STORE_VERSION, write_truth

    directory.mkdir(parents=True, exist_ok=True)
    with (directory / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # released with the file
        stored = stored_parameters(directory)
        wanted = parameters.as_meta() | {"version": STORE_VERSION}
        is_same = stored is not None and wanted.items() <= stored.items()
        must_build = force or not is_same
        if must_build:
            # amendments belong to this country: a later version of it need not hold their records
            earlier = amend.amendments(store_path(directory)) if is_same else []
            staging = directory / ".building"
            shutil.rmtree(staging, ignore_errors=True)  # of a build that was killed
            build_country(staging, progress=progress, **asdict(parameters))
            amend.replay(store_path(staging), earlier)
            store_path(staging).replace(store_path(directory))
            shutil.rmtree(staging)
        if truth is not None and (must_build or not _has_truth(truth, directory, parameters)):
            write_truth(truth, directory)
    return must_build


def _has_truth(truth: Path, directory: Path, parameters: Parameters) -> bool:
    connection = connect_read_only(store_path(directory))
    try:
        names = [name for (name,) in connection.execute("SELECT name FROM truth")]
    finally:
        connection.close()
    is_complete = all((truth / name).is_file() for name in names)
    return is_complete and parameters.as_meta().items() <= _truth_parameters(truth).items()


def _truth_parameters(truth: Path) -> dict[str, str]:
    path = truth / _MANIFEST
    if not path.is_file():
        return {}
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise BuildError(f"{path} is no manifest of a truth folder: {error}") from error
    return {str(key): str(value) for key, value in manifest.items()}
