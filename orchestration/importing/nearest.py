"""The nearest known name of a name that is not known."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


def nearest_name(name: str, known: Iterable[str]) -> str:
    """Return the known name that looks most like a name; of equals the first.

    Names of a set have no order of their own and are taken in that of their characters.

    Parameters
    ----------
    name : str
    known : iterable of str
        At least one name.
    """
    names = sorted(known) if isinstance(known, set | frozenset) else known
    matcher = difflib.SequenceMatcher(b=name)

    def likeness(other: str) -> float:
        matcher.set_seq1(other)
        return matcher.ratio()

    return max((other for other in names if other), key=likeness)
