"""Build the country when it is missing or another one was asked for, and keep its amendments."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from scrapers.office import amend
from scrapers.office.catalogue import STORE_NAME, connect_read_only

_MANIFEST = "manifest.json"  # the last thing that the truth needs to be complete


class BuildError(Exception):
    """A store or truth folder that cannot be used or replaced."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameters:
    """What decides every byte of a country."""

    seed: int
    records: int
    preset: str
    shares: str

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
    """Make sure that a folder holds the country asked for.

    Parameters
    ----------
    directory : Path
        Folder of the office; gets ``country.sqlite``.
    truth : Path, optional
        Folder of the truth files. When it is asked for and incomplete the country is built again,
        since only the ledger of a build knows the truth.
    parameters : Parameters
    progress : callable
        Receives one line of text per step.
    force : bool
        Build in any case.

    Returns
    -------
    bool
        Whether it was built. Amendments of the same country are applied to the new store before
        anyone is told that it is ready.

    Raises
    ------
    BuildError
        If something else lies where the store belongs.
    """
    stored = stored_parameters(directory)
    same = stored is not None and parameters.as_meta().items() <= stored.items()
    has_truth = truth is None or (truth / _MANIFEST).is_file()
    if same and has_truth and not force:
        return False
    store = store_path(directory)
    earlier = amend.amendments(store) if same else []

    from scrapers.office.country import build_country

    directory.mkdir(parents=True, exist_ok=True)
    build_country(
        directory,
        truth,
        seed=parameters.seed,
        records=parameters.records,
        preset=parameters.preset,
        shares=parameters.shares,
        progress=progress,
    )
    amend.replay(store, earlier)
    return True
