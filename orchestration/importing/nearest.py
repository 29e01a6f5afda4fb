"""The nearest known name of a name that is not known."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


def nearest_name(name: str, known: Iterable[str]) -> str:
    """Return the known name that looks most like a name.

    Parameters
    ----------
    name : str
    known : iterable of str
        At least one name.
    """
    names = sorted(set(known) - {""})
    return next(iter(difflib.get_close_matches(name, names, n=1, cutoff=0.0)), names[0])
