"""Days as files write them."""

from __future__ import annotations

import datetime as dt
import re

_SERIAL = re.compile(r"(\d{5})(?:\.0)?")
_FORMS = (
    re.compile(r"(\d{4})(\d{2})(\d{2})"),
    re.compile(r"(\d{4})[.\-/](\d{1,2})[.\-/](\d{1,2})(?:[T ]\d{1,2}:\d{2}.*)?"),
    re.compile(r"(\d{4})年(\d{1,2})月(\d{1,2})日"),
)
_DAYS_TO_1904 = 1462  # 1904-01-01 in the calendar of 1900
# The office opened in 1985; a day outside these years is a typing error or stands for none.
_YEARS = range(1985, 2100)


def day_of(text: str | None) -> dt.date | None:
    """Return the day of ``2019.07.09``, ``2008.7.9``, ``2019-07-09``, ``2019/7/9``, ``20190709``.

    ``2019年7月9日`` and a time behind the day are read as well; ``None`` for anything else, and for
    days that no calendar has.
    """
    value = (text or "").strip()
    for form in _FORMS:
        match = form.fullmatch(value)
        if match is not None:
            try:
                return dt.date(*(int(part) for part in match.groups()))
            except ValueError:
                return None
    return None


def month_of(text: str | None) -> str | None:
    """Return the month ``YYYY-MM`` of a day; ``None`` as :func:`day_of`.

    ``None`` as well for years that no document can be of, such as 9999 and 1900.
    """
    day = day_of(text)
    return None if day is None or day.year not in _YEARS else f"{day:%Y-%m}"


def excel_day(text: str, *, from_1904: bool = False) -> dt.date | None:
    """Return the day of a workbook's number of days (``41239`` = 2012-11-26), of 1954 to 2064.

    Counted from 1899-12-30, as workbooks of the 1900 calendar do, or from 1904-01-01, as those of
    the other calendar do.
    """
    match = _SERIAL.fullmatch(text.strip())
    if match is None:
        return None
    days = int(match[1]) + (_DAYS_TO_1904 if from_1904 else 0)
    if not 20_000 <= days <= 60_000:
        return None
    return dt.date(1899, 12, 30) + dt.timedelta(days=days)
