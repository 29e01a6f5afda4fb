"""What the texts of all legal events share: their periods, dates and the main class."""

from __future__ import annotations

import datetime as dt

from scrapers.office.ledger import Patent

TRANSFER = "专利申请权、专利权的转移"
CHANGE = "专利权人的姓名或者名称、地址的变更"
WORDING_B_FROM = 2010
WORDING_C_FROM = 2015


def loose(day: dt.date) -> str:
    """Return ``2008.7.11``, as texts to 2009 print a day."""
    return f"{day.year}.{day.month}.{day.day}"


def compact(day: dt.date) -> str:
    """Return ``20130815``, as texts from 2010 on print a day."""
    return f"{day:%Y%m%d}"


def padded_ipc(symbol: str) -> str:
    """Return a symbol as events print it: main group right-justified to four places."""
    subclass, rest = symbol.split(" ")
    main, sub = rest.split("/")
    return f"{subclass}{main:>4}/{sub}"


def main_class(patent: Patent) -> str:
    """Return ``IPC(主分类):B25F   1/00``, nothing for a design."""
    return f"IPC(主分类):{padded_ipc(patent.symbols[0].symbol)}" if patent.symbols else ""


def wording_of(text: str, gazette_day: dt.date) -> str:
    """Return the wording of a text: ``A``, ``B``, ``C``, or ``none`` for the bare name."""
    if not any(mark in text for mark in ":：="):
        return "none"
    return "ABC"[(gazette_day.year >= WORDING_B_FROM) + (gazette_day.year >= WORDING_C_FROM)]
