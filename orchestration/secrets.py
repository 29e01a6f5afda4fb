"""The key under which names of natural persons are published.

A plain hash of a Chinese name can be reversed by hashing all names, so every data folder has a
secret of its own. The synthetic country holds no real person; its key is public, so that its
fingerprints are the same on every machine.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterable
from pathlib import Path

SYNTHETIC_KEY = "greenties-synthetic-country"


class PersonKeyError(RuntimeError):
    """The secret of the data folder cannot be used."""


def person_key(data_dir: Path, *, synthetic: Iterable[bool]) -> str:
    """Return the key for names of persons in this data folder.

    Parameters
    ----------
    data_dir : Path
        The data folder; its secret stands in ``secret/person.key`` and is made once.
    synthetic : iterable of bool
        Whether each landed month is synthetic. Only a landing that is wholly synthetic, and not
        empty, uses the public key; a mix is treated as real.

    Raises
    ------
    PersonKeyError
        If the stored secret is empty or too short to protect anything.
    """
    flags = list(synthetic)
    return SYNTHETIC_KEY if flags and all(flags) else _folder_key(data_dir / "secret/person.key")


def _folder_key(path: Path) -> str:
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        partial = path.with_name(f".{path.name}.{os.getpid()}")
        descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as stream:
            stream.write(secrets.token_hex(32) + "\n")
        try:
            os.link(partial, path)  # fails when another process was first: its key counts
        except FileExistsError:
            pass
        finally:
            partial.unlink()
    key = path.read_text(encoding="ascii").strip()
    if len(key) < 32:
        raise PersonKeyError(
            f"{path} holds no usable secret; without it published names cannot be matched again. "
            "Restore it from a backup, or delete the file to start with new keys."
        )
    return key
