"""Cities and provinces by code and by name, from the reference tables of the warehouse."""

from __future__ import annotations

import csv
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from orchestration.reference_tables import SEEDS
from orchestration.settings import Settings


@dataclass(frozen=True, slots=True)
class _Place:
    code: str
    first_year: int
    last_year: int


@dataclass(slots=True)
class Regions:
    """The regions of one level.

    Attributes
    ----------
    codes : set of str
        Administrative codes of six digits.
    """

    codes: set[str] = field(default_factory=set)
    _full: dict[str, set[_Place]] = field(default_factory=dict)
    _short: dict[str, set[_Place]] = field(default_factory=dict)

    def add(self, place: _Place, full: Iterable[str], short: Iterable[str]) -> None:
        """Add one region with its names."""
        self.codes.add(place.code)
        for names, index in ((full, self._full), (short, self._short)):
            for name in names:
                if name:
                    index.setdefault(region_name(name), set()).add(place)

    def codes_of(self, name: str, year: int) -> set[str]:
        """Return the codes that a name may mean in a year.

        A full name goes before a short one, a region that exists in the year before one that does
        not. One code is an answer, several are an ambiguity, none is an unknown name.
        """
        written = region_name(name)
        for index in (self._full, self._short):
            places = index.get(written, set())
            valid = {p.code for p in places if p.first_year <= year <= p.last_year}
            if valid or places:
                return valid or {p.code for p in places}
        return set()

    def names(self) -> set[str]:
        """Return every name, full and short."""
        return set(self._full) | set(self._short)


def region_name(text: str) -> str:
    """Return a name without the blanks that tables put between its characters."""
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", text))


def load_regions(level: str, current: Settings) -> Regions:
    """Return the regions of a level, ``city`` or ``province``.

    Cities are the prefecture-level units, the municipalities and the units that a province
    administers itself; a user's own tables (``GREENTIES_CITY_TABLE``, ...) take their place.
    """
    regions = Regions()
    prefectures = _rows(current.city_table or SEEDS / "prefectures.csv")
    if level == "province":
        aliases = _rows(current.alias_table or SEEDS / "aliases.csv")
        short: dict[str, list[str]] = {}
        for row in aliases:
            if row["alias_type"] == "province_short":
                short.setdefault(row["target_adcode"], []).append(row["alias"])
        for code, name in sorted({(r["province_code"], r["province_zh"]) for r in prefectures}):
            regions.add(_Place(code, 0, 9999), [name], short.get(code, []))
        return regions
    for row in prefectures:
        name = row["name_zh"]
        regions.add(_place(row), [name], [row["short_name_zh"], name.removesuffix("市")])
    for row in _rows(current.units_table or SEEDS / "province_administered_units.csv"):
        name = row["name_zh"]
        regions.add(_place(row), [name], [name.removesuffix("市")])
    return regions


def _place(row: Mapping[str, str]) -> _Place:
    return _Place(
        row["adcode"],
        int(row.get("valid_from_year") or 0),
        int(row.get("valid_to_year") or 9999),
    )


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))
