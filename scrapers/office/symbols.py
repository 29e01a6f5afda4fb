"""The symbols of the classification that patents of the country carry, with the truth planted."""

from __future__ import annotations

import csv
from importlib import resources

from scrapers.office.ledger import Symbol


def read_symbols() -> list[Symbol]:
    """Return the symbols of the office's own list with the topics planted for each."""
    path = resources.files("scrapers.office").joinpath("facts", "ipc_symbols.csv")
    found = []
    for row in csv.DictReader(path.read_text(encoding="utf-8").splitlines()):
        pairs = [p.split(":") for p in row["topics"].split("|") if p]
        found.append(
            Symbol(
                symbol=row["symbol"],
                version=row["version"],
                first_year=int(row["first_year"]),
                weight=int(row["weight"]),
                subject=row["subject"],
                topics=tuple((topic, category) for topic, category in pairs),
            )
        )
    return found
