"""Identity of the code that turns pages into rows."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

_ROOT = Path(__file__).resolve().parent


@cache
def parser_identity() -> str:
    """Return 16 hex digits that change when a parser, a spider or an item changes.

    SHA-256 over names and bytes of ``items.py``, ``parsers/*.py`` and ``spiders/*.py``.
    """
    digest = hashlib.sha256()
    for path in (_ROOT / "items.py", *sorted(_ROOT.glob("[ps]*ers/*.py"))):
        digest.update(f"{path.relative_to(_ROOT).as_posix()}\n".encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]
