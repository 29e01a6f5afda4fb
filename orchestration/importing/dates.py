"""Days as files write them."""

from __future__ import annotations

import datetime as dt
import re

_DATE = re.compile(r"(\d{4})[.\-/]?(\d{1,2})[.\-/]?(\d{1,2})")


def day_of(text: str | None) -> dt.date | None:
    """Return the day of ``2019.07.09``, ``2008.7.9``, ``2019-07-09``, ``2019/7/9``, ``20190709``.

    ``None`` for anything else, and for days that no calendar has.
    """
    match = _DATE.fullmatch((text or "").strip())
    if match is None:
        return None
    try:
        return dt.date(*(int(part) for part in match.groups()))
    except ValueError:
        return None


def month_of(text: str | None) -> str | None:
    """Return the month ``YYYY-MM`` of a day; ``None`` as :func:`day_of`."""
    day = day_of(text)
    return None if day is None else f"{day:%Y-%m}"
