"""Partitions shared by several assets: gazette months and yearbook years."""

from __future__ import annotations

import re

import dagster as dg

from orchestration.settings import Settings

MONTH_FORMAT = "%Y-%m"


def gazette_months(current: Settings) -> dg.MonthlyPartitionsDefinition:
    """Months to collect, keys ``YYYY-MM``; the calendar is known, so none is ever added."""
    return dg.MonthlyPartitionsDefinition(
        start_date=current.from_month, end_date=current.until_month, fmt=MONTH_FORMAT
    )


def yearbook_years(current: Settings) -> dg.TimeWindowPartitionsDefinition:
    """Years of the yearbooks, keys ``YYYY``; each lands under January of its year."""
    return dg.TimeWindowPartitionsDefinition(
        start=current.from_month[:4],
        end=str(_last_year(current) + 1),
        fmt="%Y",
        cron_schedule="0 0 1 1 *",
    )


def month_range(first: str, until: str) -> list[str]:
    """Months from ``first`` up to, not including, ``until``, as ``YYYY-MM``.

    Raises
    ------
    ValueError
        If a month is not written YYYY-MM.
    """
    if wrong := [text for text in (first, until) if not is_month(text)]:
        raise ValueError(f"{wrong[0]!r} is no month, expected YYYY-MM")
    start, end = (int(text[:4]) * 12 + int(text[5:]) - 1 for text in (first, until))
    months = range(start, end)
    return [f"{month // 12:04d}-{month % 12 + 1:02d}" for month in months]


def chosen_range(text: str) -> tuple[str, str]:
    """Read ``A:B``, months from A up to, not including, B, or one month.

    Raises
    ------
    ValueError
        If it is neither.
    """
    first, _, until = text.partition(":")
    if not is_month(first) or not is_month(until or first):
        raise ValueError("expected YYYY-MM:YYYY-MM or one month YYYY-MM")
    return first, until or next_month(first)


def is_month(text: str) -> bool:
    """Whether a text is a month, written YYYY-MM."""
    return re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])", text) is not None


def next_month(month: str) -> str:
    """Return the month after ``YYYY-MM``."""
    year, number = int(month[:4]), int(month[5:7])
    return f"{year + number // 12:04d}-{number % 12 + 1:02d}"


def _last_year(current: Settings) -> int:
    return int(month_range(current.from_month, current.until_month)[-1][:4])
