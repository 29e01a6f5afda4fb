"""Builds of the panel as it was known on a day: each has a folder of its own beside the landing.

    <data folder>/as_of/2015-06-30-gazette/landing -> ../../landing
                                          /warehouse.duckdb, releases/, published.duckdb, report/

So what is published of everything that is known stays as it is, and every command works on the
older knowledge when it is given that folder.
"""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path
from typing import Literal

from orchestration.settings import Settings

# What a build reads of the data folder and never changes. The secret goes along: the same person
# must have the same key in both builds, or they could not be compared.
_SHARED = ("landing", "raw", "secret")


class AsOfError(RuntimeError):
    """The folder of an older knowledge cannot be made."""


def as_of_folder(current: Settings, day: date, basis: Literal["gazette", "load"]) -> Path:
    """Make the data folder of a build as of a day; it shares the landing and the secret.

    Returns
    -------
    Path
        The folder, below ``as_of`` of the data folder.

    Raises
    ------
    AsOfError
        If nothing is landed, or something else stands where a link belongs.
    """
    if not current.landing_dir.is_dir():
        raise AsOfError(f"nothing is landed in {current.landing_dir}; load or import first")
    folder = current.data_dir / "as_of" / f"{day}-{basis}"
    folder.mkdir(parents=True, exist_ok=True)
    for name in _SHARED:
        link, target = folder / name, Path(os.path.relpath(current.data_dir / name, folder))
        if not (current.data_dir / name).exists():
            continue
        if link.is_symlink() and link.readlink() == target:
            continue
        if link.exists() or link.is_symlink():
            raise AsOfError(f"{link} is not the link to {target} that a build as of a day needs")
        link.symlink_to(target)
    return folder
