"""Numbers and days of the office: application numbers, document numbers, gazette days."""

from __future__ import annotations

import datetime as dt
import random
from bisect import bisect_left
from functools import cache

FIRST_YEAR = 2006
LAST_YEAR = 2020
FIRST_FILING = dt.date(2000, 1, 5)
WINDOW_START = dt.date(FIRST_YEAR, 1, 1)
WINDOW_END = dt.date(LAST_YEAR, 12, 31)

# Twelve-digit numbers since this filing day, eight-digit numbers before.
LONG_NUMBERS_FROM = dt.date(2003, 10, 1)
# Nine-digit document numbers since this gazette day, seven-digit ones before.
LONG_DOCUMENTS_FROM = dt.date(2007, 8, 1)
# Kind codes B, U and S since this gazette day; C, Y and D before.
NEW_KINDS_FROM = dt.date(2010, 4, 1)
# One gazette a week until this year, two from it on.
TWO_A_WEEK_FROM = 2017

_WEIGHTS = (2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5)
_KIND_DIGITS = {"invention": "1", "pct_invention": "8", "utility_model": "2", "design": "3"}


def check_digit(digits: str) -> str:
    """Return the check digit of an application number (校验位).

    Parameters
    ----------
    digits
        The 8 (before October 2003) or 12 digits of the number.

    Raises
    ------
    ValueError
        When the text has another length or other characters.
    """
    if len(digits) not in (8, 12) or not digits.isdigit():
        raise ValueError(f"an application number has 8 or 12 digits, not {digits!r}")
    rest = sum(int(d) * w for d, w in zip(digits, _WEIGHTS, strict=False)) % 11
    return "X" if rest == 10 else str(rest)


def application_number(filed: dt.date, kind: str, serial: int) -> str:
    """Return an application number as the gazette prints it: no CN, no dot, check digit glued.

    Raises
    ------
    ValueError
        When the serial does not fit the era of the filing day.
    """
    digit = _KIND_DIGITS[kind]
    if filed >= LONG_NUMBERS_FROM:
        if not 0 < serial < 10_000_000:
            raise ValueError(f"serial {serial} does not fit seven digits")
        body = f"{filed.year:04d}{digit}{serial:07d}"
    else:
        if not 0 < serial < 100_000:
            raise ValueError(f"serial {serial} does not fit five digits")
        body = f"{filed.year % 100:02d}{digit}{serial:05d}"
    return body + check_digit(body)


@cache
def gazette_days(year: int) -> tuple[dt.date, ...]:
    """Return the gazette days of a year: Wednesdays, from 2017 on Tuesdays and Fridays."""
    weekdays = (1, 4) if year >= TWO_A_WEEK_FROM else (2,)
    first = dt.date(year, 1, 1)
    days = (first + dt.timedelta(days=n) for n in range(366))
    return tuple(d for d in days if d.year == year and d.weekday() in weekdays)


@cache
def _all_days() -> tuple[dt.date, ...]:
    return tuple(d for year in range(1999, LAST_YEAR + 3) for d in gazette_days(year))


def next_gazette_day(day: dt.date) -> dt.date:
    """Return the first gazette day on or after a day."""
    days = _all_days()
    return days[bisect_left(days, day)]


def event_days(rng: random.Random, year: int) -> tuple[dt.date, dt.date] | None:
    """Draw the day of registration of a legal event in a year, and its gazette day.

    Returns
    -------
    (registered, gazette) or None
        None when the gazette day is after the last one of the window.
    """
    registered = dt.date(year, 1, 1) + dt.timedelta(days=rng.randrange(365))
    low, high = (33, 41) if year <= 2009 else (20, 34) if year <= 2013 else (11, 21)
    gazette = next_gazette_day(registered + dt.timedelta(days=rng.randrange(low, high)))
    return (registered, gazette) if gazette <= WINDOW_END else None


class DocumentNumbers:
    """Gives out document numbers in order of publication, one run per kind and era.

    A grant announced from April 2010 on keeps the digits of its application document; before, the
    two documents of one application have nothing in common.
    """

    def __init__(self) -> None:
        self._next: dict[tuple[str, bool], int] = {}

    def _digits(self, run: str, day: dt.date, step: int) -> str:
        long = day >= LONG_DOCUMENTS_FROM
        start = {
            ("A", False): 1_250_118, ("A", True): 101_010_210,
            ("C", False): 1_233_018, ("C", True): 100_330_122,
            ("U", False): 2_748_803, ("U", True): 200_930_120,
            ("S", False): 3_500_116, ("S", True): 300_680_311,
        }[run, long]  # fmt: skip
        value = self._next.get((run, long), start) + step
        self._next[run, long] = value
        return str(value)

    def application(self, day: dt.date, step: int) -> str:
        """Return the number of a published application, kind A."""
        return f"CN{self._digits('A', day, step)}A"

    def grant(self, day: dt.date, step: int, application_document: str | None) -> str:
        """Return the number of a granted invention, kind C before April 2010, B from then on."""
        if day < NEW_KINDS_FROM:
            return f"CN{self._digits('C', day, step)}C"
        if application_document is None:
            return f"CN{self._digits('A', day, step)}B"
        return application_document[:-1] + "B"

    def utility_model(self, day: dt.date, step: int) -> str:
        """Return the number of a utility model, kind Y before April 2010, U from then on."""
        return f"CN{self._digits('U', day, step)}{'U' if day >= NEW_KINDS_FROM else 'Y'}"

    def design(self, day: dt.date, step: int) -> str:
        """Return the number of a design, kind D before April 2010, S from then on."""
        return f"CN{self._digits('S', day, step)}{'S' if day >= NEW_KINDS_FROM else 'D'}"
